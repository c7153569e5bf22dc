// A short cut for the templates that almost all are: text, printed values, our own filters, and `if` over a value.
//
// LiquidJS walks generators and takes some 20 µs for such a text; a lane sends a message in about 120 µs. The plan does
// the same in one. It knows only what it can do exactly as the engine does; anything else, and any trouble, is left to
// the engine, which then gives its own answer or error. test/render/plan.test.ts holds the two together.

import { CommentTag, IfTag, Output, type Template, TypeGuards, type Value } from 'liquidjs';
import { print } from './engine.ts';
import { FILTERS } from './filters.ts';
import type { Language } from './language.ts';

type Vars = Readonly<Record<string, unknown>>;
type Step = (vars: Vars, language: Language) => string;
type Path = readonly string[];
export type Plan = Step;

/** The plan left the road: let the engine do it. */
const TROUBLE = Symbol('trouble');

/** Stands for a value that is filled in later (see prepare.ts). It may be printed as it is, and nothing else. */
export class Slot {
  readonly mark: string;
  constructor(mark: string) {
    this.mark = mark;
  }
}

/** Names that LiquidJS gives a meaning of its own. */
const SPECIAL = new Set(['size', 'first', 'last']);

/** Plans a parsed template; null when it holds something that only the engine knows. */
export function planOf(templates: readonly Template[]): Plan | null {
  const steps: Step[] = [];
  for (const template of templates) {
    const step = stepOf(template);
    if (step === null) return null;
    steps.push(step);
  }
  return (vars, language) => {
    let text = '';
    for (const step of steps) text += step(vars, language);
    return text;
  };
}

/** Runs a plan; undefined when the engine has to do it. */
export function runPlan(plan: Plan, vars: Vars, language: Language): string | undefined {
  try {
    return plan(vars, language);
  } catch {
    return undefined;
  }
}

function stepOf(template: Template): Step | null {
  if (template instanceof Output) return printing(template.value);
  if (template instanceof IfTag) return choosing(template);
  if (template instanceof CommentTag) return () => '';
  const text = 'str' in template ? template.str : undefined;
  return typeof text === 'string' ? () => text : null;
}

function printing(value: Value): Step | null {
  const path = pathOf(value);
  // The last filter is the engine's output escape, which is `print`.
  const shows = value.filters
    .slice(0, -1)
    .map(({ name, args }) => (args.length === 0 ? FILTERS[name] : undefined));
  if (path === null || shows.includes(undefined) || value.filters.length === 0) return null;
  return (vars, language) => {
    let shown = read(vars, path);
    if (shown === undefined) throw TROUBLE;
    if (shown instanceof Slot) {
      if (shows.length > 0) throw TROUBLE;
      return shown.mark;
    }
    for (const show of shows) shown = show?.(shown, language);
    return print(shown);
  };
}

function choosing({ branches, elseTemplates }: IfTag): Step | null {
  const choices: { path: Path; plan: Plan }[] = [];
  for (const { value, templates } of branches) {
    const path = value.filters.length === 0 ? pathOf(value) : null;
    const plan = planOf(templates);
    if (path === null || plan === null) return null;
    choices.push({ path, plan });
  }
  const otherwise = planOf(elseTemplates ?? []);
  if (otherwise === null) return null;
  return (vars, language) => {
    const chosen = choices.find(({ path }) => {
      const value = read(vars, path);
      if (value instanceof Slot) throw TROUBLE;
      return value !== undefined && value !== null && value !== false;
    });
    return (chosen?.plan ?? otherwise)(vars, language);
  };
}

/** `a.b.c` as names; null for anything else (operators, indexes, literals). */
function pathOf(value: Value): Path | null {
  const [token, more] = value.initial.postfix;
  if (token === undefined || more !== undefined || !TypeGuards.isPropertyAccessToken(token) || token.variable)
    return null;
  const names = token.props.map((prop) => (TypeGuards.isWordToken(prop) ? prop.content : ''));
  return names.every((name) => name !== '' && !SPECIAL.has(name)) ? names : null;
}

/** An own value of plain data, undefined when there is none, null when it or one on the way is null. */
function read(vars: Vars, path: Path): unknown {
  let value: unknown = vars;
  for (const name of path) {
    if (value === null) return null;
    if (typeof value !== 'object' || Array.isArray(value)) throw TROUBLE;
    value = Object.hasOwn(value, name) ? (value as Vars)[name] : undefined;
    if (value === undefined) return undefined;
    if (typeof value === 'function') throw TROUBLE;
  }
  return value;
}
