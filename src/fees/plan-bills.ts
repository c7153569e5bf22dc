// Compares a list of bills with what is stored. Pure: the same list a second time plans nothing.

import { fold, nameKey } from '../school/index.ts';
import type { BillKind } from '../store/prisma/enums.ts';
import type { BillFact, BillOutcome, BillRemark } from './bill-facts.ts';
import { type ItemSort, judgeItem } from './items.ts';

export type FeePupil = {
  id: string;
  code: string;
  fullName: string;
  nameKey: string;
  classId: string | null;
};
export type FeeItemRow = { id: string; nameKey: string; kind: BillKind; legalBasis: string };
export type StoredBill = {
  id: string;
  pupilId: string;
  itemId: string;
  periodKey: string;
  amount: number;
  dueOn: string | null;
  state: string;
};

/** What is to be written for one bill. `before` null: it is new. */
export type PlannedBill = {
  pupil: FeePupil & { classId: string };
  itemKey: string;
  period: string;
  periodKey: string;
  amount: number;
  dueOn: string | null;
  state: 'open' | 'exempt';
  before: StoredBill | null;
};

export type NewItem = ItemSort & { name: string; nameKey: string };

export type BillPlan = {
  items: NewItem[];
  /** What items that are there already rest on now, by their key. */
  bases: Map<string, string>;
  bills: PlannedBill[];
  outcomes: BillOutcome[];
  refused: BillRemark[];
  warnings: BillRemark[];
};

export type BillsBefore = {
  pupils: readonly FeePupil[];
  items: readonly FeeItemRow[];
  bills: readonly StoredBill[];
};

export function planBills(facts: readonly BillFact[], before: BillsBefore): BillPlan {
  const plan: BillPlan = { items: [], bases: new Map(), bills: [], outcomes: [], refused: [], warnings: [] };
  const pupils = new Map(before.pupils.map((pupil) => [pupil.code, pupil]));
  const items = new Map<string, PlannedItem>(before.items.map((item) => [item.nameKey, item]));
  const stored = new Map(
    before.bills.map((bill) => [keyOf(bill.pupilId, bill.itemId, bill.periodKey), bill]),
  );
  const seen = new Set<string>();
  for (const fact of facts) {
    const pupil = pupilOf(fact, pupils, plan);
    if (!pupil) continue;
    const itemKey = fold(fact.item);
    const item = items.get(itemKey) ?? newItem(fact, itemKey, plan);
    if (!item) continue;
    items.set(itemKey, item);
    const basis = basisOf(fact);
    if (item.id !== null && basis && basis !== item.legalBasis) plan.bases.set(itemKey, basis);
    const periodKey = fold(fact.period);
    const place = keyOf(pupil.id, itemKey, periodKey);
    if (seen.has(place)) {
      plan.refused.push({
        ...remark(fact, 'sameBillTwice', fact.columns.item, fact.item),
        wholeRow: !fact.oneOfRow,
      });
      continue;
    }
    seen.add(place);
    const old = item.id === null ? null : (stored.get(keyOf(pupil.id, item.id, periodKey)) ?? null);
    const bill = plannedBill(fact, item.kind, pupil, { itemKey, periodKey }, old, plan);
    const changes = changesOf(bill);
    if (changes.length) plan.bills.push(bill);
    plan.outcomes.push({
      ...placeOf(fact),
      code: fact.pupilCode,
      fullName: pupil.fullName,
      result: old === null ? 'created' : changes.length ? 'updated' : 'unchanged',
      changes,
    });
  }
  return plan;
}

const keyOf = (...parts: string[]): string => parts.join('\u0000');
const placeOf = ({ sheet, row }: BillFact) => ({ ...(sheet === undefined ? {} : { sheet }), row });
const remark = (fact: BillFact, code: BillRemark['code'], column: string, value: string): BillRemark => ({
  ...placeOf(fact),
  column,
  value,
  code,
  wholeRow: true,
});

function pupilOf(
  fact: BillFact,
  pupils: ReadonlyMap<string, FeePupil>,
  plan: BillPlan,
): (FeePupil & { classId: string }) | null {
  const { columns } = fact;
  const refuse = (code: BillRemark['code'], column: string, value: string): null => {
    const told = plan.refused.at(-1);
    // Once for a row of several items.
    if (!(fact.oneOfRow && told?.code === code && told.row === fact.row && told.sheet === fact.sheet))
      plan.refused.push(remark(fact, code, column, value));
    return null;
  };
  const pupil = pupils.get(fact.pupilCode);
  if (!pupil) return refuse('unknownPupil', columns.code, fact.pupilCode);
  if (fact.fullName !== '' && nameKey(fact.fullName) !== pupil.nameKey)
    return refuse('codeOfAnotherPupil', columns.fullName, fact.fullName);
  const { classId } = pupil;
  if (classId === null) return refuse('leftSchoolBill', columns.code, fact.pupilCode);
  return { ...pupil, classId };
}

/** Laws are quoted by number and name, not by their text. */
const BASIS_MOST = 300;

const basisOf = ({ basis = '' }: BillFact): string => basis.slice(0, BASIS_MOST);

type PlannedItem = { id: string | null; kind: BillKind; legalBasis: string };

function newItem(fact: BillFact, itemKey: string, plan: BillPlan): PlannedItem | null {
  const judged = judgeItem(fact.item, fact.note);
  if ('forbidden' in judged) {
    plan.refused.push(remark(fact, judged.forbidden, fact.columns.item, fact.item));
    return null;
  }
  const legalBasis = basisOf(fact) || judged.legalBasis;
  plan.items.push({ kind: judged.kind, legalBasis, name: fact.item, nameKey: itemKey });
  return { id: null, kind: judged.kind, legalBasis };
}

function plannedBill(
  fact: BillFact,
  kind: BillKind,
  pupil: FeePupil & { classId: string },
  keys: { itemKey: string; periodKey: string },
  before: StoredBill | null,
  plan: BillPlan,
): PlannedBill {
  const { period, amount, exempt } = fact;
  const warn = (code: BillRemark['code']) => {
    const said = { ...placeOf(fact), column: fact.columns.dueOn, value: fact.dueOn ?? '', code };
    // Once for a column of one item.
    const again = (one: BillRemark) =>
      one.code === code && one.column === said.column && one.sheet === said.sheet;
    if (!(fact.oneOfRow && plan.warnings.some(again))) plan.warnings.push(said);
  };
  // What is given freely is never due.
  if (kind === 'voluntary' && fact.dueOn !== null) warn('voluntaryDueDay');
  if (kind !== 'voluntary' && fact.dueOn === null && !exempt) warn('noDueDay');
  const dueOn = kind === 'voluntary' ? null : fact.dueOn;
  // An exempt row may leave the amount open; it is then as it was.
  const shown = exempt && amount === 0 ? (before?.amount ?? 0) : amount;
  return { pupil, ...keys, period, amount: shown, dueOn, state: exempt ? 'exempt' : 'open', before };
}

function changesOf({ before, amount, dueOn, state }: PlannedBill): string[] {
  if (before === null) return ['bill'];
  return [
    ...(before.amount === amount ? [] : ['amount']),
    ...(before.dueOn === dueOn ? [] : ['dueOn']),
    ...(before.state === state ? [] : [state === 'exempt' ? 'exempt' : 'reopened']),
  ];
}
