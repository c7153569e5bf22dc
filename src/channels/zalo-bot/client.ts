import { NoAnswer, type NoAnswerKind, openHttp } from '../http.ts';

/** What a call came to. The token stands in the path, so nothing here may hold an address. */
export type Answer =
  | { kind: 'ok'; result: unknown }
  /** Zalo said no: `ok: false` in the body, whatever the HTTP status (facts/zalo-telegram.md §3.1). */
  | { kind: 'refused'; code: number; words: string }
  /** Nobody answered, or somebody who is not the API. `inDoubt`: Zalo may have done what we asked. */
  | { kind: 'silent'; reason: NoAnswerKind; inDoubt: boolean; words: string };

/** Calls to one bot over sockets that are kept. */
export interface ZaloBotClient {
  /** Never throws for what Zalo or the network does. */
  call(method: string, payload: object, deadline: AbortSignal): Promise<Answer>;
  close(): void;
}

const HEADERS = { 'content-type': 'application/json' };

/** @param sockets how many calls may be on the way at once */
export function openClient(root: string, token: string, sockets: number): ZaloBotClient {
  const http = openHttp({ root, sockets });
  return {
    async call(method, payload, deadline) {
      try {
        const body = JSON.stringify(payload);
        const path = `/bot${token}/${method}`;
        const { status, json } = await http.call({ method: 'POST', path, headers: HEADERS, body, deadline });
        return readAnswer(status, json);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        return { kind: 'silent', reason: error.kind, inDoubt: error.inDoubt, words: error.message };
      }
    },
    close: () => http.close(),
  };
}

/** The body is judged first, then the status (§6, rule 2). */
function readAnswer(status: number, json: unknown): Answer {
  const { ok, result, error_code, description } = (
    typeof json === 'object' && json !== null ? json : {}
  ) as Record<string, unknown>;
  if (ok === true) return { kind: 'ok', result };
  if (ok !== false) {
    // A gateway in front of the API may have handed the call on before it stumbled; a block page has not.
    const words = `the answer is not the API's (HTTP ${status})`;
    return { kind: 'silent', reason: 'notTheApi', inDoubt: status >= 500, words };
  }
  const code = Number(error_code ?? status);
  const words = typeof description === 'string' ? description : '';
  return { kind: 'refused', code: Number.isInteger(code) ? code : 0, words };
}
