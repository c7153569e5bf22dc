import type { HubError } from '../errors.ts';
import type { ReadRemark, ReportEntry } from './report.ts';

/** The texts for people (render/texts.ts has this shape); handed in, since ingest stands before render in the flow. */
export interface Say {
  say(language: string, key: string, values?: Record<string, unknown>): string;
}

/** A remark with its sentence in both languages, so that one report serves everybody who reads it. */
export function tell(remark: ReadRemark, texts: Say): ReportEntry {
  const sentence = (language: string): string =>
    texts.say(language, `ingest:reason.${remark.code}`, remark.data);
  const { wholeRow = false, data: _, ...rest } = remark;
  return { ...rest, reason: `${sentence('vi')} / ${sentence('en')}`, wholeRow };
}

/** The sentence about a file that was refused as a whole: what happened and what to do. */
export function tellBadFile(error: HubError, language: string, texts: Say): string {
  return texts.say(language, `ingest:badFile.${error.data.reason}`, error.data);
}
