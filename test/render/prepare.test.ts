import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate, prepareTelegram, renderText, toTelegram } from '../../src/render/index.ts';
import { typedText } from './texts.ts';

const NAMES = ['child', 'className'];
const VARIABLES = [...NAMES, 'title', 'body', 'sender'];
const letter = fc.constantFrom(...'AaĐđƯưỪừẠạỹ09 .-&<>"\'{}%~');
const name = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: letter, minLength: 1, maxLength: 30 }) },
  typedText,
);
let made = 0;
const compile = (body: string) => compileTemplate({ id: `prepare-${made++}`, subject: '', body }, VARIABLES);
const longWay = (compiled: ReturnType<typeof compile>, vars: Record<string, unknown>) =>
  toTelegram(renderText(compiled, vars, { language: 'vi' }).document);

const CLASS_NOTICE =
  'Kính gửi phụ huynh em **{{ child }}**, lớp {{ className }}.\n\n**{{ title }}**\n{{ body }}\n{% if sender %}\n{{ sender }}{% endif %}';

describe('a prepared message', () => {
  it('is letter for letter what the long way makes, whatever is typed', () => {
    const compiled = compile(CLASS_NOTICE);
    let prepared = 0;
    fc.assert(
      fc.property(
        name,
        name,
        typedText,
        typedText,
        fc.option(typedText),
        (child, className, title, body, sender) => {
          const shared = { title, body, sender };
          const short = prepareTelegram(compiled, shared, NAMES, { language: 'vi', limit: 4096 })?.({
            child,
            className,
          });
          if (!short) return;
          prepared++;
          expect(short).toEqual(longWay(compiled, { ...shared, child, className }));
        },
      ),
      { numRuns: 2000 },
    );
    expect(prepared).toBeGreaterThan(100);
  });

  it('fills in an ordinary name as typed, markup signs included', () => {
    const compiled = compile(CLASS_NOTICE);
    const shared = { title: 'Họp', body: 'Mời dự họp', sender: null };
    const prepared = prepareTelegram(compiled, shared, NAMES, { language: 'vi', limit: 4096 });
    expect(prepared?.({ child: 'Lý <b>& Nam', className: '6A1' })?.[0]?.markup).toContain(
      '<b>Lý &lt;b&gt;&amp; Nam</b>, lớp 6A1.',
    );
  });

  it.each([
    ['asks about the child', '{% if child %}x{% endif %}{{ className }}'],
    ['changes the name', '{{ child | upcase }} {{ className }}'],
    ['needs the engine', '{% case className %}{% when "6A1" %}x{% endcase %}{{ child }}'],
    ['is too long for one part', `{{ child }} ${'dài '.repeat(1200)}{{ className }}`],
  ])('goes the long way when the template %s', (_why, body) => {
    expect(
      prepareTelegram(compile(body), { title: '', body: '', sender: null }, NAMES, {
        language: 'vi',
        limit: 4096,
      }),
    ).toBeNull();
  });

  it.each([['Nam**'], ['Nam\nKhanh'], [' Nam'], [''], ['x'.repeat(101)]])(
    'goes the long way for the odd name %j',
    (child) => {
      const prepared = prepareTelegram(
        compile(CLASS_NOTICE),
        { title: 'a', body: 'b', sender: null },
        NAMES,
        { language: 'vi', limit: 4096 },
      );
      expect(prepared?.({ child, className: '6A1' })).toBeUndefined();
    },
  );
});
