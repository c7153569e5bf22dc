import { describe, expect, it } from 'vitest';
import { readMarkup } from '../../src/sandbox/telegram/markup.ts';

const read = (html: string) => readMarkup(html, 'HTML');

describe('Telegram HTML', () => {
  it.each([
    ['b', 'bold'],
    ['strong', 'bold'],
    ['i', 'italic'],
    ['em', 'italic'],
    ['u', 'underline'],
    ['ins', 'underline'],
    ['s', 'strikethrough'],
    ['strike', 'strikethrough'],
    ['del', 'strikethrough'],
    ['code', 'code'],
    ['pre', 'pre'],
    ['tg-spoiler', 'spoiler'],
    ['blockquote', 'blockquote'],
  ])('takes <%s> for %s', (tag, type) => {
    expect(read(`Em <${tag}>Lan</${tag}> ạ`)).toEqual({
      text: 'Em Lan ạ',
      entities: [{ type, offset: 3, length: 3 }],
    });
  });

  it('keeps the address of a link and decodes it', () => {
    expect(read('<a href="https://x.vn/?a=1&amp;b=2">đây</a>').entities).toEqual([
      { type: 'text_link', offset: 0, length: 3, url: 'https://x.vn/?a=1&b=2' },
    ]);
  });

  it('decodes the four named entities and numbers, and nothing twice', () => {
    expect(read('&lt;b&gt; &amp;amp; &quot; &#39;&#x1F600;').text).toBe('<b> &amp; " \'😀');
  });

  it('lists outer entities before inner ones and moves them when white space is cut', () => {
    expect(read('  <b>a<i>b</i></b> ')).toEqual({
      text: 'ab',
      entities: [
        { type: 'bold', offset: 0, length: 2 },
        { type: 'italic', offset: 1, length: 1 },
      ],
    });
  });

  it.each([
    ['<p>x</p>', 'Unsupported start tag "p" at byte offset 0'],
    ['é<br>', 'Unsupported start tag "br" at byte offset 2'],
    ['<b>x', 'Can\'t find end tag corresponding to start tag "b"'],
    ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['x</b>', 'Unexpected end tag at byte offset 1'],
    ['1 < 2', 'Unclosed start tag at byte offset 2'],
    ['2 > 1', 'Unescaped ">" at byte offset 2'],
    ['A & B', 'Unescaped "&" at byte offset 2'],
    ['a&nbsp;b', 'Unsupported entity "&nbsp;" at byte offset 1'],
    ['&#0;', 'Unsupported entity "&#0;" at byte offset 0'],
    ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['<a href=">x</a>', 'Wrong attribute in the tag "a" at byte offset 0'],
  ])('refuses %s', (html, why) => {
    expect(() => read(html)).toThrow(`Bad Request: can't parse entities: ${why}`);
  });

  it('leaves text without parse_mode alone', () => {
    expect(readMarkup('<b> & </b>', undefined)).toEqual({ text: '<b> & </b>', entities: [] });
  });

  it('refuses half of a surrogate pair', () => {
    expect(() => readMarkup('x\ud83d', undefined)).toThrow('strings must be encoded in UTF-8');
  });
});
