import { type Dispatcher, errors, type FormData, Pool, ProxyAgent } from 'undici';

/** An answer larger than this is none of a provider's API. */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;
const CONNECT_MS = 10_000;

/** Failures before anything of ours was written: no way to the server, or it could not prove who it is. */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_TLS|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|ERR_TLS_\w+)$/;

export type NoAnswerKind =
  /** The deadline passed. The provider may have done what we asked. */
  | 'timedOut'
  /** Nothing of the call left us. */
  | 'notConnected'
  /** The connection ended before the answer. The provider may have done what we asked. */
  | 'cutOff'
  /** Somebody answered, but not the API: a carrier's block page, a proxy's error page. */
  | 'notTheApi';

/** The provider did not answer. Its message holds neither the address nor a secret, so it may be logged. */
export class NoAnswer extends Error {
  readonly kind: NoAnswerKind;

  constructor(kind: NoAnswerKind, words: string) {
    super(words);
    this.name = 'NoAnswer';
    this.kind = kind;
  }

  /** Whether the provider may have done what we asked all the same. */
  get inDoubt(): boolean {
    return this.kind === 'timedOut' || this.kind === 'cutOff';
  }
}

export type Call = {
  method: 'GET' | 'POST';
  /** With its query, from the root on. */
  path: string;
  headers?: Record<string, string>;
  /** JSON or a form, already written; or a form with files. */
  body?: string | FormData;
  deadline: AbortSignal;
};

/** `json` is undefined when the answer is not JSON. */
export type Answer = { status: number; json: unknown };

/** Calls to one provider over sockets that are kept. */
export interface HttpClient {
  /** @throws NoAnswer */
  call(call: Call): Promise<Answer>;
  /** Ends all sockets; calls on their way end as `cutOff`. */
  close(): void;
}

export type HttpSettings = {
  /** Scheme, host and port; a path stands before every call's own path. */
  root: string;
  /** How many calls may be on their way at once. */
  sockets: number;
  /** http(s) proxy that is asked to CONNECT. */
  proxy?: string;
};

/** @throws TypeError when root or proxy is not an address. */
export function openHttp({ root, sockets, proxy }: HttpSettings): HttpClient {
  const { origin, pathname } = new URL(root);
  const prefix = pathname.replace(/\/$/, '');
  const options = {
    connections: sockets,
    pipelining: 1,
    maxResponseSize: ANSWER_MAX_BYTES,
    // Each call brings its own deadline, also a long poll.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connect = { timeout: CONNECT_MS };
  const dispatcher: Dispatcher = proxy
    ? new ProxyAgent({ ...options, uri: proxy, requestTls: connect, proxyTunnel: true })
    : new Pool(origin, { ...options, connect });

  return {
    async call({ method, path, headers, body, deadline }) {
      try {
        const { statusCode, body: answer } = await dispatcher.request({
          origin,
          method,
          path: prefix + path,
          headers: headers ?? null,
          body: body ?? null,
          signal: deadline,
        });
        return { status: statusCode, json: parsed(await answer.text()) };
      } catch (error) {
        throw noAnswer(error, deadline);
      }
    },
    close: () => void dispatcher.destroy().catch(() => undefined),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noAnswer(error: unknown, deadline: AbortSignal): NoAnswer {
  if (deadline.aborted) return new NoAnswer('timedOut', 'no answer within the deadline');
  if (error instanceof errors.ResponseExceededMaxSizeError)
    return new NoAnswer('notTheApi', 'the answer is far too long');
  const code = codeOf(error);
  if (code === undefined) return new NoAnswer('cutOff', 'no usable answer');
  return new NoAnswer(NOT_CONNECTED.test(code) ? 'notConnected' : 'cutOff', code);
}

/** The system's or the library's code: letters only, so nothing private is in it. */
function codeOf(error: unknown): string | undefined {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : undefined;
}
