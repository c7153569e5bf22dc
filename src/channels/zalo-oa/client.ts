import type { FormData } from 'undici';
import { type HttpClient, NoAnswer, type NoAnswerKind, openHttp } from '../http.ts';
import { isTokenTrouble } from './codes.ts';
import { appSecretProof } from './proof.ts';
import type { OaTokens, TokenAnswer, TokenOwner } from './tokens.ts';

/** What a call came to. */
export type Answer =
  | { kind: 'ok'; data: Record<string, unknown> }
  /** Zalo said no: `error` in the body is not 0, whatever the HTTP status (facts/zalo-telegram.md §1.1). */
  | { kind: 'refused'; code: number; words: string }
  /** Nobody answered, or somebody who is not the API. `inDoubt`: Zalo may have done what we asked. */
  | { kind: 'silent'; reason: NoAnswerKind; inDoubt: boolean; words: string }
  /** There is no token to call with, or the requests cannot be counted; nothing was sent. */
  | { kind: 'noToken'; person: boolean; words: string }
  /** The minute's requests are used; nothing was sent. */
  | { kind: 'full'; afterMs: number };

export type Failure = Exclude<Answer, { kind: 'ok' }>;

export type Request = {
  /** `phone`: the endpoint for templates by phone number, which is another host. */
  host?: 'phone';
  method?: 'GET';
  path: string;
  json?: object;
  /** Made anew for each try: a form is read once. */
  form?: () => FormData;
};

/** Calls to one OA over sockets that are kept. */
export interface OaClient {
  /** Never throws for what Zalo or the network does. */
  call(request: Request, deadline: AbortSignal): Promise<Answer>;
  close(): void;
}

export type ClientPorts = {
  /** https://openapi.zalo.me */
  apiRoot: string;
  /** https://business.openapi.zalo.me */
  phoneRoot: string;
  owner: TokenOwner;
  tokens: OaTokens;
  /** Counts one request of the minute: 0; or says in how many ms there is room for it. */
  takeRequest: () => Promise<number>;
  /** Whether calls carry `appsecret_proof`. */
  proof: boolean;
  /** How many calls may be on the way at once. */
  sockets: number;
};

/** A token that Zalo gave a moment ago and does not take: asking for one more would never end. */
const FRESH_REFUSED = 'Zalo does not take a token that it has just given';
const NOT_NOW = {
  kind: 'later',
  words: 'the tokens, or the count of requests, are not to be had now',
} as const;

export function openClient(ports: ClientPorts): OaClient {
  const { owner, tokens, takeRequest, proof, sockets } = ports;
  const oa = openHttp({ root: ports.apiRoot, sockets });
  const phone = openHttp({ root: ports.phoneRoot, sockets });

  async function once(request: Request, token: string, deadline: AbortSignal): Promise<Answer> {
    const afterMs = await within(takeRequest(), deadline);
    if (afterMs === null) return noToken(NOT_NOW);
    if (afterMs > 0) return { kind: 'full', afterMs };
    const headers: Record<string, string> = { access_token: token };
    if (proof) headers.appsecret_proof = appSecretProof(token, owner.appSecret);
    return ask(request.host === 'phone' ? phone : oa, request, headers, deadline);
  }

  return {
    async call(request, deadline) {
      const now = (await within(tokens.current(owner.id), deadline)) ?? NOT_NOW;
      if (now.kind !== 'token') return noToken(now);
      const first = await once(request, now.token, deadline);
      if (first.kind !== 'refused' || !isTokenTrouble(first.code)) return first;
      // The renewal goes on when the deadline passes meanwhile: it must not be cut off.
      const next = (await within(tokens.renew(owner, now.token), deadline)) ?? NOT_NOW;
      if (next.kind !== 'token') return noToken(next);
      const second = await once(request, next.token, deadline);
      return second.kind === 'refused' && isTokenTrouble(second.code)
        ? { kind: 'noToken', person: true, words: `${FRESH_REFUSED} (${second.code})` }
        : second;
    },
    close() {
      oa.close();
      phone.close();
    },
  };
}

const noToken = ({ kind, words }: Exclude<TokenAnswer, { kind: 'token' }>): Answer => ({
  kind: 'noToken',
  person: kind === 'person',
  words,
});

/** What the work came to; null when it failed, or not before the deadline. */
async function within<T>(work: Promise<T>, deadline: AbortSignal): Promise<T | null> {
  const done = work.catch(() => null);
  if (deadline.aborted) return null;
  let stop = () => {};
  const late = new Promise<null>((resolve) => {
    stop = () => resolve(null);
    deadline.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    deadline.removeEventListener('abort', stop);
  }
}

async function ask(
  http: HttpClient,
  { method, path, json, form }: Request,
  headers: Record<string, string>,
  deadline: AbortSignal,
): Promise<Answer> {
  try {
    const { status, json: body } = await http.call({
      method: method ?? 'POST',
      path,
      headers: json ? { ...headers, 'content-type': 'application/json' } : headers,
      ...(json ? { body: JSON.stringify(json) } : form ? { body: form() } : {}),
      deadline,
    });
    return readAnswer(status, body);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { kind: 'silent', reason: error.kind, inDoubt: error.inDoubt, words: error.message };
  }
}

/** The body is judged first, then the status (§6, rule 2). */
function readAnswer(status: number, json: unknown): Answer {
  const { error, data, message } = (typeof json === 'object' && json !== null ? json : {}) as Record<
    string,
    unknown
  >;
  const code = typeof error === 'number' || typeof error === 'string' ? Number(error) : Number.NaN;
  if (!Number.isInteger(code)) {
    // A gateway in front of the API may have handed the call on before it stumbled; a block page has not.
    const words = `the answer is not the API's (HTTP ${status})`;
    return { kind: 'silent', reason: 'notTheApi', inDoubt: status >= 500, words };
  }
  if (code !== 0) return { kind: 'refused', code, words: typeof message === 'string' ? message : '' };
  return {
    kind: 'ok',
    data: (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>,
  };
}
