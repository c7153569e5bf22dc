import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate, plainText, renderText, toMail } from '../../src/render/index.ts';
import { letters, typedText } from './texts.ts';

const documentOf = (text: string, body = '**Kính gửi**\n\n{{ text }}') =>
  renderText(
    compileTemplate({ id: `mail-${body}`, subject: '', body }, ['text']),
    { text },
    { language: 'vi' },
  ).document;
const look = { subject: 'Thông báo', language: 'vi', footer: 'Trường THCS Hợp Giang\nCao Bằng' };

/** A slow, obvious reader: tags away, escapes back. */
const seen = (html: string): string =>
  html
    .replace(/^[\s\S]*<body[^>]*>/, '')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

describe('a mail', () => {
  it('says the same in HTML and in plain text, and neither has a tag of the value', () => {
    fc.assert(
      fc.property(typedText, (text) => {
        const document = documentOf(text);
        const mail = toMail(document, look);
        expect(letters(seen(mail.html))).toBe(letters(`${plainText(document)}${look.footer}`));
        expect(mail.plain.startsWith(plainText(document))).toBe(true);
        const tags = new Set([...mail.html.matchAll(/<\/?([a-z!]+)/g)].map((match) => match[1]));
        for (const tag of ['script', 'img', 'iframe', 'a']) expect(tags).not.toContain(tag);
      }),
    );
  });

  it('shows buttons and the way out in both parts, escaped', () => {
    const mail = toMail(documentOf('x'), {
      ...look,
      buttons: [{ label: 'Đã nhận <3', url: 'https://lienlac.vn/x?a=1&b="2"' }],
      below: [{ label: 'Thôi nhận', url: 'https://lienlac.vn/u/1' }],
    });
    expect(mail.html).toContain('href="https://lienlac.vn/x?a=1&amp;b=&quot;2&quot;"');
    expect(mail.html).toContain('Đã nhận &lt;3</a>');
    expect(mail.plain).toContain('Đã nhận <3: https://lienlac.vn/x?a=1&b="2"');
    expect(mail.plain).toContain('Thôi nhận: https://lienlac.vn/u/1');
  });

  it('fetches nothing: no images, styles or scripts from elsewhere', () => {
    const { html } = toMail(documentOf('x'), look);
    expect(html).not.toMatch(/src=|url\(|<link|<script|<style/);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '/inside', ''])(
    'refuses a link that is not http(s): %s',
    (url) => {
      expect(() => toMail(documentOf('x'), { ...look, buttons: [{ label: 'x', url }] })).toThrow('badInput');
    },
  );

  it('has a subject of one bounded line', () => {
    expect(toMail([], { ...look, subject: ' Nghỉ\r\nBcc: a@b.c\u0000 ' }).subject).toBe('Nghỉ Bcc: a@b.c');
    const long = toMail([], { ...look, subject: 'từ '.repeat(200) }).subject;
    expect(long.length).toBeLessThanOrEqual(150);
    expect(long).toMatch(/từ…$/);
    expect(toMail([], { ...look, subject: '👍'.repeat(200) }).subject).toMatch(/^(👍)+…$/u);
  });
});
