// A mail as it lies in a box.

import { simpleParser } from 'mailparser';

export type Mail = {
  /** Milliseconds of the stand-in's clock. */
  at: number;
  /** The envelope: MAIL FROM, and the one RCPT TO in whose box this copy lies. */
  from: string;
  to: string;
  /** As written in the mail, with the angle brackets; a mail that came twice lies in the box twice. */
  messageId: string;
  sender: { name: string; address: string };
  subject: string;
  text: string;
  /** Empty when there is no HTML part. Pictures that lie in the mail are data: URLs. */
  html: string;
  /** Unfolded lines by lower-case name; the last one wins where a header repeats. */
  headers: Record<string, string>;
  attachments: { name: string; type: string; bytes: number }[];
};

/**
 * Reads a mail from the wire.
 * @returns a sentence when a real server would refuse it: no From or several of them (RFC 5322 §3.6)
 */
export async function readMail(raw: Buffer): Promise<Omit<Mail, 'at' | 'from' | 'to'> | string> {
  const parsed = await simpleParser(raw, { skipTextToHtml: true });
  const lines = [...parsed.headerLines];
  const senders = lines.filter(({ key }) => key === 'from');
  if (senders.length !== 1) return '5.7.1 Messages must have exactly one From header';
  const sender = parsed.from?.value[0];
  if (!sender?.address) return '5.7.1 From header has no address';
  return {
    messageId: parsed.messageId ?? '',
    sender: { name: sender.name ?? '', address: sender.address },
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html || '',
    headers: Object.fromEntries(lines.map(({ key, line }) => [key, unfolded(line)])),
    attachments: parsed.attachments.map(({ filename, contentType, size }) => ({
      name: filename ?? '',
      type: contentType,
      bytes: size,
    })),
  };
}

const unfolded = (line: string): string =>
  line
    .slice(line.indexOf(':') + 1)
    .replace(/\r?\n(?=[ \t])/g, '')
    .trim();
