// Receipts: what came back about a delivery. In: delivered, seen, confirmed, from a chat's button, a page or a
// channel. Out: the delivery's state and the recipient's outcome. Forward only, idempotent.
export { takeReceipt } from './confirm.ts';
export { takeReceiptOf } from './of-provider.ts';
