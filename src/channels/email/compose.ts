import type { SendMailOptions } from 'nodemailer';
import type { MessageAttachment } from '../files.ts';
import { type Message, PICTURE_CID, type Picture } from '../port.ts';
import { type PlainAddress, plainAddress } from './address.ts';

/** RFC 5322 §2.1.1: no line over 998 bytes. Longer ones are a mistake of the caller's. */
const SUBJECT_MAX = 900;

export type Composed =
  | { kind: 'mail'; mail: SendMailOptions }
  | { kind: 'badAddress' }
  | { kind: 'badContent'; why: string };

/**
 * A message as a mail. Addresses are objects of name and address, names and subject are one line: no text of a person
 * can become a header (ASVS 5.0 1.3.11).
 */
export function composeMail(message: Message, sender: PlainAddress): Composed {
  const to = plainAddress(message.address);
  if (to === null) return { kind: 'badAddress' };
  const part = message.parts[0];
  if (part === undefined || message.parts.length > 1)
    return { kind: 'badContent', why: 'a mail has exactly one part' };
  const subject = oneLine(message.subject ?? '');
  if (subject === '' || Buffer.byteLength(subject) > SUBJECT_MAX)
    return { kind: 'badContent', why: 'subject empty or too long' };
  const unsubscribe = message.unsubscribeUrl === undefined ? {} : unsubscribeHeaders(message.unsubscribeUrl);
  if (unsubscribe === null) return { kind: 'badContent', why: 'the unsubscribe address is not http(s)' };
  const mail: SendMailOptions = {
    from: { name: oneLine(message.fromName ?? ''), address: sender.address },
    to: { name: '', address: to.address },
    envelope: { from: sender.address, to: to.address },
    subject,
    text: part.plain,
    html: part.markup,
    attachments: [
      ...(message.picture ? pictureTwice(message.picture) : []),
      ...(message.attachment ? [asFile(message.attachment)] : []),
    ],
    messageId: messageIdOf(message.deliveryId, sender.domain),
    headers: {
      // RFC 3834 §5: no machine shall answer; the second one is what Exchange listens to.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
      ...unsubscribe,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  return { kind: 'mail', mail };
}

/** The same for every attempt, so that a mailbox (and we) can tell a duplicate. */
function messageIdOf(deliveryId: string, domain: string): string {
  return `<d${deliveryId.replace(/[^\w.-]/g, '')}@${domain}>`;
}

/** Within the text where it is spoken of, and as a file for those whose mail program shows no pictures in a text. */
const pictureTwice = ({ png, alt }: Picture): Attachments => [
  {
    content: png,
    contentType: 'image/png',
    filename: 'picture.png',
    cid: PICTURE_CID,
    contentDisposition: 'inline',
  },
  { content: png, contentType: 'image/png', filename: `${fileName(alt)}.png` },
];

const asFile = ({ bytes, type, name }: MessageAttachment): Attachments[number] => ({
  content: bytes,
  contentType: type,
  filename: name,
});

type Attachments = NonNullable<SendMailOptions['attachments']>;

/** Letters, digits and hyphens, so that every system can store it. */
const fileName = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'picture';

/** RFC 8058 §3.1. `prepared`: never folded, an address with a line end in it would be useless. */
function unsubscribeHeaders(address: string): NonNullable<SendMailOptions['headers']> | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  return {
    'List-Unsubscribe': { prepared: true, value: `<${url.href.replace(/[<>]/g, encodeURIComponent)}>` },
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
}

function oneLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
