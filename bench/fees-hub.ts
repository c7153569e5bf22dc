// A hub as a process of its own, which the bench may kill. Started by fork(); says where it listens, answers "counts".

import { startHub } from '../src/app.ts';
import { untilStopped } from '../src/commands/serve.ts';
import { readSettings } from '../src/config.ts';

const [folder = '', telegramRoot = ''] = process.argv.slice(2);
const settings = readSettings({
  DATA_DIR: folder,
  LOG_LEVEL: 'error',
  PORT: '0',
  TELEGRAM_API_ROOT: telegramRoot,
});
const hub = await startHub(settings, { web: true, lanes: true });

async function counts(): Promise<Record<string, number>> {
  const { rows } = await hub.db.pool.query(
    `select (select count(*) from bank_event where handled_at is null)::int as waiting,
            (select count(*) from bank_event)::int as events, (select count(*) from payment)::int as payments,
            (select count(*) from bill where paid >= amount)::int as "paidBills", (select sum(paid) from bill)::int as paid`,
  );
  return rows[0] as Record<string, number>;
}

process.on('message', () => void counts().then((found) => process.send?.(found)));
// The bench is gone: so is this.
process.on('disconnect', () => process.exit(0));
process.send?.({ url: hub.url });
await untilStopped(hub, settings);
process.exit(0);
