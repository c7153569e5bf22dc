import type { PupilFact, Remark, RosterReason } from './roster-facts.ts';

/** Collects remarks while a list is planned. */
export type RemarkList = {
  refused: Remark<RosterReason>[];
  warnings: Remark<RosterReason>[];
  refuse(at: PupilFact, column: string | undefined, value: string, code: RosterReason): void;
  warn(at: PupilFact | null, column: string | undefined, value: string, code: RosterReason): void;
};

export function collectRemarks(): RemarkList {
  const refused: Remark<RosterReason>[] = [];
  const warnings: Remark<RosterReason>[] = [];
  const at = (fact: PupilFact | null) => ({
    ...(fact?.sheet === undefined ? {} : { sheet: fact.sheet }),
    row: fact?.row ?? 0,
  });
  return {
    refused,
    warnings,
    refuse: (fact, column = '', value, code) =>
      refused.push({ ...at(fact), column, value, code, wholeRow: true }),
    warn: (fact, column = '', value, code) => warnings.push({ ...at(fact), column, value, code }),
  };
}
