import { createHmac, randomUUID } from 'node:crypto';
import pino from 'pino';
import { applyBills, connectBank, type Fees, openFees } from '../../src/fees/index.ts';
import type { Database } from '../../src/store/index.ts';
import {
  deliveriesOf,
  type Family,
  rules,
  sealer,
  type TestSchool,
  testSchool,
  texts,
} from '../harness/index.ts';

export const ACCOUNT = '8300201012345';
export const SECRET = 'demo-secret';
/** Monday 2 November 2026, 9:00 at school. */
export const MORNING = new Date('2026-11-02T02:00:00Z');
const DAY_MS = 86_400_000;

export type BillSpec = {
  amount?: number;
  item?: string;
  period?: string;
  dueOn?: string | null;
  exempt?: boolean;
  note?: string;
};

export type Message = { guardianId: string; kind: string; state: string; vars: Record<string, unknown> };

/** A school with a receiving account, a bank service and a clock of its own. */
export async function feeSchool(database: Database) {
  const school: TestSchool = await testSchool(database);
  const db = database.prisma;
  let now = MORNING;
  const rung: string[] = [];
  const account = await db.receivingAccount.create({
    data: {
      schoolId: school.id,
      bankBin: '970405',
      accountNo: ACCOUNT,
      holder: 'TRUONG THCS HOP GIANG',
      createdAt: MORNING,
    },
  });
  const connection = (provider: string, proof = 'signature') =>
    connectBank(db, sealer, { schoolId: school.id, provider, proof, secret: SECRET, actor: 'cli', at: now });
  const sepayId = await connection('sepay');
  const fees: Fees = openFees({
    db,
    texts,
    sealer,
    clock: { now: () => now },
    log: pino({ level: 'silent' }),
    rules,
    settings: { FEES_SETTLE_MINUTES: 0 },
    ring: async (lanes) => void rung.push(...lanes),
    undelivered: async () => undefined,
  });

  /** Bills of one child, by default 450 000 đồng for meals, due on 30 November. */
  async function bill(pupilId: string, spec: BillSpec = {}): Promise<string> {
    const pupil = await db.pupil.findUniqueOrThrow({ where: { id: pupilId } });
    const { amount = 450_000, item = 'Tiền ăn bán trú', period = 'Tháng 11', dueOn = '2026-11-30' } = spec;
    const columns = { code: '', fullName: '', item: '', dueOn: '' };
    const fact = { row: 0, pupilCode: pupil.code, fullName: '', note: spec.note ?? '', columns };
    const plan = await db.$transaction((tx) =>
      applyBills(tx, {
        schoolId: school.id,
        facts: [{ ...fact, item, period, amount, dueOn, exempt: spec.exempt ?? false }],
        at: now,
        actor: 'cli',
        dryRun: false,
      }),
    );
    if (plan.refused.length) throw new Error(`bill refused: ${plan.refused[0]?.code}`);
    const { id } = await db.bill.findFirstOrThrow({
      where: { pupilId, periodKey: { not: '' } },
      orderBy: [{ changedAt: 'desc' }, { id: 'desc' }],
    });
    return id;
  }

  let transaction = 1000;
  /** What SePay would bring, signed. */
  function sepayCall(
    told: {
      amount: number;
      memo: string;
      id?: number;
      ref?: string;
      account?: string;
      type?: string;
      at?: string;
    },
    signedAt = now,
  ) {
    const id = told.id ?? ++transaction;
    const raw = Buffer.from(
      JSON.stringify({
        id,
        gateway: 'Agribank',
        transactionDate: told.at ?? '2026-11-02 08:15:30',
        accountNumber: told.account ?? ACCOUNT,
        subAccount: null,
        code: null,
        content: told.memo,
        transferType: told.type ?? 'in',
        description: '',
        transferAmount: told.amount,
        accumulated: 0,
        referenceCode: told.ref ?? `FT${id}`,
        newField: { kept: true },
      }),
    );
    const seconds = String(Math.floor(signedAt.getTime() / 1000));
    const signature = createHmac('sha256', SECRET).update(`${seconds}.`).update(raw).digest('hex');
    const headers: Record<string, string> = {
      'x-sepay-timestamp': seconds,
      'x-sepay-signature': `sha256=${signature}`,
    };
    return { raw, headers, header: (name: string) => headers[name] };
  }

  /** Money arrives, told by SePay, and is worked on. */
  async function pay(told: Parameters<typeof sepayCall>[0]): Promise<void> {
    const result = await fees.accept('sepay', sepayId, sepayCall(told));
    if (result !== 'taken') throw new Error(`the webhook was ${result}`);
    await fees.tick();
  }

  /** All messages about bills so far, in order, with the state of their delivery. */
  async function messages(kind?: string): Promise<Message[]> {
    const notices = await db.notice.findMany({
      where: { schoolId: school.id, kind: kind ?? { startsWith: 'fee' } },
      orderBy: { id: 'asc' },
    });
    const all: Message[] = [];
    for (const notice of notices) {
      const recipients = await db.recipient.findMany({
        where: { noticeId: notice.id },
        orderBy: { id: 'asc' },
      });
      const deliveries = await deliveriesOf(database, notice.id);
      for (const one of recipients) {
        const delivery = deliveries.find((row) => row.recipientId === String(one.id));
        all.push({
          guardianId: one.guardianId,
          kind: notice.kind,
          state: delivery?.state ?? `none: ${one.reason}`,
          vars: one.vars as Record<string, unknown>,
        });
      }
    }
    return all;
  }

  /** What waits is delivered, as a lane would. */
  const deliver = () =>
    database.pool.query(
      `with done as (update delivery set state = 'sent', settled_at = $2 where school_id = $1 and state = 'pending' and due_at <= $2 returning recipient_id)
       update recipient set outcome = 'reached' where id in (select recipient_id from done)`,
      [school.id, now],
    );

  const billRow = async (id: string) => {
    const row = await db.bill.findUniqueOrThrow({ where: { id } });
    return { ...row, paid: Number(row.paid) };
  };

  return {
    school,
    db,
    account,
    fees,
    rung,
    sepayId,
    connection,
    bill,
    billRow,
    codeOf: async (id: string) => (await billRow(id)).code,
    sepayCall,
    pay,
    messages,
    deliver,
    now: () => now,
    at: (date: Date) => {
      now = date;
    },
    /** Goes forward to this many days after the first morning, and looks what is due. */
    async day(count: number): Promise<void> {
      now = new Date(MORNING.getTime() + count * DAY_MS);
      await fees.tick();
    },
    key: () => randomUUID(),
    childOf: ({ pupilIds }: Family): string => pupilIds[0] ?? '',
  };
}

export type FeeSchool = Awaited<ReturnType<typeof feeSchool>>;
