import type { Button, Message, MessagePart, Outcome } from '../port.ts';
import type { TelegramClient } from './client.ts';
import { outcomeOf } from './errors.ts';

const NO_PREVIEW = { is_disabled: true } as const;

export type SendSettings = {
  /** Milliseconds between two parts to one chat: about 1 message/s is allowed (§5.2). */
  betweenPartsMs: number;
  secrets: readonly string[];
};

/**
 * Sends the parts that are not out yet, in order. Progress survives a failure: `partsSent` of the outcome goes into
 * the next attempt's message.
 */
export async function sendParts(
  client: TelegramClient,
  message: Message,
  deadline: AbortSignal,
  settings: SendSettings,
): Promise<Outcome> {
  const { parts } = message;
  let sent = message.partsSent ?? 0;
  if (parts.length === 0)
    return { kind: 'rejected', reason: 'badContent', detail: 'nothing to send', partsSent: sent };
  let providerId = '';
  for (let first = true; sent < parts.length; first = false) {
    if (!first) await pause(settings.betweenPartsMs, deadline);
    if (deadline.aborted) return tooLate(sent);
    const part = parts[sent];
    if (part === undefined) break;
    try {
      const last = sent === parts.length - 1;
      const taken = await client.call('sendMessage', payloadOf(message, part, last), deadline);
      providerId = String(taken.message_id);
      sent += 1;
    } catch (error) {
      return outcomeOf(error, sent, settings.secrets);
    }
  }
  return { kind: 'accepted', providerId, partsSent: sent };
}

export function inlineKeyboard(rows: readonly (readonly Button[])[]) {
  return {
    inline_keyboard: rows.map((row) =>
      row.map(({ label, action }) => ({ text: label, callback_data: action })),
    ),
  };
}

function payloadOf(message: Message, part: MessagePart, last: boolean) {
  const payload = {
    chat_id: message.address,
    text: part.markup,
    parse_mode: 'HTML' as const,
    link_preview_options: NO_PREVIEW,
  };
  return last && message.buttons?.length
    ? { ...payload, reply_markup: inlineKeyboard(message.buttons) }
    : payload;
}

/** The deadline passed between two parts: nothing is in doubt, the rest follows at the next attempt. */
function tooLate(partsSent: number): Outcome {
  const detail = 'the deadline passed before the next part';
  return { kind: 'retry', scope: 'delivery', reason: 'timedOut', detail, inDoubt: false, partsSent };
}

function pause(ms: number, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      deadline.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    deadline.addEventListener('abort', done, { once: true });
    if (deadline.aborted) done();
  });
}
