// Zalo's OAuth v4 (facts/zalo-telegram.md §1.2): the consent page, where somebody who manages the OA is taken to have
// said yes, and the token endpoint.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { loseAnswer, strike } from './faults.ts';
import type { Oa } from './oa.ts';
import { Refusal } from './refusal.ts';
import type { WirePair } from './tokens.ts';

/** From community code: Zalo documents no code for a used refresh token, nor for the other refusals. */
const INVALID_GRANT = -14014;
/** Documented, of the consent page. */
const WRONG_REDIRECT = -14003;
const NOT_ACTIVE = -14002;

const PERMISSION = '/v4/oa/permission';
const TOKEN = '/v4/oa/access_token';
const BODY_MAX_BYTES = 64 * 1024;

/** The listener of the OAuth host. */
export function answerOauth(oa: Oa) {
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
      const { pathname, searchParams } = new URL(req.url ?? '/', 'http://oauth');
      oa.log.call(pathname);
      try {
        if (req.method === 'GET' && pathname === PERMISSION) {
          res.writeHead(302, { Location: consent(oa, searchParams) }).end();
        } else if (req.method === 'POST' && pathname === TOKEN) {
          token(oa, req, res, new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
        } else res.writeHead(404).end();
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        oa.refuse(pathname, error.code, error.message);
        json(res, {
          error: error.code,
          error_name: 'Invalid request',
          error_reason: error.message,
          error_description: error.message,
          ref_doc: 'https://docs.zaloplatforms.com/docs/OA/phu-luc/cac-loai-ma-su-dung-trong-oauth',
        });
      }
    });
  };
}

/**
 * The address to which the manager's browser goes back, with code and OA.
 * @throws Refusal -14002, -14003
 */
export function consent(oa: Oa, query: URLSearchParams): string {
  const { console } = oa;
  if (query.get('app_id') !== oa.options.appId) throw new Refusal(NOT_ACTIVE, 'no such app, or not active');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!console || redirectUri !== console.redirectUri) throw new Refusal(WRONG_REDIRECT, 'redirect_uri');
  const challenge = query.get('code_challenge') ?? '';
  if (!/^[\w-]{43}$/.test(challenge)) throw new Refusal(INVALID_GRANT, 'code_challenge');
  if (console.codeChallenge !== undefined && challenge !== console.codeChallenge)
    throw new Refusal(INVALID_GRANT, 'code_challenge is not the one of the console');
  const back = new URL(redirectUri);
  back.searchParams.set('code', oa.tokens.newCode(challenge, redirectUri));
  back.searchParams.set('oa_id', oa.options.oaId);
  const state = query.get('state');
  if (state !== null && oa.echoesState) back.searchParams.set('state', state);
  return back.href;
}

function token(oa: Oa, { headers }: IncomingMessage, res: ServerResponse, form: URLSearchParams): void {
  const fault = oa.faults.take(TOKEN, Object.fromEntries(form));
  if (fault && strike(fault, res)) return;
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? ''))
    throw new Refusal(INVALID_GRANT, 'Content-Type');
  if (headers.secret_key !== oa.options.appSecret) throw new Refusal(INVALID_GRANT, 'secret_key');
  if (form.get('app_id') !== oa.options.appId) throw new Refusal(NOT_ACTIVE, 'app_id');
  const pair = grant(oa, form);
  if (!pair) throw new Refusal(INVALID_GRANT, 'code or refresh_token is wrong, used or expired');
  if (!loseAnswer(fault, res)) json(res, pair);
}

function grant({ tokens }: Oa, form: URLSearchParams): WirePair | undefined {
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return tokens.exchange(form.get('code') ?? '', form.get('code_verifier') ?? '');
    case 'refresh_token':
      return tokens.refresh(form.get('refresh_token') ?? '');
    default:
      throw new Refusal(INVALID_GRANT, 'grant_type');
  }
}

function json(res: ServerResponse, body: object): void {
  if (res.destroyed || res.headersSent) return;
  res.writeHead(200, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}
