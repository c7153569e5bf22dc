// One HTTP request to the stand-in: the call is read, a fault may strike, the method runs, the answer goes out.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bot } from './bot.ts';
import type { Fault } from './faults.ts';
import { callMethod, type MethodResult, methodName } from './methods.ts';
import { type Payload, readPayload } from './payload.ts';
import { bad, notFound, Refusal, tooMany, unauthorized } from './refusal.ts';

export type AnswerOptions = {
  /** Held back for so long before every answer. */
  latencyMs: number;
  log: (event: string, data: Record<string, unknown>) => void;
};

/** Photos go up to 10 MB; Telegram takes 50 MB for a body. */
const BODY_MAX_BYTES = 50 * 1024 * 1024;
const NEVER = new AbortController().signal;
const BLOCK_PAGE = '<!DOCTYPE html><html><body><h1>Trang web này đã bị chặn</h1></body></html>';

/** The listener of the HTTP server. */
export function answerCalls(
  bot: Bot,
  options: AnswerOptions,
): (req: IncomingMessage, res: ServerResponse) => void {
  const prefix = `/bot${bot.token}/`;
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
      const path = req.url ?? '/';
      if (path.startsWith(`/file${prefix}`)) return bot.media.answer(path.slice(prefix.length + 5), res);
      if (path.startsWith('/file/')) return void res.writeHead(401).end();
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      answer(bot, options, prefix, req, res, body);
    });
  };
}

function answer(
  bot: Bot,
  options: AnswerOptions,
  prefix: string,
  req: IncomingMessage,
  res: ServerResponse,
  body: Buffer,
): void {
  const fail = (error: unknown): void => {
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'Internal Server Error');
    if (error !== refusal) options.log('bug', { error: String(error) });
    bot.log.refuse(refusal.code);
    options.log('refused', { code: refusal.code, description: refusal.message });
    reply(res, options, refusal.code, refusal.toBody());
  };
  try {
    const { method, query } = readPath(req.url ?? '/', prefix);
    const payload = readPayload(query, req.headers['content-type'], body);
    const done =
      payload instanceof Promise ? payload.then((read) => act(method, read)) : act(method, payload);
    if (done instanceof Promise) done.catch(fail);
  } catch (error) {
    fail(error);
  }

  function act(method: string, payload: Payload): void | Promise<void> {
    bot.log.call(method);
    const fault = bot.faults.take(method, payload);
    if (fault && strike(fault, req, res)) return;
    const gone = method === 'getUpdates' ? hungUp(res) : NEVER;
    const result = callMethod(bot, method, payload, gone);
    if (result instanceof Promise) return result.then((value) => succeed(value, fault));
    succeed(result, fault);
  }

  function succeed({ result, description }: MethodResult, fault: Fault | undefined): void {
    if (fault?.kind === 'hang-after-accept') return;
    if (fault?.kind === 'reset-after-accept') {
      req.socket.resetAndDestroy();
      return;
    }
    reply(res, options, 200, JSON.stringify({ ok: true, result, ...(description ? { description } : {}) }));
  }
}

function readPath(url: string, prefix: string): { method: string; query: string } {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  if (!path.startsWith('/bot')) throw notFound();
  if (!path.startsWith(prefix)) throw unauthorized();
  const method = methodName(path.slice(prefix.length));
  if (method === undefined) throw notFound();
  return { method, query: mark < 0 ? '' : url.slice(mark + 1) };
}

/** Carries out a fault that comes before acceptance; says whether the call ends here. @throws Refusal */
function strike(fault: Fault, req: IncomingMessage, res: ServerResponse): boolean {
  switch (fault.kind) {
    case 'status': {
      const status = fault.status ?? 500;
      throw status === 400 && fault.description === undefined
        ? bad('scripted fault')
        : new Refusal(status, fault.description ?? 'Internal Server Error');
    }
    case 'retry-after':
      throw tooMany(fault.seconds ?? 1);
    case 'reset-before':
      req.socket.resetAndDestroy();
      return true;
    case 'hang':
      return true;
    case 'html-200':
      res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      res.end(BLOCK_PAGE);
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

function reply(res: ServerResponse, { latencyMs }: AnswerOptions, status: number, body: string): void {
  const send = (): void => {
    if (res.destroyed) return;
    res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    res.end(body);
  };
  if (latencyMs > 0) setTimeout(send, latencyMs);
  else send();
}
