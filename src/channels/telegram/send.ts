import { pause, tooLate } from '../between-parts.ts';
import type { MessageAttachment } from '../files.ts';
import type { Button, Message, MessagePart, Outcome, Picture } from '../port.ts';
import type { TelegramClient } from './client.ts';
import { outcomeOf } from './errors.ts';
import type { SentFiles } from './sent-files.ts';

const NO_PREVIEW = { is_disabled: true } as const;

export type SendSettings = {
  /** Milliseconds between two parts to one chat: about 1 message/s is allowed (§5.2). */
  betweenPartsMs: number;
  secrets: readonly string[];
  files: SentFiles;
};

/** Longest caption of a picture, in UTF-16 units after the markup was read (§5.2). */
const CAPTION_MAX = 1024;

/** core.telegram.org/bots/api#sendphoto: both sides together at most 10 000, no more than 20 to 1; else it is a document. */
const SIDES_MOST = 10_000;
const RATIO_MOST = 20;

type Media = {
  as: 'photo' | 'document';
  bytes: Buffer;
  name: string;
  alt: string;
  /** The same bytes may go to many. */
  shared?: true;
};

/** One message of the Bot API: a text, something to see or open, or that with a text as its caption. */
type Piece = { part?: MessagePart; media?: Media };

/**
 * Sends the pieces that are not out yet, in order. Progress survives a failure: `partsSent` of the outcome goes into
 * the next attempt's message.
 */
export async function sendParts(
  client: TelegramClient,
  message: Message,
  deadline: AbortSignal,
  settings: SendSettings,
): Promise<Outcome> {
  const pieces = piecesOf(message);
  let sent = message.partsSent ?? 0;
  if (pieces.length === 0)
    return { kind: 'rejected', reason: 'badContent', detail: 'nothing to send', partsSent: sent };
  let providerId = '';
  for (let first = true; sent < pieces.length; first = false) {
    if (!first) await pause(settings.betweenPartsMs, deadline);
    const piece = pieces[sent];
    if (piece === undefined) break;
    if (deadline.aborted) return tooLate(sent);
    try {
      const keyboard = sent === pieces.length - 1 ? keyboardOf(message) : {};
      const taken = await sendPiece(client, settings.files, message.address, piece, keyboard, deadline);
      providerId = String(taken.message_id);
      sent += 1;
    } catch (error) {
      return outcomeOf(error, sent, settings.secrets);
    }
  }
  return { kind: 'accepted', providerId, partsSent: sent };
}

/** The same for every attempt: it depends on nothing but the message. */
function piecesOf({ parts, picture, attachment }: Message): Piece[] {
  const pieces: Piece[] = parts.map((part) => ({ part }));
  for (const media of [
    ...(picture ? [shown(picture)] : []),
    ...(attachment ? [sentAlong(attachment)] : []),
  ]) {
    const last = pieces.at(-1);
    if (last?.media || !last?.part) pieces.push({ media });
    else if (last.part.plain.length > CAPTION_MAX) pieces.splice(-1, 0, { media });
    else last.media = media;
  }
  return pieces;
}

const shown = ({ png, alt }: Picture): Media => ({ as: 'photo', bytes: png, name: 'picture.png', alt });

function sentAlong({ bytes, type, name, size }: MessageAttachment): Media {
  const { width, height } = size ?? { width: 0, height: 0 };
  const isPhoto =
    type !== 'application/pdf' &&
    width + height <= SIDES_MOST &&
    Math.max(width, height) <= RATIO_MOST * Math.min(width, height);
  return { as: isPhoto ? 'photo' : 'document', bytes, name, alt: name, shared: true };
}

type Keyboard = { reply_markup?: ReturnType<typeof inlineKeyboard> };

function sendPiece(
  client: TelegramClient,
  files: SentFiles,
  address: string,
  { part, media }: Piece,
  keyboard: Keyboard,
  deadline: AbortSignal,
): Promise<{ message_id: number }> {
  const common = { chat_id: address, parse_mode: 'HTML' as const, ...keyboard };
  if (!media) {
    const text = part?.markup ?? '';
    return client.call('sendMessage', { ...common, text, link_preview_options: NO_PREVIEW }, deadline);
  }
  // Telegram has no text for those who cannot see; without a caption it at least says what it is.
  const caption = part?.markup ?? escapeHtml(media.alt);
  const call = (id: string | null): Promise<{ message_id: number }> => {
    const file = id ?? { source: media.bytes, filename: media.name };
    return media.as === 'photo'
      ? client.call('sendPhoto', { ...common, photo: file, caption }, deadline)
      : client.call('sendDocument', { ...common, document: file, caption }, deadline);
  };
  return media.shared ? files.send(media.bytes, deadline, call) : call(null);
}

export function inlineKeyboard(rows: readonly (readonly Button[])[]) {
  return {
    inline_keyboard: rows.map((row) =>
      row.map(({ label, action }) => ({ text: label, callback_data: action })),
    ),
  };
}

function keyboardOf({ buttons }: Message): Keyboard {
  return buttons?.length ? { reply_markup: inlineKeyboard(buttons) } : {};
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
