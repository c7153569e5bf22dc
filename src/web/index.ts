// Web: the hub's pages and doors. In: requests of families (signed links), providers (webhooks), monitors (health).
// Out: pages that need no script, and calls of the parts before. Promises: signature before parsing, no change on
// GET, nothing of one school on another's page. Not here: any decision about notices.

export { OA_CALLBACK } from './connect/zalo-oa.tsx';
export { type Listening, listen } from './listen.ts';
export { type WebPorts, webApp } from './server.tsx';
export { webhookPath } from './webhooks/by-secret.ts';
export { oaWebhookPath } from './webhooks/zalo-oa.ts';
