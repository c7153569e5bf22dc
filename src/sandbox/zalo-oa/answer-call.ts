// One HTTP request to one of the API's two hosts: the token is looked at, a fault may strike, the call runs, the answer
// goes out with HTTP 200, whatever it says (facts/zalo-telegram.md §1.1).

import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Payload } from '../telegram/payload.ts';
import { sendConsultation } from './consultation.ts';
import { loseAnswer, strike } from './faults.ts';
import { createGroup, sendToGroup } from './groups.ts';
import type { Oa } from './oa.ts';
import { dataQuery, jsonBody } from './payload.ts';
import { getOa, mustHaveApi, quotaOfUser, userDetail, userList } from './questions.ts';
import type { Rate } from './rate.ts';
import { NoSuchPath, Refusal, refused } from './refusal.ts';
import { sendByPhone, sendByUser } from './templates.ts';
import type { Upload } from './uploads.ts';

/** Which of the two hosts, and so which codes say that a token is no good. */
export type HostName = 'oa' | 'phone';

type Call =
  | { method: 'POST'; json: (oa: Oa, json: Payload) => object }
  | { method: 'POST'; upload: Upload['kind'] }
  | { method: 'GET'; ask: (oa: Oa, data: Payload) => object }
  | { method: 'GET'; plain: (oa: Oa) => object };

const closed = (): never => {
  throw refused(-240);
};

const CALLS: Readonly<Record<HostName, Readonly<Record<string, Call>>>> = {
  oa: {
    '/v3.0/oa/message/cs': { method: 'POST', json: sendConsultation },
    '/v3.0/oa/message/template': { method: 'POST', json: sendByUser },
    '/v3.0/oa/group/creategroupwithoa': { method: 'POST', json: createGroup },
    '/v3.0/oa/group/message': { method: 'POST', json: sendToGroup },
    '/v3.0/oa/quota/message': { method: 'POST', json: quotaOfUser },
    '/v3.0/oa/user/detail': { method: 'GET', ask: userDetail },
    '/v3.0/oa/user/getlist': { method: 'GET', ask: userList },
    '/v2.0/oa/getoa': { method: 'GET', plain: getOa },
    '/v2.0/oa/upload/image': { method: 'POST', upload: 'image' },
    '/v2.0/oa/upload/gif': { method: 'POST', upload: 'gif' },
    '/v2.0/oa/upload/file': { method: 'POST', upload: 'file' },
    // Discontinued on 2026-03-01 (§1.5). With which code is not written; -240 is the one of the other closed message API.
    '/v3.0/oa/message/transaction': { method: 'POST', json: closed },
    '/v3.0/oa/message/promotion': { method: 'POST', json: closed },
    '/v2.0/oa/message': { method: 'POST', json: closed },
  },
  phone: { '/message/template': { method: 'POST', json: sendByPhone } },
};

/** More than any upload may be: what is larger than its kind allows is refused with words. */
const BODY_MAX_BYTES = 12 * 1024 * 1024;

/** The listener of one host. */
export function answerCalls(oa: Oa, host: HostName, rate: Rate) {
  return (req: IncomingMessage, res: ServerResponse): void => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_MAX_BYTES) chunks.push(chunk);
      else req.destroy();
    });
    req.on('error', () => {});
    req.on('end', () => {
      const { pathname, searchParams } = new URL(req.url ?? '/', 'http://oa');
      if (host === 'oa' && pathname.startsWith('/media/')) return oa.media.answer(pathname.slice(1), res);
      const call = { req, res, path: pathname, search: searchParams, body: Buffer.concat(chunks) };
      answer(oa, host, rate, call).catch((error: unknown) => {
        if (error instanceof NoSuchPath) return void res.writeHead(404).end();
        const refusal = error instanceof Refusal ? error : new Refusal(-200, String(error));
        oa.refuse(pathname, refusal.code, refusal.message);
        reply(res, refusal.toBody());
      });
    });
  };
}

type Given = {
  req: IncomingMessage;
  res: ServerResponse;
  path: string;
  search: URLSearchParams;
  body: Buffer;
};

async function answer(oa: Oa, host: HostName, rate: Rate, given: Given): Promise<void> {
  const { req, res, path, search, body } = given;
  const known = CALLS[host];
  const call = Object.hasOwn(known, path) ? known[path] : undefined;
  if (!call || call.method !== req.method) throw new NoSuchPath();
  oa.log.call(path);
  mayCall(oa, host, req);
  rate.take(res);
  const fault = oa.faults.take(path, readable(body));
  if (fault && strike(fault, res)) return;
  const data = await run(oa, call, { search, body, type: req.headers['content-type'] });
  if (loseAnswer(fault, res)) return;
  reply(res, JSON.stringify({ data, error: 0, message: 'Success' }));
}

async function run(
  oa: Oa,
  call: Call,
  { search, body, type }: { search: URLSearchParams; body: Buffer; type: string | undefined },
): Promise<object> {
  if ('json' in call) return call.json(oa, jsonBody(type, body));
  if ('upload' in call) return oa.uploads.take(call.upload, type, body);
  return 'ask' in call ? call.ask(oa, dataQuery(search)) : call.plain(oa);
}

/** For a fault's `match`; what is wrong with it is said later. */
function readable(body: Buffer): Payload {
  try {
    return JSON.parse(body.toString('utf8')) as Payload;
  } catch {
    return {};
  }
}

/** @throws Refusal: the token, its proof, the package */
function mayCall(oa: Oa, host: HostName, { headers }: IncomingMessage): void {
  // The one header that counts; `Authorization: Bearer` is no token (§1.1).
  const { access_token: token, appsecret_proof: proof } = headers;
  const judged = oa.tokens.judge(typeof token === 'string' ? token : undefined);
  if (judged !== 'good') throw refused(host === 'phone' ? -124 : judged === 'gone' ? -220 : -216);
  if (proof !== undefined || oa.options.mustProve) {
    const right = createHmac('sha256', oa.options.appSecret).update(String(token)).digest('hex');
    if (proof !== right) throw refused(host === 'phone' ? -1241 : -242);
  }
  mustHaveApi(oa);
}

function reply(res: ServerResponse, body: string): void {
  if (res.destroyed || res.headersSent) return;
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
}
