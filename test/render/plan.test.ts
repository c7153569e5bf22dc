import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeEngine } from '../../src/render/engine.ts';
import { globalsFor } from '../../src/render/language.ts';
import { planOf, runPlan } from '../../src/render/plan.ts';
import { typedText } from './texts.ts';

const engine = makeEngine();

const path = fc.constantFrom(
  'a',
  'b',
  'c',
  'a.x',
  'a.y',
  'b.x',
  'a.x.z',
  'c.size',
  'a.first',
  'c[0]',
  'a["x"]',
  'nobody',
  'true',
  '"q*"',
  '5',
);
const filter = fc.constantFrom(
  '',
  '',
  '',
  ' | date',
  ' | time',
  ' | dong',
  ' | mark',
  ' | upcase',
  ' | default: "–"',
  ' | size',
);
const piece: fc.Arbitrary<string> = fc.oneof(
  { maxDepth: 3 },
  fc.constantFrom(
    'Kính gửi ',
    '**',
    '\n\n',
    ' & ',
    '{% comment %}x{% endcomment %}',
    '{%- comment -%}x{%- endcomment -%}',
  ),
  fc.tuple(path, filter).map(([name, then]) => `{{ ${name}${then} }}`),
  fc.tuple(path, filter).map(([name, then]) => ` {{- ${name}${then} -}} `),
  fc
    .tuple(path, fc.constantFrom('', ' == 1', ' and a'), fc.constantFrom('if', 'unless'))
    .map(([name, more, tag]) => `{% ${tag} ${name}${more} %}ja{{ a }}{% else %}nein{% end${tag} %}`),
  fc.tuple(path, path).map(([one, two]) => `{% if ${one} %}1{% elsif ${two} %}2{{ b }}{% endif %}`),
  fc.constant('{% assign b = a %}{{ b }}'),
  fc.constant('{% for x in c %}{{ x }}{% endfor %}'),
);
const leaf = fc.oneof(
  typedText,
  fc.constantFrom(
    null,
    undefined,
    true,
    false,
    0,
    1,
    80,
    450_000,
    -1,
    8.5,
    '2026-11-23',
    '2026-11-23T20:30:00Z',
    '',
  ),
);
const vars = fc.record(
  {
    a: fc.oneof(
      leaf,
      fc.record({ x: fc.oneof(leaf, fc.record({ z: leaf })), y: leaf }, { requiredKeys: [] }),
    ),
    b: leaf,
    c: fc.oneof(leaf, fc.array(fc.constantFrom('6A1', '6A2', 3), { maxLength: 3 })),
  },
  { requiredKeys: [] },
);

const attempt = (work: () => unknown): unknown => {
  try {
    return work();
  } catch {
    return 'refused';
  }
};

describe('the short cut through a template', () => {
  it('says what the engine says, or leaves it to the engine', () => {
    let planned = 0;
    let run = 0;
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 5 }),
        vars,
        fc.constantFrom('vi' as const, 'en' as const),
        (pieces, values, language) => {
          const parsed = engine.parse(pieces.join(''));
          const plan = planOf(parsed);
          if (plan === null) return;
          planned += 1;
          const quick = runPlan(plan, values, language);
          if (quick === undefined) return;
          run += 1;
          expect(quick).toBe(
            attempt(() => engine.renderSync(parsed, values, { globals: globalsFor(language) })),
          );
        },
      ),
      { numRuns: 3000 },
    );
    expect(planned, 'templates that have a short cut').toBeGreaterThan(300);
    expect(run, 'short cuts that came to an end').toBeGreaterThan(100);
  });

  it('is there for the templates that notices have', () => {
    const text =
      '**{{ title }}**\n\nKính gửi {{ pupil.name }}.\n{% if due %}Hạn {{ due | date }}{% elsif fee %}{{ fee | dong }}{% else %}–{% endif %}';
    const plan = planOf(engine.parse(text));
    expect(plan && runPlan(plan, { title: 'A', pupil: { name: 'An' }, due: null, fee: 450_000 }, 'vi')).toBe(
      '**A**\n\nKính gửi An.\n450.000 đồng',
    );
  });

  it.each([[0], [''], [false], [null], [undefined], [[]], [{}], ['x']])(
    'chooses as the engine does for %j',
    (a) => {
      const parsed = engine.parse('{% if a %}ja{% else %}nein{% endif %}');
      const plan = planOf(parsed);
      expect(plan && runPlan(plan, { a }, 'vi')).toBe(engine.renderSync(parsed, { a }));
    },
  );
});
