import { HubError } from '../errors.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { schoolKey } from './school-name.ts';

export type FoundSchool = { id: string; name: string };

/**
 * The school that is meant: by name or code, or the only one of this installation when nothing is given.
 * @throws HubError `notFound` when there is none, or several and nothing says which.
 */
export async function findSchool(
  prisma: Pick<PrismaClient, 'orgUnit'>,
  wanted?: string,
): Promise<FoundSchool> {
  const schools = await prisma.orgUnit.findMany({
    where: { kind: 'school' },
    select: { id: true, name: true, code: true },
    orderBy: { createdAt: 'asc' },
  });
  const meant =
    wanted === undefined
      ? schools
      : schools.filter(
          (one) => one.code === wanted || one.id === wanted || schoolKey(one.name) === schoolKey(wanted),
        );
  const [school, ...more] = meant;
  if (!school || more.length > 0) throw new HubError('notFound', { what: 'school' });
  return { id: school.id, name: school.name };
}
