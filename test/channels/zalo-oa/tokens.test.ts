import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, zaloOa } from '../../../src/channels/index.ts';
import { challengeOf, consentUrl } from '../../../src/channels/zalo-oa/oauth.ts';
import type { TokenOwner } from '../../../src/channels/zalo-oa/tokens.ts';
import { startZaloOa, type ZaloOaSandbox } from '../../../src/sandbox/index.ts';
import { NOON, testDatabase, until } from '../../harness/index.ts';
import { accountOf, type OaRig, oaRig, portsOn, rootsOf, VERIFIER } from './oa-rig.ts';

const database = await testDatabase();
const HOUR_MS = 3_600_000;
const TOKEN_PATH = '/v4/oa/access_token';
let now = NOON;
const clock = () => now;

let oa: ZaloOaSandbox;
let rig: OaRig;
let owner: TokenOwner;
let opened: Connection[];
beforeEach(async () => {
  now = NOON;
  opened = [];
  oa = await startZaloOa({ package: 'comprehensive', clock: () => now.getTime() });
  rig = await oaRig(database, oa, clock);
  owner = { id: rig.account.id, appId: oa.appId, appSecret: oa.appSecret };
});
afterEach(async () => {
  for (const one of opened) await one.close();
  await oa.stop();
});
const open = (ports = rig.ports): Connection => {
  const one = zaloOa(ports).open(rig.account);
  opened.push(one);
  return one;
};
const tokenNow = async (): Promise<string> => {
  const answer = await rig.ports.tokens.current(owner.id);
  if (answer.kind !== 'token') throw new Error(answer.words);
  return answer.token;
};
const row = () => database.prisma.oaToken.findUniqueOrThrow({ where: { accountId: owner.id } });
const patience = () => AbortSignal.timeout(10_000);
/** Each as if in a process of its own: with ports that know nothing of each other. */
const worker = () => portsOn(database, rootsOf(oa), clock);
const toParent = async () => {
  const person = oa.person();
  person.type('Xin chào');
  await rig.ports.users.heard(owner.id, person.userId, now);
  return { address: person.userId, parts: [{ markup: '', plain: 'một' }], deliveryId: '1' };
};

describe('The tokens of an OA', () => {
  it('are asked for once, however many workers find them too old, and every message goes out', async () => {
    const messages = await Promise.all(Array.from({ length: 20 }, toParent));
    const connections = messages.map(() => zaloOa(worker()).open(rig.account));
    opened.push(...connections);
    const before = oa.pairsIssued;
    oa.expireAccess();
    const outcomes = await Promise.all(
      messages.map((message, index) => connections[index]?.send(message, patience())),
    );
    expect(outcomes.map((one) => one?.kind)).toEqual(messages.map(() => 'accepted'));
    expect(oa.pairsIssued - before).toBe(1);
    expect(oa.accepted).toHaveLength(20);
    expect(oa.refused.map(({ code }) => code).every((code) => code === -220)).toBe(true);
  });

  it.each([
    [-216, '/v3.0/oa/message/cs'],
    [-220, '/v3.0/oa/message/cs'],
    [-124, '/v3.0/oa/message/cs'],
  ])('are renewed once at %i, and the call is made once more', async (code, path) => {
    const message = await toParent();
    const before = oa.pairsIssued;
    oa.fault({ kind: 'code', code, match: (called) => called === path });
    expect(await open().send(message, patience())).toMatchObject({ kind: 'accepted' });
    expect([oa.pairsIssued - before, oa.accepted.length]).toEqual([1, 1]);
  });

  it('are not asked for again and again when Zalo refuses what it has just given', async () => {
    const message = await toParent();
    const before = oa.pairsIssued;
    oa.fault({ kind: 'code', code: -216, times: Number.POSITIVE_INFINITY });
    expect(await open().send(message, patience())).toMatchObject({ kind: 'person' });
    expect(oa.pairsIssued - before).toBe(1);
  });

  it('lie sealed in the database, and the new pair lies there before it is used', async () => {
    const message = await toParent();
    const old = await tokenNow();
    oa.expireAccess();
    // Zalo has the message and does not answer: what stands in the database at that moment?
    const fault = oa.fault({ kind: 'hang' });
    const sending = open().send(message, AbortSignal.timeout(5000));
    await until('the message is at Zalo', () => fault.hits > 0);
    const token = await tokenNow();
    expect(token).not.toBe(old);
    const { sealedPair, askedAt } = await row();
    expect(askedAt).toBeNull();
    expect(Buffer.from(sealedPair).toString('latin1')).not.toContain(token);
    await Promise.all(opened.map((one) => one.close()));
    expect(await sending).toMatchObject({ kind: 'retry' });
    // From here on the hub is another process: all that it has is the database.
    expect(await open(worker()).whoAmI()).toMatchObject({ id: oa.oaId });
  });

  it('are renewed ahead of time by the look after them, and no sooner', async () => {
    await rig.ports.tokens.renewAhead(owner, 0);
    const before = oa.pairsIssued;
    const connection = open();
    now = new Date(NOON.getTime() + 16 * HOUR_MS);
    expect(await connection.upkeep?.()).toBeNull();
    expect(oa.pairsIssued).toBe(before);
    now = new Date(NOON.getTime() + 17 * HOUR_MS);
    await Promise.all([connection.upkeep?.(), open(worker()).upkeep?.()]);
    expect(oa.pairsIssued).toBe(before + 1);
    expect((await row()).expiresAt).toEqual(new Date(now.getTime() + 25 * HOUR_MS));
  });

  it('wait when Zalo does not answer, and are asked for with the same token again', async () => {
    const old = await tokenNow();
    for (const fault of ['reset-before', 'html-200'] as const) {
      oa.fault({ kind: fault, match: (path) => path === TOKEN_PATH });
      expect(await rig.ports.tokens.renew(owner, old)).toMatchObject({ kind: 'later' });
    }
    oa.fault({ kind: 'status', status: 503, match: (path) => path === TOKEN_PATH });
    expect(await rig.ports.tokens.renew(owner, old)).toMatchObject({ kind: 'later' });
    expect((await row()).refusedAt).toBeNull();
    expect(await rig.ports.tokens.renew(owner, old)).toMatchObject({ kind: 'token' });
    expect((await row()).askedAt).toBeNull();
  });

  it('that are lost with Zalo’s answer stop the OA, and the words say what has happened', async () => {
    const old = await tokenNow();
    oa.fault({ kind: 'reset-after-accept', match: (path) => path === TOKEN_PATH });
    expect(await rig.ports.tokens.renew(owner, old)).toMatchObject({ kind: 'later' });
    expect((await row()).askedAt, 'that it asked is known before the answer').toEqual(NOON);
    // Another process goes on: with a token that Zalo does not take a second time.
    const { tokens } = worker();
    const answer = await tokens.renew(owner, old);
    expect(answer).toMatchObject({ kind: 'person' });
    expect(answer.kind === 'person' && answer.words).toMatch(/cut off.*consent|consent.*cut off/);
    expect(await open().send(await toParent(), patience())).toMatchObject({ kind: 'person' });
    expect(oa.calls['/v3.0/oa/message/cs'] ?? 0).toBe(0);
    // A new consent mends it.
    const pair = oa.explorerPair();
    await tokens.paste(owner.id, { access: pair.access_token, refresh: pair.refresh_token });
    expect(await open().send(await toParent(), patience())).toMatchObject({ kind: 'accepted' });
  });

  it('survive a database that does not take them at once', async () => {
    const old = await tokenNow();
    await database.pool.query(`
      create function refuse_new_pair() returns trigger language plpgsql as $$ begin
        if new.sealed_pair is distinct from old.sealed_pair then raise exception 'the disk is full'; end if; return new;
      end $$;
      create trigger refuse_new_pair before update on oa_token for each row execute function refuse_new_pair()`);
    const renewing = rig.ports.tokens.renew(owner, old);
    await until('the pair is given and not written', () =>
      rig.log.some((line) => String(line.msg).includes('not written yet')),
    );
    await database.pool.query('drop trigger refuse_new_pair on oa_token; drop function refuse_new_pair()');
    expect(await renewing).toMatchObject({ kind: 'token' });
    expect(await tokenNow()).not.toBe(old);
    expect(await open(worker()).whoAmI()).toMatchObject({ id: oa.oaId });
  });

  it('are free for another process when the one that asked is gone', async () => {
    const old = await tokenNow();
    oa.fault({ kind: 'hang', match: (path) => path === TOKEN_PATH });
    const first = worker()
      .tokens.renew(owner, old)
      .catch((error: unknown) => error);
    await until('it asks', async () => (await row()).askedAt !== null);
    const second = worker().tokens.renew(owner, old);
    // Its connection, and with it the lock, ends as if the process had been killed.
    await database.pool.query(`
      select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
       where d.datname = current_database() and l.locktype = 'advisory' and l.granted`);
    expect(await second).toMatchObject({ kind: 'token' });
    void first;
  });

  it('are given for a consent: with the stored pair of the console, a code that is good once, and its proof', async () => {
    const redirectUri = 'https://lienlac.example.vn/connect/zalo-oa';
    oa.console({ redirectUri, codeChallenge: challengeOf(VERIFIER) });
    const url = consentUrl(oa.oauthRoot, { appId: oa.appId, redirectUri, verifier: VERIFIER, state: 's' });
    const back = new URL(oa.consent(url));
    const code = back.searchParams.get('code') ?? '';
    const account = accountOf(oa);
    const fresh = { ...owner, id: account.id };
    const { tokens } = worker();
    expect(await tokens.current(account.id)).toMatchObject({ kind: 'person' });
    expect(await tokens.exchange(fresh, { code, verifier: VERIFIER })).toMatchObject({ kind: 'token' });
    expect(await tokens.exchange(fresh, { code, verifier: VERIFIER })).toMatchObject({ kind: 'person' });
    expect(await tokens.current(account.id), 'a code that is used costs nothing').toMatchObject({
      kind: 'token',
    });
    const stolen = new URL(oa.consent(url)).searchParams.get('code') ?? '';
    expect(await tokens.exchange(fresh, { code: stolen, verifier: `${VERIFIER}x` })).toMatchObject({
      kind: 'person',
    });
  });

  it('stand in no log', async () => {
    const old = await tokenNow();
    await rig.ports.tokens.renew(owner, old);
    oa.revoke();
    await rig.ports.tokens.renew(owner, await tokenNow());
    const said = JSON.stringify(rig.log);
    for (const secret of [old, oa.appSecret]) expect(said).not.toContain(secret);
    expect(rig.log.length).toBeGreaterThan(1);
  });
});
