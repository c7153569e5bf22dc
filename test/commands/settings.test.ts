import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingsTable } from '../../src/commands/settings.ts';
import { readSettings, SETTINGS } from '../../src/config.ts';
import { HubError } from '../../src/errors.ts';
import { inPackage } from '../../src/store/index.ts';

const refusalOf = (env: Record<string, string>): Record<string, unknown> => {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof HubError && error.code === 'badSetting') return error.data;
    throw error;
  }
  return { name: 'accepted' };
};

describe('The settings', () => {
  it('need nothing to be set', () => {
    expect(readSettings({})).toMatchObject({
      PORT: 8080,
      HOST: '127.0.0.1',
      DATA_DIR: './data',
      LOG_LEVEL: 'info',
      QUIET_FROM: 21 * 60,
      QUIET_TO: 6 * 60 + 30,
      LINK_CODE_DAYS: 60,
      LINK_TRIES_PER_HOUR: 5,
      PUBLIC_URL: undefined,
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
      SECRET_KEY: undefined,
    });
  });

  it('take an empty or blank value for one that is not set', () => {
    expect(readSettings({ PORT: '', HOST: '  ', DATABASE_URL: ' ', SECRET_KEY: '', QUIET_FROM: '' })).toEqual(
      readSettings({}),
    );
  });

  it.each([
    ['PORT', '80a'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '1.5'],
    ['LOG_LEVEL', 'loud'],
    ['TELEGRAM_API_ROOT', 'api.telegram.org'],
    ['PUBLIC_URL', 'lienlac.truong.edu.vn'],
    ['PUBLIC_URL', 'ftp://lienlac.truong.edu.vn'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_URL', 'localhost'],
    ['REDIS_URL', 'localhost:6379'],
    ['SMTP_URL', 'mail.example.vn'],
    ['TELEGRAM_PROXY', 'socks5://x'],
    ['QUIET_FROM', '9pm'],
    ['QUIET_FROM', '24:00'],
    ['QUIET_TO', '6:3'],
    ['QUIET_TO', '0630'],
    ['LINK_CODE_DAYS', '0'],
    ['LINK_CODE_DAYS', '400'],
    ['LINK_CODE_DAYS', 'two'],
    ['LINK_TRIES_PER_HOUR', '0'],
    ['LINK_TRIES_PER_HOUR', '101'],
    ['SAFETY_CONFIRM_MINUTES', '0'],
    ['RETRY_HOURS', '-1'],
    ['RETRY_HOURS', 'Infinity'],
    ['LEASE_SECONDS', '1'],
    ['STOP_SECONDS', '0'],
  ])('say which one is wrong: %s=%s', (name, value) => {
    const { name: named, problem } = refusalOf({ [name]: value });
    expect(named).toBe(name);
    expect(problem).not.toBe('');
  });

  it('do not repeat a value that may hold a password', () => {
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'SMTP_URL', 'TELEGRAM_PROXY']) {
      expect(JSON.stringify(refusalOf({ [name]: 'gopher://user:hunter2@host' })), name).not.toContain(
        'hunter2',
      );
    }
  });

  it.each([
    ['PUBLIC_URL', 'https://lienlac.truong.edu.vn'],
    ['PUBLIC_URL', 'http://192.168.1.5:8080'],
    ['DATABASE_URL', 'postgres://u:p@db/x'],
    ['DATABASE_URL', 'postgresql://u@/x?host=/run/pg'],
    ['REDIS_URL', 'redis://localhost'],
    ['REDIS_URL', 'rediss://:p@host:6380/1'],
    ['SMTP_URL', 'smtps://user:password@mail.example.vn'],
    ['SMTP_URL', 'smtp://127.0.0.1:25'],
    ['TELEGRAM_PROXY', 'http://proxy:3128'],
    ['TELEGRAM_API_ROOT', 'http://127.0.0.1:8081/prefix'],
  ])('take %s=%s', (name, value) => {
    expect(readSettings({ [name]: value })).toMatchObject({ [name]: value });
  });

  it('take the address of the pages without the slash that people leave at its end', () => {
    expect(readSettings({ PUBLIC_URL: 'https://lienlac.truong.edu.vn/' }).PUBLIC_URL).toBe(
      'https://lienlac.truong.edu.vn',
    );
  });

  it('each say what they are for, and that in the table', () => {
    const table = settingsTable();
    for (const [name, { why }] of Object.entries(SETTINGS)) {
      expect(why.length, name).toBeGreaterThan(10);
      expect(table).toContain(`| \`${name}\` |`);
    }
    for (const line of table.split('\n')) expect(line.match(/(?<!\\)\|/g), line).toHaveLength(5);
  });
});

const readme = (() => {
  try {
    return readFileSync(inPackage('README.md'), 'utf8');
  } catch {
    return '';
  }
})();
const marked = readme.includes('<!-- settings -->');
if (!marked) console.warn('README.md has no <!-- settings --> mark: its table is not compared');

it.skipIf(!marked)('the table in README.md is the one that `npm run settings -- --write` writes', () => {
  expect(readme).toContain(`<!-- settings -->\n${settingsTable()}\n<!-- /settings -->`);
});
