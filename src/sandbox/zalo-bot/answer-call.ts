// One HTTP request to the stand-in: the call is read, a fault may strike, the method runs, the answer goes out with
// HTTP 200, whatever it says.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from '../telegram/faults.ts';
import { type Payload, readPayload } from '../telegram/payload.ts';
import type { Bot } from './bot.ts';
import { METHODS } from './methods.ts';
import { badPath, invalid, quotaExceeded, Refusal, unauthorised } from './wire.ts';

const BODY_MAX_BYTES = 1024 * 1024;
const GATEWAY_PAGE = '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>';

/** The listener of the HTTP server. */
export function answerCalls(bot: Bot): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_MAX_BYTES) chunks.push(chunk);
      else req.destroy();
    });
    req.on('error', () => {});
    req.on('end', () => {
      if (req.url?.startsWith('/media/')) return bot.media.answer(req.url.slice(1), res);
      answer(bot, req, res, Buffer.concat(chunks)).catch((error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal(403, 'Internal error');
        bot.log.refuse(refusal.code);
        reply(res, refusal.toBody());
      });
    });
  };
}

async function answer(bot: Bot, req: IncomingMessage, res: ServerResponse, body: Buffer): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'POST') throw badPath();
  const { pathname, search } = new URL(req.url ?? '/', 'http://bot');
  const [, token, name = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(pathname) ?? [];
  if (token === undefined) throw badPath();
  if (decodeURIComponent(token) !== bot.token) throw unauthorised();
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!method) throw badPath();
  const payload = await read(search.slice(1), req.headers['content-type'], body);
  bot.log.call(name);
  const fault = bot.faults.take(name, payload);
  if (fault && strike(fault, req, res)) return;
  const result = await method(bot, payload, hungUp(res));
  if (fault?.kind === 'hang-after-accept') return;
  if (fault?.kind === 'reset-after-accept') {
    req.socket.resetAndDestroy();
    return;
  }
  reply(res, JSON.stringify(result === undefined ? { ok: true } : { ok: true, result }));
}

async function read(query: string, type: string | undefined, body: Buffer): Promise<Payload> {
  try {
    return await readPayload(query, type, body);
  } catch {
    throw invalid('parameters');
  }
}

/** Carries out a fault that comes before acceptance; says whether the call ends here. @throws Refusal */
function strike(fault: Fault, req: IncomingMessage, res: ServerResponse): boolean {
  switch (fault.kind) {
    case 'status':
      throw new Refusal(fault.status ?? 403, fault.description ?? 'Internal error');
    case 'retry-after':
      throw quotaExceeded();
    case 'reset-before':
      req.socket.resetAndDestroy();
      return true;
    case 'hang':
      return true;
    case 'html-200':
      res.writeHead(fault.status ?? 200, { 'Content-Type': 'text/html; charset=utf-8' });
      res.end(GATEWAY_PAGE);
      return true;
    default:
      return false;
  }
}

function hungUp(res: ServerResponse): AbortSignal {
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  return gone.signal;
}

function reply(res: ServerResponse, body: string): void {
  if (res.destroyed) return;
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
}
