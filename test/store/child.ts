// A hub’s database in a process of its own, for tests that kill it: embedded.test.ts compiles and runs it.
import pino from 'pino';
import { openDatabase } from '../../src/store/database.ts';

const [dataDir = '', as = 'hub'] = process.argv.slice(2);
const settings = { DATA_DIR: dataDir, DATABASE_URL: undefined };
try {
  const database = await openDatabase(settings, pino({ level: 'silent' }), {
    as: as === 'guest' ? 'guest' : 'hub',
  });
  const { rows } = await database.pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  process.stdout.write(`${JSON.stringify({ ready: true, backend: rows[0]?.pid })}\n`);
  process.stdin.once('data', async () => {
    await database.close();
    process.exit(0);
  });
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ code: (error as { code?: string }).code, message: String(error) })}\n`,
  );
  process.exit(1);
}
