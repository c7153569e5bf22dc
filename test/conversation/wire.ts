// What providers bring to the hub's webhooks, as often as they like.

import { randomUUID } from 'node:crypto';
import { macOf } from '../../src/channels/zalo-oa/signature.ts';
import type { ZaloOaSandbox } from '../../src/sandbox/index.ts';
import type { Town } from '../flow/town.ts';
import type { ChatChannel } from './chats.ts';

type Delivery = { path: string; body: string; headers: Record<string, string> };
type Lane = { channel: ChatChannel; accountId: string };

let updates = 900_000;

/** A text of a private chat, in the provider's own shape and with its proof. */
export function deliveryOf(
  town: Town,
  oa: ZaloOaSandbox,
  { channel, accountId }: Lane,
  chatId: string,
  text: string,
): Delivery {
  const secret = town.hub.signer.webhookSecret(accountId);
  const path = `/webhooks/${channel}/${accountId}`;
  const at = town.now().getTime();
  if (channel === 'telegram') {
    const chat = { id: Number(chatId), type: 'private', first_name: 'x' };
    const message = { message_id: updates, date: Math.floor(at / 1000), from: chat, chat, text };
    const body = JSON.stringify({ update_id: updates++, message });
    return { path, body, headers: { 'x-telegram-bot-api-secret-token': secret } };
  }
  if (channel === 'zalo-bot') {
    const from = { id: chatId, display_name: 'x', is_bot: false };
    const chat = { id: chatId, chat_type: 'PRIVATE' };
    const message = { from, chat, text, message_id: randomUUID(), date: at };
    const body = JSON.stringify({ ok: true, result: { event_name: 'message.text.received', message } });
    return { path, body, headers: { 'x-bot-api-secret-token': secret } };
  }
  const body = JSON.stringify({
    app_id: oa.appId,
    event_name: 'user_send_text',
    timestamp: String(at),
    sender: { id: chatId },
    recipient: { id: oa.oaId },
    message: { msg_id: randomUUID(), text },
  });
  const mac = macOf(oa.appId, Buffer.from(body), String(at), oa.webhookKey);
  return {
    path: `/webhooks/zalo-oa/${oa.appId}`,
    body,
    headers: { 'x-zevent-signature': `mac=${mac}` },
  };
}

/** @returns the hub's answers */
export function bring(town: Town, deliveries: readonly Delivery[]): Promise<number[]> {
  return Promise.all(
    deliveries.map(async ({ path, body, headers }) => {
      const all = { ...headers, 'content-type': 'application/json' };
      return (await fetch(`${town.hub.url}${path}`, { method: 'POST', body, headers: all })).status;
    }),
  );
}
