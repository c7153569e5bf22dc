// Bills made in one go, without a file: one item for a class or the whole school, with exceptions by pupil.

import { HubError } from '../errors.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { applyBills } from './apply-bills.ts';
import type { BillFact } from './bill-facts.ts';
import type { Act } from './cashier.ts';
import type { BillPlan } from './plan-bills.ts';

/** What is otherwise for a pupil: another amount (whole đồng), exempt, or no bill at all. */
export type BillException = number | 'exempt' | 'skip';

export type MakeBills = {
  item: string;
  /** "Tự nguyện" makes the item voluntary. */
  note: string;
  /** The decision that the item rests on; left out: what its kind rests on. */
  basis?: string | undefined;
  period: string;
  amount: number;
  /** "yyyy-mm-dd" */
  dueOn: string | null;
  /** Null: the whole school. */
  classId: string | null;
  /** By the Ministry's code. */
  except: ReadonlyMap<string, BillException>;
  dryRun: boolean;
};

const NO_COLUMNS = { code: '', fullName: '', item: '', dueOn: '' };

/**
 * Made anew, the same bills change nothing. Pupils who have left get none.
 * @throws HubError `badInput` when an exception names nobody who is asked, `notFound` when nobody is
 */
export async function makeBills(
  db: PrismaClient,
  { schoolId, actor, at }: Act,
  make: MakeBills,
): Promise<BillPlan> {
  const { item, note, basis = '', period, amount, dueOn, classId, except, dryRun } = make;
  return db.$transaction(
    async (tx) => {
      const pupils = await tx.$queryRaw<{ code: string }[]>`
        select p.code from pupil p
          join enrolment e on e.pupil_id = p.id and e.closed_at is null
          join school_class k on k.id = e.class_id
          join school_year y on y.id = k.school_year_id and y.current
         where p.school_id = ${schoolId}::uuid and p.left_at is null
           and (${classId}::uuid is null or k.id = ${classId}::uuid)
         group by p.code, k.grade, k.name, p.full_name order by k.grade, k.name, p.full_name, p.code`;
      const codes = [...new Set(pupils.map((pupil) => pupil.code))];
      if (!codes.length) throw new HubError('notFound', { what: 'pupils' });
      const stray = [...except.keys()].find((code) => !codes.includes(code));
      if (stray !== undefined) throw new HubError('badInput', { problem: `except: ${stray}` });
      const facts = codes.flatMap((pupilCode): BillFact[] => {
        const own = except.get(pupilCode);
        if (own === 'skip') return [];
        const fact = {
          row: 0,
          pupilCode,
          fullName: '',
          item,
          note,
          basis,
          period,
          dueOn,
          columns: NO_COLUMNS,
        };
        if (own === 'exempt') return [{ ...fact, amount: 0, exempt: true }];
        return [{ ...fact, amount: own ?? amount, exempt: false }];
      });
      return applyBills(tx, { schoolId, facts, at, actor, dryRun });
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}
