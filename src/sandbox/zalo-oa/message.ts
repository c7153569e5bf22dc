// The `message` of a consultation or a group (facts/zalo-telegram.md §1.4): read as strictly as it is written there.

import type { SeenMessage } from '../telegram/chat.ts';
import type { Payload } from '../telegram/payload.ts';
import { objectOf, textOf } from './payload.ts';
import { refused } from './refusal.ts';
import type { Uploads } from './uploads.ts';

export type ReadMessage = Pick<SeenMessage, 'text' | 'photo' | 'file'> & {
  /** The end of the echo's name: `oa_send_<kind>`. */
  kind: 'text' | 'image' | 'gif' | 'sticker' | 'file' | 'list';
};

const TEXT_MAX = 2000;
const TITLE_MAX = 100;
const SUBTITLE_MAX = 500;

/** @throws Refusal -201 malformed, -210 too long, -233 of a kind that is not known, -100 */
export function readMessage(value: unknown, uploads: Uploads): ReadMessage {
  const message = objectOf(value, 'message', ['text', 'attachment', 'quote_message_id']);
  if (message.quote_message_id !== undefined && typeof message.quote_message_id !== 'string')
    throw refused(-201, 'quote_message_id');
  const text = message.text === undefined ? '' : textOf(message.text, 'text', TEXT_MAX);
  if (message.attachment === undefined) {
    if (text === '') throw refused(-201, 'text');
    return { kind: 'text', text };
  }
  const { type, payload } = objectOf(message.attachment, 'attachment', ['type', 'payload']);
  if (type === 'file') return readFile(text, payload, uploads);
  if (type !== 'template') throw refused(-233, String(type));
  return readTemplate(text, payload, uploads);
}

function readFile(text: string, value: unknown, uploads: Uploads): ReadMessage {
  if (text !== '') throw refused(-201, 'a file stands alone');
  const upload = uploads.find(objectOf(value, 'payload', ['token']).token, ['file']);
  const { name, type, bytes } = upload;
  return { kind: 'file', text: `[tệp: ${name}]`, file: { name, type, base64: bytes.toString('base64') } };
}

function readTemplate(text: string, value: unknown, uploads: Uploads): ReadMessage {
  const payload = objectOf(value, 'payload', ['template_type', 'elements', 'buttons']);
  const { template_type } = payload;
  // Neither buttons nor cards: no source has them for this API, so nobody may lean on them.
  if (payload.buttons !== undefined) throw refused(-233, 'buttons');
  if (template_type !== 'media' && template_type !== 'request_user_info')
    throw refused(-233, String(template_type));
  const { elements } = payload;
  if (!Array.isArray(elements) || elements.length !== 1) throw refused(-201, 'elements');
  return template_type === 'media' ? readMedia(text, elements[0], uploads) : readRequest(elements[0]);
}

function readMedia(text: string, value: unknown, uploads: Uploads): ReadMessage {
  const element = objectOf(value, 'element', ['media_type', 'attachment_id', 'url', 'width', 'height']);
  const { media_type, url, attachment_id } = element;
  if (media_type === 'sticker') {
    if (typeof attachment_id !== 'string' || attachment_id === '') throw refused(-201, 'attachment_id');
    return { kind: 'sticker', text: '[nhãn dán]' };
  }
  if (media_type !== 'image' && media_type !== 'gif') throw refused(-233, String(media_type));
  if ((url === undefined) === (attachment_id === undefined)) throw refused(-201, 'url or attachment_id');
  if (media_type === 'gif') mustHaveSize(element);
  if (url !== undefined) {
    if (typeof url !== 'string' || !/^https:\/\//.test(url) || !URL.canParse(url)) throw refused(-201, 'url');
    return { kind: media_type, text: text || '[ảnh]' };
  }
  const { type, bytes } = uploads.find(attachment_id, [media_type]);
  return { kind: media_type, text, photo: { type, base64: bytes.toString('base64') } };
}

function mustHaveSize({ width, height }: Payload): void {
  for (const side of [width, height])
    if (!Number.isSafeInteger(Number(side)) || Number(side) <= 0) throw refused(-201, 'width and height');
}

function readRequest(value: unknown): ReadMessage {
  const { title, subtitle, image_url } = objectOf(value, 'element', ['title', 'subtitle', 'image_url']);
  const lines = [textOf(title, 'title', TITLE_MAX), textOf(subtitle, 'subtitle', SUBTITLE_MAX)];
  if (typeof image_url !== 'string' || !/^https:\/\//.test(image_url)) throw refused(-201, 'image_url');
  return { kind: 'list', text: lines.join('\n') };
}
