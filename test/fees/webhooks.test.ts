// Bank services over the real wire: what they sign, what is refused, and that an answer of 2xx means durable.

import { createHmac } from 'node:crypto';
import { Hono } from 'hono';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bankWebhookPath, connectBank } from '../../src/fees/index.ts';
import { type Metrics, openMetrics } from '../../src/observe/index.ts';
import type { Database } from '../../src/store/index.ts';
import { listen } from '../../src/web/index.ts';
import { bankWebhooks } from '../../src/web/webhooks/bank.ts';
import { sealer, testDatabase, until } from '../harness/index.ts';
import { ACCOUNT, type FeeSchool, feeSchool, SECRET } from './fee-school.ts';

/** When the vectors of facts/domain.md §3.4 were signed. */
const SIGNED_AT = new Date(1_795_137_330_000);
const MINUTE_MS = 60_000;

const SEPAY_BODY =
  '{"id":92704,"gateway":"Agribank","transactionDate":"2026-11-20 08:15:30","accountNumber":"8300201012345","subAccount":null,"code":"HP4F7K2M9Q","content":"HP4F7K2M9Q chuyen tien","transferType":"in","description":"","transferAmount":450000,"accumulated":0,"referenceCode":"FT26324000001"}';
const SEPAY = {
  'x-sepay-timestamp': '1795137330',
  'x-sepay-signature': 'sha256=45cbac33a6ebc0dcab09589791fe0ab8451f760afb2b52ee6fe9fcde41cdcb49',
};
const CASSO_SIGNED =
  '1795137330000.{"data":{"accountNumber":"8300201012345","amount":450000,"bankAbbreviation":"VBA","bankName":"Agribank","counterAccountBankId":"","counterAccountBankName":"","counterAccountName":"","counterAccountNumber":"","description":"HP4F7K2M9Q chuyen tien","id":501,"reference":"FT26324000001","runningBalance":0,"transactionDateTime":"2026-11-20 08:15:30","virtualAccountName":"","virtualAccountNumber":""},"error":0}';
/** As the service sends it: its keys in another order than the one in which it signs them. */
const CASSO_BODY = JSON.stringify({
  error: 0,
  data: {
    id: 501,
    reference: 'FT26324000001',
    description: 'HP4F7K2M9Q chuyen tien',
    amount: 450_000,
    runningBalance: 0,
    transactionDateTime: '2026-11-20 08:15:30',
    accountNumber: ACCOUNT,
    bankName: 'Agribank',
    bankAbbreviation: 'VBA',
    virtualAccountNumber: '',
    virtualAccountName: '',
    counterAccountName: '',
    counterAccountNumber: '',
    counterAccountBankId: '',
    counterAccountBankName: '',
  },
});
const CASSO = {
  'x-casso-signature':
    't=1795137330000,v1=565bac5fcad00b8651ce2d2054bb8b22d0005655180ace4869589f4da9faf5358d63232a7d81aafa3d994dcdf97bcb5355055c3ebfb9646de79d9e4af79f808e',
};
const PAYOS_DATA = {
  orderCode: 20_261_120,
  amount: 450_000,
  description: 'HP4F7K2M9Q',
  accountNumber: ACCOUNT,
  reference: 'FT26324000001',
  transactionDateTime: '2026-11-20 08:15:30',
  currency: 'VND',
  paymentLinkId: 'demo-link',
  code: '00',
  desc: 'success',
  counterAccountBankId: null,
  counterAccountBankName: null,
  counterAccountName: null,
  counterAccountNumber: null,
  virtualAccountName: '',
  virtualAccountNumber: '',
};
const payosBody = (data: object, signature: string) =>
  JSON.stringify({ code: '00', desc: 'success', success: true, data, signature });
const PAYOS_BODY = payosBody(PAYOS_DATA, 'eeaad2f0f07ab065af5547cf25cea89c6b38dbecb100cbceae748600e2c3d812');

let database: Database;
let at: FeeSchool;
let metrics: Metrics;
let site: { url: string; close(): Promise<void> };
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  await database.pool.query('delete from payment; delete from bank_event');
  at = await feeSchool(database);
  at.at(SIGNED_AT);
  metrics = openMetrics();
  const app = new Hono().route('/', bankWebhooks(at.fees, metrics)).onError((_error, c) => c.body(null, 500));
  site = await listen(app, '127.0.0.1', 0);
});
afterEach(async () => {
  await at.fees.stop();
  await site.close();
});

async function post(
  provider: string,
  connection: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<{ status: number; answer: string }> {
  const response = await fetch(`${site.url}${bankWebhookPath(provider, connection)}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, answer: await response.text() };
}

const events = () => at.db.bankEvent.findMany({ orderBy: { id: 'asc' } });
const payments = () => at.db.payment.findMany({ orderBy: { id: 'asc' } });
const counted = async (result: string) =>
  (await metrics.bankEvents.get()).values.find((one) => one.labels.result === result)?.value ?? 0;

async function nothingKept(): Promise<void> {
  expect(await events()).toEqual([]);
  await at.fees.tick();
  expect(await payments()).toEqual([]);
}

const SERVICES: [string, string, Record<string, string>, string][] = [
  ['sepay', SEPAY_BODY, SEPAY, '92704'],
  ['casso', CASSO_BODY, CASSO, '501'],
  ['payos', PAYOS_BODY, {}, 'demo-link/FT26324000001'],
];

describe.each(SERVICES)('The vector of %s', (provider, body, headers, externalId) => {
  it('is taken, kept with all its fields, and read as one transaction', async () => {
    const connection = await at.connection(provider);
    expect(await post(provider, connection, body, headers)).toEqual({
      status: 200,
      answer: '{"success":true}',
    });
    const [event] = await events();
    expect(event).toMatchObject({ schoolId: at.school.id, connectionId: connection, externalId });
    expect(event?.payload).toEqual(JSON.parse(body));
    await at.fees.tick();
    const memo = provider === 'payos' ? 'HP4F7K2M9Q' : 'HP4F7K2M9Q chuyen tien';
    expect(await payments()).toMatchObject([
      {
        source: provider,
        accountNo: ACCOUNT,
        amount: 450_000n,
        memo,
        bankRef: 'FT26324000001',
        at: SIGNED_AT,
        place: 'cashier',
        outcome: 'noCode',
      },
    ]);
  });

  it('counts once, however often it comes', async () => {
    const connection = await at.connection(provider);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post(provider, connection, body, headers)),
    );
    expect(answers.map((one) => one.status)).toEqual([200, 200, 200, 200, 200]);
    await at.fees.tick();
    await post(provider, connection, body, headers);
    await at.fees.tick();
    expect(await events()).toHaveLength(1);
    expect(await payments()).toHaveLength(1);
  });

  it('is refused with one figure changed; nothing is kept, a counter counts it', async () => {
    const connection = await at.connection(provider);
    const changed = body.replace('450000', '450001');
    expect(changed).not.toBe(body);
    expect(await post(provider, connection, changed, headers)).toEqual({ status: 401, answer: '' });
    await nothingKept();
    expect([await counted('refused'), await counted('taken')]).toEqual([1, 0]);
  });

  it('is refused with another secret, at another connection, and at one that was closed', async () => {
    const other = await connectBank(at.db, sealer, {
      schoolId: at.school.id,
      provider,
      proof: 'signature',
      secret: 'another secret',
      actor: 'cli',
      at: at.now(),
    });
    const closed = await at.connection(provider);
    await at.db.bankConnection.update({ where: { id: closed }, data: { closedAt: at.now() } });
    const foreign = await at.connection(provider === 'sepay' ? 'casso' : 'sepay');
    for (const connection of [other, closed, foreign, '00000000-0000-4000-8000-000000000000'])
      expect((await post(provider, connection, body, headers)).status).toBe(401);
    await nothingKept();
  });
});

it('Casso signs the text of the vector', () => {
  expect(createHmac('sha512', SECRET).update(CASSO_SIGNED).digest('hex')).toBe(
    CASSO['x-casso-signature'].split('v1=')[1],
  );
});

describe('A signature', () => {
  it('of SePay is of the bytes as they came: the same JSON written otherwise is refused', async () => {
    const spaced = JSON.stringify(JSON.parse(SEPAY_BODY), null, 1);
    expect((await post('sepay', at.sepayId, spaced, SEPAY)).status).toBe(401);
    await nothingKept();
  });

  it('is looked at before the body: what is no JSON is refused like anything else', async () => {
    const connection = await at.connection('payos');
    expect((await post('sepay', at.sepayId, 'no JSON', SEPAY)).status).toBe(401);
    expect((await post('payos', connection, 'no JSON')).status).toBe(401);
    expect((await post('payos', connection, '[]')).status).toBe(401);
    await nothingKept();
  });

  it.each([
    ['sepay', SEPAY_BODY, SEPAY],
    ['casso', CASSO_BODY, CASSO],
  ] as const)('of %s is good for five minutes, before and after', async (provider, body, headers) => {
    const connection = await at.connection(provider);
    for (const [minutes, extraMs, status] of [
      [5, 1, 401],
      [-5, -1, 401],
      [-5, 0, 200],
      [5, 0, 200],
    ] as const) {
      at.at(new Date(SIGNED_AT.getTime() + minutes * MINUTE_MS + extraMs));
      expect((await post(provider, connection, body, headers)).status).toBe(status);
    }
  });

  it('that is absent or half there is refused', async () => {
    const casso = await at.connection('casso');
    const half = { 'x-casso-signature': CASSO['x-casso-signature'].slice(0, -1) };
    for (const [provider, connection, body, headers] of [
      ['sepay', at.sepayId, SEPAY_BODY, {}],
      ['sepay', at.sepayId, SEPAY_BODY, { 'x-sepay-signature': SEPAY['x-sepay-signature'] }],
      ['sepay', at.sepayId, SEPAY_BODY, { authorization: `Apikey ${SECRET}` }],
      ['casso', casso, CASSO_BODY, half],
      ['casso', casso, CASSO_BODY, { 'secure-token': SECRET }],
    ] as const)
      expect((await post(provider, connection, body, { ...headers })).status).toBe(401);
    await nothingKept();
  });

  it('of payOS covers keys that we do not know', async () => {
    const connection = await at.connection('payos');
    const data: Record<string, unknown> = { ...PAYOS_DATA, aNewKey: [{ b: 1, a: 2 }] };
    const text = Object.keys(data)
      .sort()
      .map((key) => `${key}=${key === 'aNewKey' ? '[{"a":2,"b":1}]' : (data[key] ?? '')}`)
      .join('&');
    const signature = createHmac('sha256', SECRET).update(text).digest('hex');
    expect((await post('payos', connection, payosBody(data, signature))).status).toBe(200);
    const changed = { ...data, aNewKey: [{ b: 1, a: 3 }] };
    expect((await post('payos', connection, payosBody(changed, signature))).status).toBe(401);
  });
});

describe('payOS', () => {
  it('that tells of a payment which did not succeed brings no money', async () => {
    const connection = await at.connection('payos');
    const data: Record<string, unknown> = { ...PAYOS_DATA, code: '01', desc: 'failed' };
    const text = Object.keys(data)
      .sort()
      .map((key) => `${key}=${data[key] ?? ''}`)
      .join('&');
    const signature = createHmac('sha256', SECRET).update(text).digest('hex');
    expect((await post('payos', connection, payosBody(data, signature))).status).toBe(200);
    await at.fees.tick();
    expect(await payments()).toEqual([]);
  });
});

describe('SePay with an API key', () => {
  it('is taken with the right one only', async () => {
    const connection = await at.connection('sepay', 'apiKey');
    for (const authorization of [`Apikey ${SECRET}x`, `Bearer ${SECRET}`, SECRET, ''])
      expect((await post('sepay', connection, SEPAY_BODY, { authorization })).status).toBe(401);
    expect((await post('sepay', connection, SEPAY_BODY, SEPAY)).status).toBe(401);
    await nothingKept();
    expect((await post('sepay', connection, SEPAY_BODY, { authorization: `Apikey ${SECRET}` })).status).toBe(
      200,
    );
    expect(await events()).toHaveLength(1);
  });
});

describe('An event', () => {
  const call = (told: Parameters<FeeSchool['sepayCall']>[0]) => {
    const { raw, headers } = at.sepayCall(told);
    return post('sepay', at.sepayId, new Uint8Array(raw), headers);
  };

  it('with fields that we do not know keeps them', async () => {
    await call({ amount: 1000, memo: 'a' });
    expect((await events())[0]?.payload).toMatchObject({ newField: { kept: true } });
  });

  it('is answered only when it is durable', async () => {
    const client = await database.pool.connect();
    await client.query('begin; lock table bank_event in exclusive mode');
    let answered = false;
    const answer = call({ amount: 1000, memo: 'a' }).finally(() => {
      answered = true;
    });
    await until(
      'the event to wait for the table',
      async () =>
        (
          await database.pool.query(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike '%bank_event%'`,
          )
        ).rowCount,
    );
    expect(answered).toBe(false);
    await client.query('commit');
    client.release();
    expect((await answer).status).toBe(200);
    expect(await events()).toHaveLength(1);
  });

  it('that cannot be kept is answered with an error, so that the service brings it again', async () => {
    await database.pool.query('alter table bank_event add constraint full_disk check (false) not valid');
    expect((await call({ id: 7, amount: 1000, memo: 'a' })).status).toBe(500);
    await database.pool.query('alter table bank_event drop constraint full_disk');
    expect((await call({ id: 7, amount: 1000, memo: 'a' })).status).toBe(200);
    expect(await events()).toHaveLength(1);
  });

  it('with signs that the database cannot hold is taken all the same', async () => {
    expect((await call({ amount: 1000, memo: 'HP\u0000 Lý \ud83d' })).status).toBe(200);
    await at.fees.tick();
    expect(await payments()).toHaveLength(1);
  });

  it('of money that goes out is kept and is no payment', async () => {
    expect((await call({ amount: 1000, memo: 'a', type: 'out' })).status).toBe(200);
    await at.fees.tick();
    expect(await events()).toMatchObject([{ handledAt: at.now() }]);
    expect(await payments()).toEqual([]);
  });

  it('that is genuine but tells nothing that can be read is refused as such', async () => {
    expect((await call({ amount: 0, memo: 'a' })).status).toBe(400);
    expect(await counted('unreadable')).toBe(1);
    await nothingKept();
  });

  it('of more than 256 KB is not read', async () => {
    const long = 'x'.repeat(300 * 1024);
    expect((await call({ amount: 1000, memo: long })).status).toBe(413);
    await nothingKept();
  });

  it('that a dead process has left is worked on by the next sweep', async () => {
    const dead = await feeSchool(database);
    await dead.fees.stop();
    expect(await dead.fees.accept('sepay', dead.sepayId, dead.sepayCall({ amount: 1000, memo: 'a' }))).toBe(
      'taken',
    );
    expect(await events()).toMatchObject([{ handledAt: null }]);
    await at.fees.tick();
    expect(await events()).toMatchObject([{ handledAt: at.now() }]);
    expect(await payments()).toHaveLength(1);
  });
});

describe('The secret of one school', () => {
  it('pays no bill of another, whatever account and code the event names', async () => {
    const family = await at.school.family();
    const id = await at.bill(at.childOf(family));
    const other = await feeSchool(database);
    other.at(SIGNED_AT);
    const { raw, headers } = other.sepayCall({ amount: 450_000, memo: await at.codeOf(id) });
    expect((await post('sepay', at.sepayId, new Uint8Array(raw), headers)).status).toBe(200);
    const told = other.sepayCall({ amount: 450_000, memo: await at.codeOf(id), id: 5, ref: 'FT5' });
    await other.fees.accept('sepay', other.sepayId, told);
    await other.fees.tick();
    expect(await payments()).toMatchObject([{ schoolId: at.school.id }, { schoolId: other.school.id }]);
    expect((await payments()).map(({ place, outcome }) => [place, outcome])).toEqual([
      ['bill', 'exact'],
      ['cashier', 'noCode'],
    ]);
    expect(await at.billRow(id)).toMatchObject({ paid: 450_000 });
  });
});
