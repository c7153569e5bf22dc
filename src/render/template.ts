import type { Template } from 'liquidjs';
import { HubError } from '../errors.ts';
import { makeEngine, SOURCE_MAX } from './engine.ts';
import { type Plan, planOf } from './plan.ts';

/** A template as it is stored. `id` names one immutable version. */
export type TemplateSource = { id: string; subject: string; body: string };

/** One parsed text, with the short cut to it when there is one. */
export type Compiled = { readonly parsed: Template[]; readonly plan: Plan | null };

export type CompiledTemplate = {
  readonly id: string;
  readonly subject: Compiled;
  readonly body: Compiled;
  /** Values that the template asks for, without their properties. */
  readonly variables: readonly string[];
};

type Kept = { source: TemplateSource; compiled: CompiledTemplate };

/** How many compiled templates are kept; a province has a few hundred. */
const KEPT_MAX = 1000;
const kept = new Map<string, Kept>();

export const engine = makeEngine();

/** A line that holds nothing but a tag, so that `{% if … %}` on its own line leaves no empty line behind. */
const TAG_ALONE = /^[ \t]*(\{%(?:(?!%\}).)*%\})[ \t]*(?:\r?\n|$)/gm;

/**
 * Parses a template and checks what it asks for; keeps the result under the template's id.
 * Used when a template is saved, and before each rendering (then it is a lookup).
 * @param allowedVariables values that the notice's kind provides, by their first name: `pupil` allows `pupil.class`
 * @throws HubError `badTemplate`: `problem` is `syntax`, `tooLong` or `unknownVariable`; `detail` says where or which
 */
export function compileTemplate(
  source: TemplateSource,
  allowedVariables: readonly string[],
): CompiledTemplate {
  const known = kept.get(source.id);
  const same = known && known.source.body === source.body && known.source.subject === source.subject;
  const compiled = same ? known.compiled : parseSource(source);
  const unknown = compiled.variables.find((name) => !allowedVariables.includes(name));
  if (unknown !== undefined) {
    throw new HubError('badTemplate', { template: source.id, problem: 'unknownVariable', detail: unknown });
  }
  if (!same) keep(source, compiled);
  return compiled;
}

function parseSource(source: TemplateSource): CompiledTemplate {
  const subject = parseText(source.id, source.subject);
  const body = parseText(source.id, source.body);
  const variables = new Set([...variablesOf(subject.parsed), ...variablesOf(body.parsed)]);
  return { id: source.id, subject, body, variables: [...variables] };
}

function parseText(id: string, text: string): Compiled {
  if (text.length > SOURCE_MAX) {
    throw new HubError('badTemplate', { template: id, problem: 'tooLong', detail: SOURCE_MAX });
  }
  try {
    const parsed = engine.parse(text.replace(TAG_ALONE, '$1'));
    return { parsed, plan: planOf(parsed) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new HubError('badTemplate', { template: id, problem: 'syntax', detail }, { cause: error });
  }
}

function variablesOf(parsed: Template[]): string[] {
  return engine.globalVariablesSync(parsed, { partials: false });
}

function keep(source: TemplateSource, compiled: CompiledTemplate): void {
  if (kept.size >= KEPT_MAX) {
    const oldest = kept.keys().next();
    if (!oldest.done) kept.delete(oldest.value);
  }
  kept.set(source.id, { source, compiled });
}
