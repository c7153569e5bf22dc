// A town whose school gives marks: children, parents with linked chats, gradebooks, and half an hour that passes.

import type { ImportFile, ImportReport } from '../../src/ingest/index.ts';
import { reconcile } from '../../src/notices/index.ts';
import type { Person } from '../../src/sandbox/index.ts';
import { until } from '../harness/index.ts';
import { importer, type Value, xlsx } from '../ingest/sample-school.ts';
import { allHandled, answerTo, newCodes, newGuardian, newPupil, openTown, pressed, said } from './town.ts';

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

export type Child = { id: string; code: string; fullName: string; className: string };
export type Parent = { guardianId: string; person: Person };
export type Row = [child: Child, ...marks: Value[]];

export const textsOf = (person: Person, from = 0): string[] =>
  said(person)
    .slice(from)
    .map((one) => one.text);

export async function openMarksTown(more: Record<string, string> = {}) {
  const town = await openTown(more);
  const db = town.hub.db.prisma;

  async function child(fullName: string, className: string, schoolId = town.school): Promise<Child> {
    const id = await newPupil(town.hub, schoolId, fullName, className);
    const { code } = await db.pupil.findUniqueOrThrow({ where: { id } });
    return { id, code, fullName, className };
  }

  /** A guardian who has linked a chat for these children and, unless told otherwise, agreed to everything. */
  async function parent(children: readonly Child[], agrees = true): Promise<Parent> {
    const guardianId = await newGuardian(
      town.hub,
      town.school,
      children.map((one) => one.id),
    );
    const person = town.telegram.person();
    for (const one of children) await link(guardianId, person, one, agrees);
    return { guardianId, person };
  }

  async function link(guardianId: string, person: Person, one: Child, agrees = true): Promise<void> {
    const codeOf = await newCodes(town, town.school, one.className);
    await answerTo(person, () => person.start(codeOf(guardianId, one.id)));
    await allHandled(town);
    if (agrees) await pressed(town, person, 'Đồng ý cả ba', said(person).at(-1)?.messageId);
  }

  /** What the hub does every quarter of a minute: tells the digests whose hour has come. */
  async function sweep(): Promise<void> {
    const { hub } = town;
    for (const lane of await reconcile(db, hub.kinds, hub.rules, town.now())) await hub.bell.ring(lane);
  }

  /** What is left of the way: every update handled, every delivery settled; what waits for a digest waits. */
  async function quiet(): Promise<void> {
    await town.hub.marks.tick();
    await until('every recipient to have an outcome, and every delivery to be settled', async () => {
      await sweep();
      const held = await db.digestItem.findMany({ where: { digestRecipientId: null } });
      const id = { notIn: held.map((item) => item.recipientId) };
      const waiting = await db.recipient.count({ where: { outcome: 'waiting', id } });
      const open = await db.delivery.count({ where: { state: { in: ['pending', 'sending'] } } });
      return waiting + open === 0 ? true : null;
    });
  }

  /** Into the class of another. */
  async function moveTo(one: Child, other: Child): Promise<void> {
    const open = { pupilId: one.id, closedAt: null };
    await db.enrolment.updateMany({ where: open, data: { closedAt: town.now() } });
    const { classId } = await db.enrolment.findFirstOrThrow({
      where: { pupilId: other.id, closedAt: null },
    });
    await db.enrolment.create({ data: { schoolId: town.school, pupilId: one.id, classId } });
  }

  return {
    town,
    db,
    child,
    parent,
    moveTo,
    link,
    quiet,
    sweep,
    bring: (
      bytes: Buffer,
      options: Partial<ImportFile> = {},
      schoolId = town.school,
    ): Promise<ImportReport> =>
      importer(town.hub.db, schoolId)(bytes, {
        clock: { now: town.now },
        settleMs: 30 * MINUTE_MS,
        ...options,
      }),
    /** Half an hour later, everything that is to be told has been told. */
    async settle(): Promise<void> {
      town.forward(31 * MINUTE_MS);
      await quiet();
    },
    /** Nothing leaves before `work` has ended: as at night. */
    async whileNobodySends(work: () => Promise<void>): Promise<void> {
      await db.channelAccount.updateMany({ data: { pausedUntil: new Date(Date.now() + 365 * DAY_MS) } });
      await work();
      await db.channelAccount.updateMany({ data: { pausedUntil: null } });
      for (const { id } of await db.channelAccount.findMany()) await town.hub.bell.ring(id);
    },
  };
}

export type MarksTown = Awaited<ReturnType<typeof openMarksTown>>;

/** A gradebook of one class, whose first row's child says which. */
export function gradebook(subject: string, columns: readonly string[], ...rows: Row[]): Buffer {
  const className = rows[0]?.[0].className ?? '';
  return xlsx([
    [`Môn: ${subject} - Lớp ${className} - HK1`],
    ['STT', 'Mã định danh', 'Họ và tên', ...columns],
    ...rows.map(([one, ...marks], index) => [index + 1, one.code, one.fullName, ...marks]),
  ]);
}

export const termResults = (columns: readonly string[], ...rows: Row[]): Buffer =>
  xlsx([
    [`KẾT QUẢ HỌC KỲ I - LỚP ${rows[0]?.[0].className ?? ''}`],
    ['STT', 'Mã định danh', 'Họ và tên', ...columns],
    ...rows.map(([one, ...results], index) => [index + 1, one.code, one.fullName, ...results]),
  ]);
