import { Liquid } from 'liquidjs';
import { asTyped } from './document.ts';
import { installFilters } from './filters.ts';

/** Longest source of a template, in characters: about three full Telegram messages. */
export const SOURCE_MAX = 16_000;
/** One text may take this long; far more than any honest one needs (about 20 µs). */
const RENDER_LIMIT_MS = 1000;
/** LiquidJS counts characters and list items that a rendering makes. */
const MEMORY_LIMIT = 1_000_000;

/** Enough to word a notice. `include`, `render`, `layout` could reach files; `raw` and `capture` escape the escaping. */
const KEPT_TAGS = new Set(['assign', 'break', 'case', 'comment', 'continue', 'for', 'if', 'unless']);

/** The one template engine: strict, without files, and with every printed value taken as typed text. */
export function makeEngine(): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    templates: {},
    relativeReference: false,
    dynamicPartials: false,
    outputEscape: print,
    parseLimit: SOURCE_MAX,
    renderLimit: RENDER_LIMIT_MS,
    memoryLimit: MEMORY_LIMIT,
  });
  for (const name of Object.keys(engine.tags)) {
    if (!KEPT_TAGS.has(name)) delete engine.tags[name];
  }
  installFilters(engine);
  return engine;
}

/** A value as typed text. @throws TypeError for what has no one way to be written */
export function print(value: unknown): string {
  if (typeof value === 'string') return asTyped(value);
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(print).join(', ');
  throw new TypeError('only texts, numbers and lists of them can be printed');
}
