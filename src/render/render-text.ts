import { HubError } from '../errors.ts';
import { type Document, plainText, readDocument } from './document.ts';
import { globalsFor, type Language, languageFor } from './language.ts';
import { runPlan } from './plan.ts';
import { type Compiled, type CompiledTemplate, engine } from './template.ts';

/** The subject is worded when it is asked for: a chat has none. */
export type RenderedText = { readonly subject: string; readonly document: Document };

/**
 * Words one recipient's text.
 * @param vars plain JSON: texts, numbers (whole đồng, tenths of a mark), ISO 8601 days and instants, lists, objects
 * @param options.language `en` writes numbers the English way, everything else the Vietnamese way
 * @throws HubError `badTemplate` (`problem` = `rendering`) when a value is missing or of the wrong kind. The detail
 *   names the place in the template, never a value.
 */
export function renderText(
  compiled: CompiledTemplate,
  vars: Readonly<Record<string, unknown>>,
  options: { language: string },
): RenderedText {
  const language = languageFor(options.language);
  const worded = (part: Compiled): string => {
    try {
      return fill(part, vars, language);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new HubError('badTemplate', { template: compiled.id, problem: 'rendering', detail });
    }
  };
  const document = readDocument(worded(compiled.body));
  return {
    document,
    get subject() {
      return oneLine(worded(compiled.subject));
    },
  };
}

function fill(
  { parsed, plan }: Compiled,
  vars: Readonly<Record<string, unknown>>,
  language: Language,
): string {
  const planned = plan && runPlan(plan, vars, language);
  return planned ?? engine.renderSync(parsed, vars, { globals: globalsFor(language) });
}

/** A subject has neither markup nor lines. */
function oneLine(rendered: string): string {
  return plainText(readDocument(rendered)).replace(/\s+/g, ' ').trim();
}
