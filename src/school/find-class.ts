import { HubError } from '../errors.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { classKey } from './class-name.ts';

export type FindClass = {
  schoolId: string;
  /** As people type it: "6A1", "lớp 6a1". */
  name: string;
  /** Default: the school's current year. */
  yearLabel?: string;
};

export type FoundClass = { id: string; name: string; grade: number; schoolYearId: string };

/**
 * The class of that name in this school.
 * @throws HubError `notFound`
 */
export async function findClass(
  prisma: Pick<PrismaClient, 'schoolClass'>,
  options: FindClass,
): Promise<FoundClass> {
  const { schoolId, name, yearLabel } = options;
  const found = await prisma.schoolClass.findFirst({
    where: {
      schoolId,
      nameKey: classKey(name),
      schoolYear: yearLabel === undefined ? { current: true } : { label: yearLabel },
    },
    select: { id: true, name: true, grade: true, schoolYearId: true },
  });
  if (!found) throw new HubError('notFound', { what: 'class' });
  return found;
}
