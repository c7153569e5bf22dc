import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { Sealer } from '../../security/index.ts';
import type { Clock } from '../../time/index.ts';
import { type App, askForPair, type Grant, type Pair } from './oauth.ts';

// The token pairs of all OAs. Zalo takes a refresh token once and answers with its successor: whoever loses that answer
// has lost the OA until somebody consents anew. So there is one asker in the whole cluster (a lock of the database,
// which ends with its holder), the intention is written down before asking, and a pair is durable before it is used.

export type TokenAnswer =
  | { kind: 'token'; token: string }
  /** Not now; nothing is lost as far as is known. */
  | { kind: 'later'; words: string }
  /** Only a new consent helps. `words` say so to people. */
  | { kind: 'person'; words: string };

/** Whose tokens. */
export type TokenOwner = App & { id: string };

export interface OaTokens {
  /** The access token to use now. */
  current(accountId: string): Promise<TokenAnswer>;
  /** Zalo does not take `token` any more: a new one, asked for at most once however many ask. */
  renew(owner: TokenOwner, token: string): Promise<TokenAnswer>;
  /** Renews when the access token ends within `aheadMs`. */
  renewAhead(owner: TokenOwner, aheadMs: number): Promise<TokenAnswer>;
  /** A consent: exchanges its code. */
  exchange(owner: TokenOwner, grant: Extract<Grant, { code: string }>): Promise<TokenAnswer>;
  /** A pair that somebody has pasted; how old its access token is nobody knows, so it is renewed soon. */
  paste(accountId: string, pair: { access: string; refresh: string }): Promise<void>;
}

export type TokenPorts = {
  pool: Pool;
  sealer: Sealer;
  clock: Clock;
  log: Logger;
  /** https://oauth.zaloapp.com */
  oauthRoot: string;
};

type Row = {
  sealed: Uint8Array;
  expiresAt: Date;
  askedAt: Date | null;
  refusedAt: Date | null;
};
type Known = Row & { pair: { access: string; refresh: string } };

const NOT_CONNECTED = 'the OA is not connected: consent anew, or paste a token pair';
const REFUSED = 'Zalo does not renew the tokens of this OA: consent anew, or paste a token pair';

/** A new pair is written again and again for so long when the database does not take it. */
const WRITE_TRIES = 20;
const WRITE_PAUSE_MS = 500;

export function openTokens({ pool, sealer, clock, log, oauthRoot }: TokenPorts): OaTokens {
  const renewing = new Map<string, Promise<TokenAnswer>>();
  const about = (accountId: string) => `oa-token:${accountId}`;

  async function read(db: Pool | PoolClient, accountId: string): Promise<Known | null> {
    const { rows } = await db.query<Row>(
      `select sealed_pair as sealed, expires_at as "expiresAt", asked_at as "askedAt", refused_at as "refusedAt"
         from oa_token where account_id = $1`,
      [accountId],
    );
    const row = rows[0];
    return row ? { ...row, pair: JSON.parse(sealer.unseal(row.sealed, about(accountId))) } : null;
  }

  async function write(db: Pool | PoolClient, accountId: string, pair: Pair): Promise<void> {
    const { access, refresh } = pair;
    await db.query(
      `insert into oa_token (account_id, sealed_pair, expires_at) values ($1, $2, $3)
       on conflict (account_id) do update
          set sealed_pair = excluded.sealed_pair, expires_at = excluded.expires_at, asked_at = null, refused_at = null`,
      [
        accountId,
        Buffer.from(sealer.seal(JSON.stringify({ access, refresh }), about(accountId))),
        new Date(clock.now().getTime() + pair.goodForMs),
      ],
    );
  }

  /** Zalo has given it, and nobody else has it: whatever the database does, it is not let go easily. */
  async function keep(holder: PoolClient, accountId: string, pair: Pair): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await write(tries === 1 ? holder : pool, accountId, pair);
      } catch (error) {
        const last = tries === WRITE_TRIES;
        log[last ? 'fatal' : 'error'](
          { err: error, accountId },
          last
            ? 'a new token pair of a Zalo OA is lost: the OA must be connected anew'
            : 'a new token pair of a Zalo OA is not written yet',
        );
        if (last) throw error;
        await new Promise((resolve) => setTimeout(resolve, WRITE_PAUSE_MS));
      }
    }
  }

  async function alone<T>(accountId: string, work: (holder: PoolClient) => Promise<T>): Promise<T> {
    const holder = await pool.connect();
    let broken = true;
    try {
      await holder.query('select pg_advisory_lock(hashtextextended($1, 0))', [about(accountId)]);
      const done = await work(holder);
      await holder.query('select pg_advisory_unlock(hashtextextended($1, 0))', [about(accountId)]);
      broken = false;
      return done;
    } finally {
      // With its connection the lock ends, too.
      holder.release(broken);
    }
  }

  async function ask(holder: PoolClient, owner: TokenOwner, known: Known): Promise<TokenAnswer> {
    await holder.query('update oa_token set asked_at = $2 where account_id = $1', [owner.id, clock.now()]);
    const answer = await askForPair(oauthRoot, owner, { refresh: known.pair.refresh });
    if (answer.kind === 'pair') {
      await keep(holder, owner.id, answer);
      log.info({ accountId: owner.id }, 'tokens of a Zalo OA renewed');
      return { kind: 'token', token: answer.access };
    }
    if (answer.kind === 'later') {
      log.warn(
        { accountId: owner.id, words: answer.words },
        'tokens of a Zalo OA not renewed; next try soon',
      );
      return answer;
    }
    await holder.query('update oa_token set refused_at = $2 where account_id = $1', [owner.id, clock.now()]);
    const before = known.askedAt
      ? `; a renewal at ${known.askedAt.toISOString()} was cut off, and Zalo may have given the new pair then`
      : '';
    log.error({ accountId: owner.id, words: answer.words, interrupted: known.askedAt }, REFUSED);
    return { kind: 'person', words: `${REFUSED} (${answer.words}${before})` };
  }

  function once(owner: TokenOwner, isStale: (known: Known) => boolean): Promise<TokenAnswer> {
    const running =
      renewing.get(owner.id) ??
      alone(owner.id, async (holder): Promise<TokenAnswer> => {
        const known = await read(holder, owner.id);
        if (!known) return { kind: 'person', words: NOT_CONNECTED };
        if (known.refusedAt) return { kind: 'person', words: REFUSED };
        if (!isStale(known)) return { kind: 'token', token: known.pair.access };
        return ask(holder, owner, known);
      }).finally(() => renewing.delete(owner.id));
    renewing.set(owner.id, running);
    return running;
  }

  return {
    async current(accountId) {
      const known = await read(pool, accountId);
      if (!known) return { kind: 'person', words: NOT_CONNECTED };
      return known.refusedAt
        ? { kind: 'person', words: REFUSED }
        : { kind: 'token', token: known.pair.access };
    },
    async renew(owner, token) {
      const isStale = ({ pair }: Known) => pair.access === token;
      const answer = await once(owner, isStale);
      // It may have joined a look ahead that found nothing to do.
      return answer.kind === 'token' && answer.token === token ? once(owner, isStale) : answer;
    },
    async renewAhead(owner, aheadMs) {
      const isStale = ({ expiresAt }: Known) => expiresAt.getTime() - aheadMs <= clock.now().getTime();
      const known = await read(pool, owner.id);
      // The common case needs no lock.
      if (known && !known.refusedAt && !isStale(known)) return { kind: 'token', token: known.pair.access };
      return once(owner, isStale);
    },
    exchange: (owner, grant) =>
      alone(owner.id, async (holder): Promise<TokenAnswer> => {
        const answer = await askForPair(oauthRoot, owner, grant);
        if (answer.kind === 'refused') return { kind: 'person', words: answer.words };
        if (answer.kind === 'later') return answer;
        await keep(holder, owner.id, answer);
        return { kind: 'token', token: answer.access };
      }),
    paste: (accountId, pair) =>
      alone(accountId, (holder) => write(holder, accountId, { ...pair, goodForMs: 0 })),
  };
}
