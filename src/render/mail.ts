import { PICTURE_CID } from '../channels/index.ts';
import { HubError } from '../errors.ts';
import { type Document, type Line, plainText } from './document.ts';
import { escapeHtml } from './html.ts';

/** A link with its words, both in the reader's language; http(s) only. */
export type MailLink = { label: string; url: string };

/** What stands around the text of a mail. */
export type MailLook = {
  subject: string;
  /** Of the text, for screen readers: vi, en. */
  language: string;
  /** Who writes and why, plain text; its lines are kept. */
  footer: string;
  /** Shown large under the text: the page for "Đã nhận", a bill … */
  buttons?: readonly MailLink[];
  /** Shown under the text; the mail brings it along (`cid:`), nothing is fetched. `alt` for those who do not see it. */
  picture?: { alt: string };
  /** Small, at the end: the page behind List-Unsubscribe, for those whose mail program does not show it (RFC 8058) … */
  below?: readonly MailLink[];
};

export type MailText = { subject: string; html: string; plain: string };

/** RFC 5322 §2.1.1 asks for lines under 998 bytes; phones show some 60 letters. */
const SUBJECT_MAX = 150;

const FONT = 'font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#1a1a1a';
const BUTTON =
  'display:inline-block;padding:12px 20px;background:#0b5cad;color:#ffffff;text-decoration:none;border-radius:4px;font-weight:bold';
const SMALL = 'font-size:13px;line-height:1.4;color:#555555';

/**
 * A document as a whole mail: a small HTML page without scripts (readable on an old phone, nothing is
 * fetched), and the same as plain text.
 * @throws HubError `badInput` when a link is not http(s)
 */
export function toMail(document: Document, look: MailLook): MailText {
  const links = [...(look.buttons ?? []), ...(look.below ?? [])];
  for (const link of links) checkLink(link);
  const subject = cleanSubject(look.subject);
  return { subject, html: mailHtml(document, { ...look, subject }), plain: mailPlain(document, look, links) };
}

/** One line, bounded: a line end in a subject would begin a new header. */
function cleanSubject(subject: string): string {
  const line = subject
    .normalize('NFC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line.length <= SUBJECT_MAX) return line;
  const head = line.slice(0, SUBJECT_MAX - 1);
  const word = head.lastIndexOf(' ');
  return `${(word > SUBJECT_MAX / 2 ? head.slice(0, word) : head.replace(/[\uD800-\uDBFF]$/, '')).trimEnd()}…`;
}

function mailPlain(document: Document, look: MailLook, links: readonly MailLink[]): string {
  const below = look.footer.trim() === '' ? [] : [`-- \n${look.footer.trim()}`];
  const shown = links.map((link) => `${link.label}: ${link.url}`);
  const buttons = shown.slice(0, look.buttons?.length ?? 0);
  const last = shown.slice(buttons.length);
  return `${[plainText(document), ...buttons, ...below, ...last].filter((text) => text !== '').join('\n\n')}\n`;
}

function mailHtml(document: Document, look: MailLook): string {
  const paragraphs = document.map(
    (lines) => `<p style="margin:0 0 16px">${lines.map(lineHtml).join('<br>\n')}</p>`,
  );
  const buttons = (look.buttons ?? []).map(
    (link) => `<p style="margin:24px 0">${linkHtml(link, BUTTON)}</p>`,
  );
  const pictures = look.picture ? [pictureHtml(look.picture.alt)] : [];
  const footer = escapeHtml(look.footer.trim()).replace(/\r?\n/g, '<br>\n');
  const below = (look.below ?? []).map((one) => `<br>\n${linkHtml(one, 'color:#555555')}`).join('');
  return `<!doctype html>
<html lang="${escapeHtml(look.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(look.subject)}</title>
</head>
<body style="margin:0;padding:16px;background:#ffffff">
<div style="max-width:560px;margin:0 auto;${FONT}">
${[...paragraphs, ...pictures, ...buttons].join('\n')}
<hr style="border:0;border-top:1px solid #cccccc;margin:24px 0 12px">
<p style="margin:0;${SMALL}">${footer}${below}</p>
</div>
</body>
</html>
`;
}

function lineHtml(line: Line): string {
  return line.map((span) => (span.bold ? `<b>${escapeHtml(span.text)}</b>` : escapeHtml(span.text))).join('');
}

function pictureHtml(alt: string): string {
  const style = 'display:block;width:100%;max-width:360px;height:auto';
  return `<p style="margin:24px 0"><img src="cid:${PICTURE_CID}" alt="${escapeHtml(alt)}" width="360" style="${style}"></p>`;
}

function linkHtml(link: MailLink, style: string): string {
  return `<a href="${escapeHtml(link.url)}" style="${style}">${escapeHtml(link.label)}</a>`;
}

function checkLink(link: MailLink): void {
  const scheme = URL.canParse(link.url) ? new URL(link.url).protocol : '';
  if (scheme !== 'https:' && scheme !== 'http:') {
    throw new HubError('badInput', { detail: 'a link in a mail is not http(s)' });
  }
}
