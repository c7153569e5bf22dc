import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import {
  checkPassword,
  deriveKey,
  hashPassword,
  openSealer,
  openSigner,
  secretKeyOf,
} from '../../src/security/index.ts';
import { compileProgram, start } from '../flow/program.ts';
import { until } from '../harness/index.ts';

const KEY = 'k'.repeat(32);
const OTHER = 'o'.repeat(32);
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof HubError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('A secret at rest', () => {
  it('comes back as it was, whatever it is', () => {
    const { seal, unseal } = openSealer(KEY);
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string(),
        (plain, about) => unseal(seal(plain, about), about) === plain,
      ),
    );
  });

  it('looks different each time and shows nothing of itself', () => {
    const { seal } = openSealer(KEY);
    const [one, two] = [seal('7000000001:secret-secret', 'row'), seal('7000000001:secret-secret', 'row')];
    expect(Buffer.from(one).equals(Buffer.from(two))).toBe(false);
    expect(Buffer.from(one).toString('latin1')).not.toContain('secret');
  });

  it('opens neither in another row nor with another key', () => {
    const sealed = openSealer(KEY).seal('token', 'row-1');
    expect(codeOf(() => openSealer(KEY).unseal(sealed, 'row-2'))).toBe('cannotUnseal');
    expect(codeOf(() => openSealer(OTHER).unseal(sealed, 'row-1'))).toBe('cannotUnseal');
  });

  it('does not open when a single byte of it was altered, or cut off', () => {
    const { seal, unseal } = openSealer(KEY);
    const sealed = seal('token', 'row');
    for (let at = 0; at < sealed.length; at++) {
      const altered = Uint8Array.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(
        codeOf(() => unseal(altered, 'row')),
        `byte ${at}`,
      ).toBe('cannotUnseal');
      expect(
        codeOf(() => unseal(sealed.subarray(0, at), 'row')),
        `${at} bytes`,
      ).toBe('cannotUnseal');
    }
  });

  it('is sealed with a key of its own: no two uses of SECRET_KEY share one', () => {
    const uses = ['seal', 'link', 'code', 'webhook'].map((use) => deriveKey(KEY, use).toString('hex'));
    expect(new Set(uses).size).toBe(4);
    expect(uses).not.toContain(deriveKey(OTHER, 'seal').toString('hex'));
  });
});

describe('A signed link', () => {
  const signer = openSigner(KEY);
  const now = new Date('2026-11-23T03:00:00Z');
  const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

  it('says what was signed, for its use only', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (subject) => {
        const token = signer.sign('invite', subject);
        expect(token).toMatch(/^[\w.-]+$/);
        expect(signer.verify('invite', token, now)).toBe(subject);
        expect(codeOf(() => signer.verify('unsubscribe', token, now))).toBe('badLink');
        expect(codeOf(() => openSigner(OTHER).verify('invite', token, now))).toBe('badLink');
      }),
    );
  });

  it('is dead when any letter of it was altered, left out or added', () => {
    const token = signer.sign('confirm', '12345', later(60));
    for (let at = 0; at < token.length; at++) {
      for (const letter of ['A', 'B', '0', '.', '']) {
        const altered = token.slice(0, at) + letter + token.slice(at + 1);
        if (altered !== token)
          expect(
            codeOf(() => signer.verify('confirm', altered, now)),
            altered,
          ).toBe('badLink');
      }
    }
    for (const more of ['A', '.', '=', '.A'])
      expect(codeOf(() => signer.verify('confirm', token + more, now))).toBe('badLink');
  });

  it('ends at its second; without one it does not end', () => {
    const token = signer.sign('invite', 'x', later(60));
    expect(signer.verify('invite', token, later(60))).toBe('x');
    expect(codeOf(() => signer.verify('invite', token, later(61)))).toBe('badLink');
    expect(signer.verify('unsubscribe', signer.sign('unsubscribe', 'x'), later(100 * 365 * 86_400))).toBe(
      'x',
    );
  });

  it('hashes a code the same way each time, and not without the key', () => {
    expect(signer.hash('2345CDFG')).toBe(openSigner(KEY).hash('2345CDFG'));
    expect(signer.hash('2345CDFG')).not.toBe(openSigner(OTHER).hash('2345CDFG'));
    expect(signer.hash('2345CDFG')).not.toContain('2345CDFG');
  });

  it('gives each account a webhook secret that Telegram takes', () => {
    expect(signer.webhookSecret('a')).toMatch(/^[\w-]{43}$/);
    expect(signer.webhookSecret('a')).not.toBe(signer.webhookSecret('b'));
  });
});

describe('A password', () => {
  it('is known again, in either way of writing its accents, and no other is', async () => {
    const stored = await hashPassword('Trường Hoa Mai 2026');
    expect(stored).not.toContain('Hoa');
    expect(await checkPassword('Trường Hoa Mai 2026'.normalize('NFD'), stored)).toBe(true);
    expect(await checkPassword('Trường Hoa Mai 2027', stored)).toBe(false);
    expect(await hashPassword('Trường Hoa Mai 2026')).not.toBe(stored);
  }, 30_000);

  it.each(['', 'x', 'scrypt1..', 'scrypt1.a.', 'md5.abc.def'])(
    'is not right against a damaged record "%s"',
    async (stored) => {
      expect(await checkPassword('', stored)).toBe(false);
    },
  );
});

describe('The secret key', () => {
  const folders: string[] = [];
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'lienlac-key-'));
    folders.push(folder);
    return join(folder, 'data');
  };
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  const of = (DATA_DIR: string, SECRET_KEY?: string) =>
    secretKeyOf({ DATA_DIR, SECRET_KEY, DATABASE_URL: undefined });

  it('is made once, kept for its owner only, and the same ever after', () => {
    const folder = newFolder();
    const key = of(folder);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(of(folder)).toBe(key);
    expect(statSync(join(folder, 'secret-key')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(of(newFolder())).not.toBe(key);
  });

  it('is one and the same for processes that start at the same moment', async () => {
    const program = await compileProgram();
    const file = join(program, 'race.mjs');
    writeFileSync(
      file,
      `import { secretKeyOf } from './src/security/secret-key.js';
       process.stdin.on('data', (data) => process.stdout.write(secretKeyOf({ DATA_DIR: String(data).trim() }) + '\\n'));
       process.stdout.write('ready\\n');`,
    );
    const starters = Array.from({ length: 4 }, () => start(file, [], { cwd: program }));
    for (const one of starters) await until('a starter', () => one.stdout().includes('ready'));
    for (let round = 1; round <= 25; round++) {
      const folder = newFolder();
      for (const { child } of starters) child.stdin?.write(`${folder}\n`);
      await until('every key', () =>
        starters.every((one) => one.stdout().trim().split('\n').length === round + 1),
      );
      const keys = starters.map((one) => one.stdout().trim().split('\n').at(-1));
      expect(new Set(keys).size, keys.join(' ')).toBe(1);
      expect(keys[0]).toMatch(/^[\w-]{43}$/);
    }
    for (const { child } of starters) child.stdin?.end();
  }, 60_000);

  it('is never empty: a file that a power cut left empty is said to be damaged', () => {
    const folder = newFolder();
    of(folder);
    for (const left of ['', '\n', 'abc']) {
      writeFileSync(join(folder, 'secret-key'), left);
      expect(codeOf(() => of(folder))).toBe('badSetting');
    }
  });

  it('may be given, and then must be long enough; the refusal does not repeat it', () => {
    const folder = newFolder();
    expect(of(folder, 'x'.repeat(32))).toBe('x'.repeat(32));
    expect(() => statSync(join(folder, 'secret-key'))).toThrow();
    try {
      of(folder, 'too-short-a-secret');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'badSetting', data: { name: 'SECRET_KEY' } });
      expect(String(error)).not.toContain('too-short-a-secret');
    }
  });

  it('may end with a line break, as editors leave it', () => {
    const folder = newFolder();
    const key = of(folder);
    writeFileSync(join(folder, 'secret-key'), `${readFileSync(join(folder, 'secret-key'), 'utf8')}\n`);
    expect(of(folder)).toBe(key);
  });
});
