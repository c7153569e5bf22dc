// Consultation messages, `message/cs` (facts/zalo-telegram.md §1.4, §1.5).

import type { Payload } from '../telegram/payload.ts';
import { readMessage } from './message.ts';
import { newId, type Oa } from './oa.ts';
import { idOf, objectOf } from './payload.ts';
import { refused } from './refusal.ts';

const PATH = '/v3.0/oa/message/cs';

/** @throws Refusal */
export function sendConsultation(oa: Oa, json: Payload): object {
  const { recipient, message } = objectOf(json, 'body', ['recipient', 'message']);
  const userId = idOf(objectOf(recipient, 'recipient', ['user_id']).user_id, 'user_id');
  const look = readMessage(message, oa.uploads);
  const user = oa.reachable(userId);
  const window = oa.windowOf(user);
  if (window === 'never') throw refused(-232);
  if (window === 'closed') throw refused(-230);
  const dong = window === 'free' ? 0 : oa.purse.priceOfConsultation();
  const { messageId, at, text } = oa.show(user, 'bot', look, newId());
  oa.accept({ at, chatId: userId, method: PATH, text, messageId, way: window, dong });
  oa.webhook.bring(
    {
      event_name: `oa_send_${look.kind}`,
      sender: { id: oa.options.oaId },
      recipient: { id: userId },
      message: { msg_id: messageId, ...(look.kind === 'text' ? { text } : {}) },
    },
    oa.now(),
  );
  if (oa.options.receipts) oa.webhook.bring(receivedBy(oa, userId, messageId), oa.now());
  return {
    message_id: messageId,
    user_id: userId,
    sent_time: String(at),
    ...(oa.options.showsQuota ? { quota: quotaOf(oa, window, dong) } : {}),
  };
}

/** `reply` had a `remain` until 2026-03-01 and has none now. */
function quotaOf({ purse }: Oa, window: 'free' | 'charged', dong: number): object {
  if (window === 'free') return { quota_type: 'reply' };
  const { remain, total } = purse.consultations;
  return dong > 0
    ? { quota_type: 'purchase_quota' }
    : { quota_type: 'sub_quota', remain: String(remain), total: String(total) };
}

/** A phone says that a message has come; phones only, and reading is another event. */
export const receivedBy = ({ options, now }: Oa, userId: string, messageId: string) => ({
  event_name: 'user_received_message',
  sender: { id: userId },
  recipient: { id: options.oaId },
  message: { msg_id: messageId, delivery_time: String(now()) },
});
