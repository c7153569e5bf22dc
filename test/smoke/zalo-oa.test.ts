import { afterEach, beforeEach, expect, it } from 'vitest';
import { startZaloOa, type ZaloOaPerson, type ZaloOaSandbox } from '../../src/sandbox/index.ts';
import { smoke } from './zalo-oa.ts';

// What a person runs against a real OA, against the stand-in.

let oa: ZaloOaSandbox;
let person: ZaloOaPerson;
beforeEach(async () => {
  oa = await startZaloOa();
  person = oa.person();
  person.follow();
});
afterEach(() => oa.stop());

async function run(more: Record<string, string | undefined> = {}): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const env = {
    ZALO_OA_API_ROOT: oa.apiRoot,
    ZALO_SMOKE_ACCESS_TOKEN: oa.explorerPair().access_token,
    ZALO_SMOKE_USER_ID: person.userId,
    ZALO_SMOKE_APP_SECRET: oa.appSecret,
    ...more,
  };
  const code = await smoke(env, (line) => void lines.push(line));
  const said = lines.join('\n');
  expect(said).not.toContain(env.ZALO_SMOKE_ACCESS_TOKEN);
  return { code, said };
}

it('The smoke test sends one message to the one user it was given, and says what it saw', async () => {
  const { code, said } = await run();
  expect([code, oa.accepted.map(({ chatId }) => chatId)]).toEqual([0, [person.userId]]);
  expect(said).toContain(`(${oa.oaId})`);
  expect(said).toContain('free');
});

it('The smoke test sends nothing that costs, and says what it was not given', async () => {
  expect(await run({ ZALO_SMOKE_USER_ID: undefined })).toMatchObject({ code: 64 });
  const day = 86_400_000;
  oa.skip(-3 * day);
  person.type('Three days ago');
  oa.skip(3 * day);
  expect(await run()).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was sent') });
  expect(oa.accepted).toEqual([]);
});

it('The smoke test never asks for new tokens: the pair belongs to somebody else', async () => {
  const before = oa.pairsIssued;
  const { code, said } = await run({ ZALO_SMOKE_ACCESS_TOKEN: 'not-the-token-of-anybody' });
  expect([code, oa.pairsIssued - before]).toEqual([1, 1]);
  expect(said).toContain('API Explorer');
});
