import { createHash, randomBytes } from 'node:crypto';
import { NoAnswer, openHttp } from '../http.ts';
import { providerWords } from '../words.ts';

// Zalo's OAuth v4 (facts/zalo-telegram.md §1.2): the consent page and the token endpoint.

const ASK_MS = 15_000;
/** 25 hours, in seconds: what the facts say where an answer does not. */
const ACCESS_SECONDS = 90_000;
const TOO_MANY = 429;

export type App = { appId: string; appSecret: string };
/** Times in ms since the answer. */
export type Pair = { access: string; refresh: string; goodForMs: number };

export type PairAnswer =
  | ({ kind: 'pair' } & Pair)
  /** No answer, or none of the API: ask again with the same token, which may be used up by then. */
  | { kind: 'later'; words: string }
  /** Zalo said no. Its code for a used token is not documented, so every no is one that only a person can mend. */
  | { kind: 'refused'; words: string };

export type Grant = { code: string; verifier: string } | { refresh: string };

/** 43 characters: base64url of 32 random bytes. */
export const newVerifier = (): string => randomBytes(32).toString('base64url');

/** S256 without padding; the console keeps it, and the consent page gets it. */
export const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');

/** Where somebody who manages the OA allows this hub to speak for it. */
export function consentUrl(
  root: string,
  about: { appId: string; redirectUri: string; verifier: string; state: string },
): string {
  const query = new URLSearchParams({
    app_id: about.appId,
    redirect_uri: about.redirectUri,
    code_challenge: challengeOf(about.verifier),
    state: about.state,
  });
  return `${root}/v4/oa/permission?${query}`;
}

/** Asks for a pair of tokens. Never throws for what Zalo or the network does. */
export async function askForPair(root: string, app: App, grant: Grant): Promise<PairAnswer> {
  // A socket of its own: once a day is not worth keeping one.
  const http = openHttp({ root, sockets: 1 });
  try {
    const { status, json } = await http.call({
      method: 'POST',
      path: '/v4/oa/access_token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', secret_key: app.appSecret },
      body: formOf(app, grant).toString(),
      deadline: AbortSignal.timeout(ASK_MS),
    });
    return readPair(status, json, [app.appSecret, ...Object.values(grant)]);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { kind: 'later', words: error.message };
  } finally {
    http.close();
  }
}

function formOf({ appId }: App, grant: Grant): URLSearchParams {
  return 'code' in grant
    ? new URLSearchParams({
        app_id: appId,
        grant_type: 'authorization_code',
        code: grant.code,
        code_verifier: grant.verifier,
      })
    : new URLSearchParams({
        app_id: appId,
        grant_type: 'refresh_token',
        refresh_token: grant.refresh,
      });
}

function readPair(status: number, json: unknown, secrets: readonly string[]): PairAnswer {
  const body = (typeof json === 'object' && json !== null ? json : undefined) as
    | Record<string, unknown>
    | undefined;
  const { access_token: access, refresh_token: refresh, expires_in } = body ?? {};
  if (typeof access === 'string' && access && typeof refresh === 'string' && refresh) {
    const seconds = Number(expires_in);
    return {
      kind: 'pair',
      access,
      refresh,
      goodForMs: (Number.isFinite(seconds) && seconds > 0 ? seconds : ACCESS_SECONDS) * 1000,
    };
  }
  // Also 429: that it may be one is nowhere written, and a person's new consent would mend nothing.
  if (!body || status >= 500 || status === TOO_MANY)
    return { kind: 'later', words: `the answer is not the API's (HTTP ${status})` };
  const said = [body.error, body.error_name, body.error_reason, body.error_description];
  return {
    kind: 'refused',
    words: providerWords(said.filter((one) => one !== undefined).join(' '), secrets),
  };
}
