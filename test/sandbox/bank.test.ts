import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import { bankWebhookPath } from '../../src/fees/index.ts';
import { openMetrics } from '../../src/observe/index.ts';
import { type BankServiceName, startBank } from '../../src/sandbox/index.ts';
import type { Database } from '../../src/store/index.ts';
import { listen } from '../../src/web/index.ts';
import { bankWebhooks } from '../../src/web/webhooks/bank.ts';
import { ACCOUNT, feeSchool, SECRET } from '../fees/fee-school.ts';
import { atEnd, testDatabase } from '../harness/index.ts';

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});

describe.each<BankServiceName>(['sepay', 'casso', 'payos'])('The bank’s service %s', (service) => {
  it('tells the hub of a payment in its own way, and the bill is paid', async () => {
    const at = await feeSchool(database);
    at.at(new Date());
    const bill = await at.bill(at.childOf(await at.school.family()));
    const site = await listen(new Hono().route('/', bankWebhooks(at.fees, openMetrics())), '127.0.0.1', 0);
    atEnd(async () => {
      await at.fees.stop();
      await site.close();
    });
    const url = `${site.url}${bankWebhookPath(service, await at.connection(service))}`;
    const bank = startBank({ service, secret: SECRET, url, accountNo: ACCOUNT });
    await bank.pay({ id: 1, amount: 450_000, memo: `${await at.codeOf(bill)} nop tien` });
    await bank.pay({ id: 1, amount: 450_000, memo: `${await at.codeOf(bill)} nop tien` });
    expect(bank.told.map((one) => one.statuses)).toEqual([[200], [200]]);
    await at.fees.tick();
    expect(await at.billRow(bill)).toMatchObject({ paid: 450_000 });
    const wrong = startBank({ service, secret: 'x', url, accountNo: ACCOUNT, triesMost: 1 });
    await expect(wrong.pay({ id: 2, amount: 1000, memo: 'x' })).rejects.toThrow('401');
  });
});

it('The bank’s service tells again until it is answered as it asks', async () => {
  const answers = [500, 302, 200, 200];
  const server = createServer((_request, response) => {
    const status = answers.shift() ?? 200;
    response.writeHead(status).end(answers.length ? 'OK' : '{"success":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const bank = startBank({ service: 'sepay', secret: SECRET, url, accountNo: ACCOUNT, backoffMs: 1 });
  await bank.pay({ id: 1, amount: 1000, memo: 'x' });
  expect(bank.told[0]?.statuses).toEqual([500, 302, 0, 200]);
});
