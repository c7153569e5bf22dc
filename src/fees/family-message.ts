import type { OwnTelling } from '../notices/index.ts';
import type { Prisma } from '../store/prisma/client.ts';

/** Something that one guardian is told of one of their children. */
export type ForGuardian<Matter> = {
  guardianId: string;
  pupilId: string;
  child: string;
  className: string;
  /** Whether this guardian may be told of this child now; who may not stands in the report with the reason. */
  may: boolean;
  matter: Matter;
};

export type FamilyMessage<Matter> = { telling: OwnTelling; may: boolean; matters: Matter[] };

/**
 * One message for each guardian with a part for each child, in the order in which they come; children of whom the
 * guardian may not be told have one of their own, so that they hold nothing up. The right to each part is asked about
 * again in the moment of sending: see outbox/rights.ts. Pure.
 * @param partOf what the template knows of a child's part, beside the child
 */
export function familyMessages<Matter>(
  told: readonly ForGuardian<Matter>[],
  partOf: (matters: readonly Matter[]) => Prisma.InputJsonObject,
): FamilyMessage<Matter>[] {
  const messages = groupBy(told, (one) => `${one.guardianId}/${one.may ? '' : one.pupilId}`);
  return messages.flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const { guardianId, pupilId, may } = first;
    const parts = groupBy(all, (one) => one.pupilId).map((of) => ({
      pupilId: of[0]?.pupilId ?? '',
      purpose: 'fees',
      name: of[0]?.child ?? '',
      className: of[0]?.className ?? '',
      ...partOf(of.map((one) => one.matter)),
    }));
    const telling = { guardianId, pupilId, vars: { parts } };
    return [{ telling, may, matters: all.map((one) => one.matter) }];
  });
}

function groupBy<One>(all: readonly One[], keyOf: (one: One) => string): One[][] {
  const groups = new Map<string, One[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}
