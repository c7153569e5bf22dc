import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, oaUnderTest, refused, taken } from './oa-under-test.ts';

const REDIRECT = 'https://lienlac.truong.example/zalo/back';
const verifier = randomBytes(32).toString('base64url');
const code_challenge = createHash('sha256').update(verifier).digest('base64url');

describe('The stand-in of the OA: consent and tokens', () => {
  const rig = oaUnderTest({ perMinute: 0 });
  const consentUrl = (change: Record<string, string> = {}) =>
    `${rig.oa.oauthRoot}/v4/oa/permission?${new URLSearchParams({
      app_id: rig.oa.appId,
      redirect_uri: REDIRECT,
      code_challenge,
      state: 'trang-thai',
      ...change,
    })}`;
  const tokenCall = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${rig.oa.oauthRoot}/v4/oa/access_token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        secret_key: rig.oa.appSecret,
        ...headers,
      },
      body: new URLSearchParams({ app_id: rig.oa.appId, ...form }).toString(),
    });
    return (await answer.json()) as Record<string, string>;
  };
  const newCode = () => {
    rig.oa.console({ redirectUri: REDIRECT, codeChallenge: code_challenge });
    return new URL(rig.oa.consent(consentUrl())).searchParams.get('code') ?? '';
  };
  const exchange = (code: string, change: Record<string, string> = {}, headers = {}) =>
    tokenCall({ grant_type: 'authorization_code', code, code_verifier: verifier, ...change }, headers);
  const refresh = (refresh_token = '', headers = {}) =>
    tokenCall({ grant_type: 'refresh_token', refresh_token }, headers);
  const works = async (token = '') => {
    rig.token = token;
    return (await rig.get('/v2.0/oa/getoa')).error;
  };
  const no = { error: -14014, error_reason: expect.any(String) };

  it('sends the manager back with a code and the OA, and only to the address of the console', async () => {
    rig.oa.console({ redirectUri: REDIRECT, codeChallenge: code_challenge });
    const answer = await fetch(consentUrl(), { redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? '');
    expect(back.origin + back.pathname).toBe(REDIRECT);
    expect(Object.fromEntries(back.searchParams)).toEqual({
      code: expect.any(String),
      oa_id: rig.oa.oaId,
      state: 'trang-thai',
    });
    expect(new URL(rig.oa.consent(consentUrl(), false)).searchParams.has('state')).toBe(false);
    const problem = async (change: Record<string, string>) =>
      (await (await fetch(consentUrl(change))).json()) as object;
    expect(await problem({ redirect_uri: 'https://other.example/' })).toMatchObject({ error: -14003 });
    expect(await problem({ app_id: '1' })).toMatchObject({ error: -14002 });
    expect(await problem({ code_challenge: 'A'.repeat(43) })).toMatchObject(no);
    expect(await problem({ code_challenge: '' })).toMatchObject(no);
  });

  it('gives a pair for a code: expires_in is a text, and the token opens the API', async () => {
    const pair = await exchange(newCode());
    expect(pair).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      expires_in: '90000',
    });
    expect(await works(pair.access_token)).toBe(0);
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['another verifier', { code_verifier: 'B'.repeat(43) }, {}],
    ['no verifier', { code_verifier: '' }, {}],
    ['another grant', { grant_type: 'client_credentials' }, {}],
    ['a wrong secret', {}, { secret_key: 'wrong' }],
    ['a form that does not say so', {}, { 'content-type': 'application/json' }],
  ])('gives none for %s', async (_, change, headers) => {
    expect(await exchange(newCode(), change, headers)).toMatchObject(no);
    expect(rig.oa.pairsIssued).toBe(1);
  });

  it('takes a code once, and for ten minutes', async () => {
    const code = newCode();
    expect(await exchange(code)).toHaveProperty('access_token');
    expect(await exchange(code)).toMatchObject(no);
    const old = newCode();
    rig.oa.skip(10 * 60_000 + 1);
    expect(await exchange(old)).toMatchObject(no);
  });

  it('takes a refresh token once; with the new pair the old access token is dead', async () => {
    const first = await exchange(newCode());
    const second = await refresh(first.refresh_token);
    expect(second).toMatchObject({ expires_in: '90000' });
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await works(first.access_token)).toBe(-220);
    expect(await works(second.access_token)).toBe(0);
    expect(await refresh(first.refresh_token)).toMatchObject(no);
    // A used token was tried: the pair that is out stays good.
    expect(await works(second.access_token)).toBe(0);
    expect(await refresh(second.refresh_token, { secret_key: 'wrong' })).toMatchObject(no);
    expect(await refresh(second.refresh_token)).toHaveProperty('access_token');
  });

  it('lets a token live 25 hours, and what renews it three months', async () => {
    const first = rig.oa.explorerPair();
    rig.oa.skip(25 * HOUR_MS);
    expect(await works(first.access_token)).toBe(0);
    rig.oa.skip(1);
    expect(await works(first.access_token)).toBe(-220);
    rig.oa.skip(89 * DAY_MS - 2 * HOUR_MS);
    const second = await refresh(first.refresh_token);
    expect(second).toHaveProperty('access_token');
    rig.oa.skip(90 * DAY_MS + 1);
    expect(await refresh(second.refresh_token)).toMatchObject(no);
  });

  it('may have used up a refresh token whose answer was lost', async () => {
    const pair = rig.oa.explorerPair();
    const match = (path: string) => path === '/v4/oa/access_token';
    rig.oa.fault({ kind: 'status', match });
    await expect(refresh(pair.refresh_token)).rejects.toThrow(SyntaxError);
    rig.oa.fault({ kind: 'reset-after-accept', match });
    await expect(refresh(pair.refresh_token)).rejects.toThrow(TypeError);
    expect(await refresh(pair.refresh_token)).toMatchObject(no);
  });

  it('takes everything back when the address in the console changes', async () => {
    const pair = await exchange(newCode());
    rig.oa.console({ redirectUri: 'https://other.example/' });
    expect(await works(pair.access_token)).toBe(-220);
    expect(await refresh(pair.refresh_token)).toMatchObject(no);
  });

  it('knows tokens, people and what was said again after it was killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lienlac-oa-'));
    rig.onClose(() => rm(folder, { recursive: true, force: true }));
    const journal = join(folder, 'oa.jsonl');
    await rig.use({ journal });
    const { userId } = rig.follower({ name: 'Chị Lan' });
    await rig.cs(userId);
    await rig.oa.stop();
    rig.oa = await rig.start({ journal });
    expect(rig.oa.accepted).toHaveLength(1);
    expect(await rig.cs(userId)).toEqual(taken);
    const person = rig.oa.person(userId);
    expect([person.name, person.messages().length]).toEqual(['Chị Lan', 2]);
  });
});

describe('The stand-in of the OA: who may call', () => {
  const rig = oaUnderTest();
  const ask = (headers: Record<string, string>) => rig.ask('/v2.0/oa/getoa', { headers });
  const proofOf = (token: string, secret = rig.oa.appSecret) =>
    createHmac('sha256', secret).update(token).digest('hex');

  it('takes the token in its own header, and not as a bearer, nor in the address', async () => {
    expect(await ask({ access_token: rig.token })).toMatchObject({
      error: 0,
      data: { oaid: rig.oa.oaId, name: rig.oa.name },
    });
    expect(await ask({ authorization: `Bearer ${rig.token}` })).toEqual(refused(-216));
    expect(await ask({ access_token: 'wrong' })).toEqual(refused(-216));
    expect(await rig.ask(`/v2.0/oa/getoa?access_token=${rig.token}`, {})).toEqual(refused(-216));
    rig.oa.expireAccess();
    expect(await ask({ access_token: rig.token })).toEqual(refused(-220));
  });

  it('has a code of its own for the phone host', async () => {
    expect(await rig.post('/message/template', {}, { access_token: 'wrong' })).toEqual(refused(-124));
    expect(await rig.post('/message/template', {}, { appsecret_proof: 'wrong' })).toEqual(refused(-1241));
  });

  it('looks at a proof that is given, and may want one', async () => {
    expect(await ask({ access_token: rig.token, appsecret_proof: proofOf(rig.token) })).toEqual(taken);
    const wrong = { access_token: rig.token, appsecret_proof: proofOf(rig.token, 'other') };
    expect(await ask(wrong)).toEqual(refused(-242));
    await rig.use({ mustProve: true });
    expect(await ask({ access_token: rig.token })).toEqual(refused(-242));
  });

  it('makes the proof of the written vector', () => {
    expect(proofOf('accessToken', 'appSecretKey')).toBe(
      '0584869ec908cfecf20763760e69c4baca98ac64aaeb6a938f47ca758dfe779f',
    );
  });

  it('has no API in the packages that have none', async () => {
    await rig.use({ package: 'standard' });
    expect(await ask({ access_token: rig.token })).toEqual(refused(-224));
  });

  it('takes 100 requests in a minute, says how many are left, and then waits for the minute to pass', async () => {
    const limits = async () => {
      const answer = await fetch(`${rig.oa.apiRoot}/v2.0/oa/getoa`, { headers: { access_token: rig.token } });
      const { error } = (await answer.json()) as { error: number };
      return [error, answer.headers.get('x-ratelimit-limit'), answer.headers.get('x-ratelimit-remain')];
    };
    expect(await limits()).toEqual([0, '100', '99']);
    for (let nth = 2; nth < 100; nth++) await limits();
    expect(await limits()).toEqual([0, '100', '0']);
    expect(await limits()).toEqual([-32, '100', '0']);
    rig.oa.skip(60_000);
    expect((await limits())[0]).toBe(0);
  });

  it('tells the window of a person to the millisecond, and of nobody else', async () => {
    const person = rig.follower();
    const quota = await rig.post('/v3.0/oa/quota/message', { user_id: person.userId });
    expect(quota.data).toMatchObject({ last_interaction: rig.oa.now() });
    expect(await rig.post('/v3.0/oa/quota/message', { user_id: Number(person.userId) })).toEqual(
      refused(-201),
    );
    expect(await rig.post('/v3.0/oa/quota/message', { user_id: '1999' })).toEqual(refused(-213));
    const detail = await rig.get('/v3.0/oa/user/detail', { user_id: person.userId });
    expect(detail.data).toMatchObject({
      user_last_interaction_date: '10/11/2026',
      user_is_follower: true,
    });
    expect(await rig.get('/v3.0/oa/user/detail')).toEqual(refused(-201));
    const list = await rig.get('/v3.0/oa/user/getlist', { offset: 0, count: 50 });
    expect(list.data).toMatchObject({ total: 1, users: [{ user_id: person.userId }] });
    expect(await rig.get('/v3.0/oa/user/getlist', { offset: 0, count: 51 })).toEqual(refused(-210));
  });
});

describe('The stand-in of the OA: what goes wrong on demand', () => {
  const rig = oaUnderTest({ perMinute: 0 });

  it('answers with any code, known or not, once, and takes nothing', async () => {
    const { userId } = rig.follower();
    for (const code of [-32, -200, -211, -213, -216, -220, -227, -230, -234, -9999]) {
      const fault = rig.oa.fault({ kind: 'code', code, words: 'một lần' });
      expect(await rig.cs(userId)).toEqual({ error: code, message: 'một lần' });
      expect(fault.hits).toBe(1);
    }
    expect(rig.oa.accepted).toEqual([]);
    expect(await rig.cs(userId)).toEqual(taken);
  });

  it('answers with a page, once with 200 and once with 502', async () => {
    const { userId: user_id } = rig.follower();
    const send = () =>
      fetch(`${rig.oa.apiRoot}/v3.0/oa/message/cs`, {
        method: 'POST',
        headers: { access_token: rig.token, 'content-type': 'application/json' },
        body: JSON.stringify({ recipient: { user_id }, message: { text: 'một' } }),
        signal: AbortSignal.timeout(300),
      });
    rig.oa.fault({ kind: 'html-200' });
    rig.oa.fault({ kind: 'status' });
    for (const status of [200, 502]) {
      const page = await send();
      expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
      expect(await page.text()).toContain('<h1>');
    }
    rig.oa.fault({ kind: 'hang' });
    await expect(send()).rejects.toThrow();
    rig.oa.fault({ kind: 'reset-before' });
    await expect(send()).rejects.toThrow();
    expect(rig.oa.accepted).toEqual([]);
    rig.oa.fault({ kind: 'hang-after-accept' });
    await expect(send()).rejects.toThrow();
    rig.oa.fault({ kind: 'reset-after-accept' });
    await expect(send()).rejects.toThrow();
    expect(rig.oa.accepted).toHaveLength(2);
  });

  it('hits sends unless it is told what to hit, and no more when it is cleared', async () => {
    const { userId } = rig.follower();
    rig.oa.fault({ kind: 'code', code: -200, times: Number.POSITIVE_INFINITY });
    expect(await rig.get('/v2.0/oa/getoa')).toEqual(taken);
    expect(await rig.cs(userId)).toEqual(refused(-200));
    rig.oa.clearFaults();
    rig.oa.fault({ kind: 'code', code: -204, match: (path) => path.endsWith('/getoa') });
    expect(await rig.cs(userId)).toEqual(taken);
    expect(await rig.get('/v2.0/oa/getoa')).toEqual(refused(-204));
  });
});
