// What goes wrong on demand, on the API's hosts and at the token endpoint.

import type { ServerResponse } from 'node:http';
import type { Fault, FaultKind } from '../telegram/faults.ts';
import { Refusal } from './refusal.ts';

export type OaFault = Omit<Fault, 'kind' | 'description' | 'seconds'> & {
  /**
   * `status` (default 502) comes with a gateway's page, `html-200` with a carrier's. `code` answers HTTP 200 with
   * `error: code` (and `words`), whatever was asked for, without accepting; so every row of the table of codes can be
   * played, and codes that stand nowhere.
   */
  kind: Exclude<FaultKind, 'retry-after'> | 'code';
  code?: number;
  words?: string;
};

/** The paths that send something; what a fault without `match` hits. */
export const SENDS: ReadonlySet<string> = new Set([
  '/v3.0/oa/message/cs',
  '/v3.0/oa/message/template',
  '/v3.0/oa/group/message',
  '/message/template',
]);

const PAGE = (title: string) =>
  `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

/** Carries out a fault that comes before acceptance; says whether the call ends here. @throws Refusal */
export function strike(fault: OaFault, res: ServerResponse): boolean {
  switch (fault.kind) {
    case 'code':
      throw new Refusal(fault.code ?? -200, fault.words ?? 'a fault');
    case 'status':
    case 'html-200': {
      const status = fault.status ?? (fault.kind === 'status' ? 502 : 200);
      res.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' });
      res.end(PAGE(fault.kind === 'status' ? `${status} Bad Gateway` : 'Trang bị chặn'));
      return true;
    }
    case 'reset-before':
      res.socket?.resetAndDestroy();
      return true;
    case 'hang':
      return true;
    default:
      return false;
  }
}

/** Carries out one that comes after acceptance; says whether the answer is lost. */
export function loseAnswer(fault: OaFault | undefined, res: ServerResponse): boolean {
  if (fault?.kind === 'reset-after-accept') res.socket?.resetAndDestroy();
  return fault?.kind === 'reset-after-accept' || fault?.kind === 'hang-after-accept';
}
