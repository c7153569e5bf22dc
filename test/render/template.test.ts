import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { compileTemplate, plainText, renderText } from '../../src/render/index.ts';

let ids = 0;
const compile = (body: string, allowed: string[] = [], subject = '') => {
  ids += 1;
  return compileTemplate({ id: `template-${ids}`, subject, body }, allowed);
};
const words = (body: string, vars: Record<string, unknown> = {}, language = 'vi') =>
  plainText(renderText(compile(body, Object.keys(vars)), vars, { language }).document);

function refusal(work: () => unknown): HubError {
  try {
    work();
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('a template that is saved', () => {
  it.each([
    ['{{ nobody }}', 'nobody'],
    ['{{ pupil.name }} {{ guardian.name }}', 'guardian'],
    ['{% if late %}x{% endif %}', 'late'],
    ['{% for bill in bills %}{{ bill.item }}{{ sum }}{% endfor %}', 'sum'],
    ['{% assign a = secret %}{{ a }}', 'secret'],
    ['{{ pupil.name | default: fallback }}', 'fallback'],
    ['{{ pupil[key] }}', 'key'],
  ])('is refused with the name of the variable that its kind does not have: %s', (body, unknown) => {
    const error = refusal(() => compile(body, ['pupil', 'bills']));
    expect(error.code).toBe('badTemplate');
    expect(error.data).toMatchObject({ problem: 'unknownVariable', detail: unknown });
  });

  it('may loop, choose and name its own variables', () => {
    const body =
      '{% assign n = bills | size %}{% for bill in bills %}{{ forloop.index }}/{{ n }} {{ bill.item }} {% endfor %}';
    expect(words(body, { bills: [{ item: 'Ăn trưa' }, { item: 'Học phí' }] })).toBe(
      '1/2 Ăn trưa 2/2 Học phí',
    );
  });

  it.each([
    '{% if %',
    '{{ title',
    '{% if title %}',
    '{{ title | nosuchfilter }}',
    '{{ title | raw }}',
    '{% raw %}{{ title }}{% endraw %}',
    '{% capture x %}**{% endcapture %}{{ x }}',
    '{% include "/etc/passwd" %}',
    '{% render "other" %}',
    '{% layout "other" %}',
    '{% liquid echo title %}',
  ])('is refused when it cannot be parsed or wants more than a text needs: %s', (body) => {
    expect(refusal(() => compile(body, ['title'])).data).toMatchObject({ problem: 'syntax' });
  });

  it('is refused when it is absurdly long', () => {
    expect(refusal(() => compile('x'.repeat(20_000))).data).toMatchObject({ problem: 'tooLong' });
  });

  it('is parsed once and checked against each list of variables', () => {
    const source = { id: 'kept', subject: '', body: '{{ title }}' };
    const first = compileTemplate(source, ['title']);
    expect(compileTemplate({ ...source }, ['title'])).toBe(first);
    expect(refusal(() => compileTemplate(source, ['other'])).data).toMatchObject({ detail: 'title' });
    expect(compileTemplate({ ...source, body: '{{ other }}' }, ['other']).variables).toEqual(['other']);
  });
});

describe('the wording for one recipient', () => {
  it('keeps paragraphs and lines, and a tag on its own line leaves no gap', () => {
    const body = 'Kính gửi\n{% if note %}\nGhi chú: {{ note }}\n{% endif %}\nHết\n\n\n\nTrường';
    expect(words(body, { note: 'mang áo ấm' })).toBe('Kính gửi\nGhi chú: mang áo ấm\nHết\n\nTrường');
    expect(words(body, { note: null })).toBe('Kính gửi\nHết\n\nTrường');
  });

  it('reads bold, also over the lines of a value, and leaves a lonely ** as it is', () => {
    const document = renderText(
      compile('**{{ title }}** và **x', ['title']),
      { title: 'Hai\ndòng' },
      { language: 'vi' },
    ).document;
    expect(document).toEqual([
      [
        [{ text: 'Hai', bold: true }],
        [
          { text: 'dòng', bold: true },
          { text: ' và **x', bold: false },
        ],
      ],
    ]);
  });

  it('never takes a value for markup', () => {
    const typed = '**không** *đậm* {{ pupil }} {% if %} <b>x</b> &amp;';
    const { document } = renderText(
      compile('{{ a }}{{ b }}', ['a', 'b']),
      { a: typed, b: '*' },
      { language: 'vi' },
    );
    expect(document).toEqual([[[{ text: `${typed}*`, bold: false }]]]);
  });

  it('makes a subject of one line without markup', () => {
    const compiled = compile('', ['title'], '**{{ title }}**');
    expect(renderText(compiled, { title: 'Nghỉ học\r\nBcc: x@y.z' }, { language: 'vi' }).subject).toBe(
      'Nghỉ học Bcc: x@y.z',
    );
  });

  it.each([
    ['{{ title }}', {}],
    ['{{ title.length.x }}', { title: 'x' }],
    ['{{ title }}', { title: { a: 1 } }],
    ['{{ title.constructor }}', { title: {} }],
    ['{{ title | dong }}', { title: 'nhiều' }],
    ['{{ title | date }}', { title: 'hôm nay' }],
    ['{{ title | mark }}', { title: 8.05 }],
  ])('refuses a missing or wrong value instead of sending a gap: %s %j', (body, vars) => {
    const error = refusal(() => renderText(compile(body, ['title']), vars, { language: 'vi' }));
    expect(error.data).toMatchObject({ problem: 'rendering' });
    expect(error.message).not.toMatch(/nhiều|hôm nay|8\.05/);
  });

  it('stops a template that would not end', () => {
    const body = '{% for i in (1..99999999) %}x{% endfor %}';
    expect(refusal(() => renderText(compile(body), {}, { language: 'vi' })).code).toBe('badTemplate');
  });
});

describe('the filters', () => {
  it.each([
    ['{{ v | date }}', '2026-11-23', '23/11/2026'],
    ['{{ v | date }}', '2026-11-23T17:00:00Z', '24/11/2026'],
    ['{{ v | date }}', '2026-11-23T23:30:00', '23/11/2026'],
    ['{{ v | time }}', '2026-11-23T17:05:00Z', '00:05'],
    ['{{ v | time }}', '2026-11-23T07:05:00+07:00', '07:05'],
    ['{{ v | dong }}', 450_000, '450.000 đồng'],
    ['{{ v | dong }}', 0, '0 đồng'],
    ['{{ v | dong }}', -1_234_567, '-1.234.567 đồng'],
    ['{{ v | mark }}', 80, '8,0'],
    ['{{ v | mark }}', 100, '10,0'],
    ['{{ v | mark }}', 5, '0,5'],
    ['{{ v | mark | default: "chưa có" }}', null, 'chưa có'],
    ['{{ v | join: ", " }}', ['6A1', '6A2'], '6A1, 6A2'],
  ])('%s of %j is %s', (body, v, shown) => {
    expect(words(body, { v })).toBe(shown);
  });

  it('write numbers the English way in English', () => {
    expect(words('{{ v | dong }} {{ m | mark }}', { v: 1_450_000, m: 85 }, 'en')).toBe('1,450,000 đồng 8.5');
  });

  it.each(['UTC', 'America/Los_Angeles', 'Pacific/Kiritimati'])('show school time under TZ=%s', (zone) => {
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
      const vars = { v: '2026-12-31T18:30:00Z' };
      expect(words('{{ v | date }} {{ v | time }}', vars)).toBe('01/01/2027 01:30');
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});
