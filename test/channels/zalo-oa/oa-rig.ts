// An account of the Zalo OA channel on a test's database, connected with a stand-in.

import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { type AccountConfig, openOaPorts, type ZaloOaSettings, zaloOa } from '../../../src/channels/index.ts';
import { writeSecret } from '../../../src/channels/zalo-oa/account.ts';
import type { ZaloOaSandbox } from '../../../src/sandbox/index.ts';
import type { Database } from '../../../src/store/index.ts';
import { sealer } from '../../harness/index.ts';

export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

export type OaRig = {
  ports: ZaloOaSettings;
  account: AccountConfig;
  /** Everything that was logged. */
  log: Record<string, unknown>[];
  open(settings?: Record<string, unknown>): ReturnType<ReturnType<typeof zaloOa>['open']>;
};

/** Roots where nobody listens. */
export const NOWHERE = {
  ZALO_OA_API_ROOT: 'http://127.0.0.1:1',
  ZALO_OA_PHONE_ROOT: 'http://127.0.0.1:1',
  ZALO_OAUTH_ROOT: 'http://127.0.0.1:1',
};

export const rootsOf = ({ apiRoot, phoneRoot, oauthRoot }: ZaloOaSandbox) => ({
  ZALO_OA_API_ROOT: apiRoot,
  ZALO_OA_PHONE_ROOT: phoneRoot,
  ZALO_OAUTH_ROOT: oauthRoot,
});

export function portsOn(
  database: Database,
  roots: typeof NOWHERE,
  now: () => Date,
  log: Record<string, unknown>[] = [],
): ZaloOaSettings {
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  return openOaPorts(
    { ...roots, ZALO_MEDIA_HOSTS: [] },
    { db: database, sealer, clock: { now }, log: logger },
  );
}

export const accountOf = (oa: ZaloOaSandbox, id: string = randomUUID()): AccountConfig => ({
  id,
  name: `${oa.name} (${oa.oaId})`,
  secret: writeSecret({ appSecret: oa.appSecret, webhookKey: oa.webhookKey, verifier: VERIFIER }),
  settings: { appId: oa.appId, oaId: oa.oaId, package: 'comprehensive' },
});

/** With a token pair from the console's explorer. */
export async function oaRig(database: Database, oa: ZaloOaSandbox, now: () => Date): Promise<OaRig> {
  const log: Record<string, unknown>[] = [];
  const ports = portsOn(database, rootsOf(oa), now, log);
  const account = accountOf(oa);
  const pair = oa.explorerPair();
  await ports.tokens.paste(account.id, { access: pair.access_token, refresh: pair.refresh_token });
  return {
    ports,
    account,
    log,
    open: (settings = {}) =>
      zaloOa(ports).open({ ...account, settings: { ...account.settings, ...settings } }),
  };
}
