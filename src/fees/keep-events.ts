import type { PrismaClient } from '../store/prisma/client.ts';

/** What a bank service brought, as it is kept. */
export type BankEventRow = {
  schoolId: string;
  connectionId: string;
  externalId: string;
  payload: unknown;
  receivedAt: Date;
};

/** Resolves when the event is durable, or was known already. */
export type KeepEvent = (row: BankEventRow) => Promise<void>;

type Waiting = { row: BankEventRow; done: () => void; failed: (error: unknown) => void };

/**
 * Keeps events; those that come while a write is on its way share the next one, so that a bank's busy hour costs few
 * commits. Each answer still waits for its own event. One that cannot be kept takes no other with it.
 */
export function openEventKeeper(db: PrismaClient): KeepEvent {
  let waiting: Waiting[] = [];
  let writing = false;

  async function write(): Promise<void> {
    writing = true;
    while (waiting.length) {
      const some = waiting;
      waiting = [];
      try {
        await insert(db, some);
        for (const one of some) one.done();
      } catch (error) {
        const [only] = some;
        if (some.length === 1) only?.failed(error);
        else for (const one of some) await insert(db, [one]).then(one.done, one.failed);
      }
    }
    writing = false;
  }

  return (row) =>
    new Promise((done, failed) => {
      waiting.push({ row, done, failed });
      if (!writing) void write();
    });
}

async function insert(db: PrismaClient, some: readonly Waiting[]): Promise<void> {
  const rows = some.map(({ row }) => row);
  await db.$executeRaw`
    insert into bank_event (school_id, connection_id, external_id, payload, received_at)
    select school_id, connection_id, external_id, payload::jsonb, received_at
      from unnest(${rows.map((row) => row.schoolId)}::uuid[], ${rows.map((row) => row.connectionId)}::uuid[],
                  ${rows.map((row) => row.externalId)}::text[], ${rows.map((row) => JSON.stringify(row.payload))}::text[],
                  ${rows.map((row) => row.receivedAt)}::timestamptz[])
        as x(school_id, connection_id, external_id, payload, received_at)
    on conflict (connection_id, external_id) do nothing`;
}
