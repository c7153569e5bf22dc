// A stand-in for Zalo's Official Account: three hosts in front (OpenAPI, templates by phone, OAuth), one OA behind. It
// proves agreement with facts/zalo-telegram.md §1, §2 and §7, not with Zalo: there is no sandbox of theirs to compare with.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MediaFault } from '../media.ts';
import type { FaultHandle } from '../telegram/faults.ts';
import { answerCalls } from './answer-call.ts';
import type { OaFault } from './faults.ts';
import type { Group } from './groups.ts';
import { Oa, type OaAccepted, type OaConsole, type OaPackage, PACKAGES } from './oa.ts';
import { answerOauth, consent } from './oauth.ts';
import { personOf, type ZaloOaPerson } from './person.ts';
import { Rate } from './rate.ts';
import type { OaTemplate } from './templates.ts';
import type { WirePair } from './tokens.ts';
import type { OaUser } from './user.ts';
import { type EventDelivery, isWebhookAddress } from './webhook.ts';

export type ZaloOaOptions = {
  /** Default: free ones. */
  ports?: { api: number; phone: number; oauth: number };
  appId?: string;
  /** Of the app, for the token endpoint and `appsecret_proof`. */
  appSecret?: string;
  /** Of the webhook's settings: another one (§2.2). */
  webhookKey?: string;
  oaId?: string;
  name?: string;
  /** Default `growth`; `basic` and `standard` have no API. */
  package?: OaPackage;
  /** Requests in any 60 seconds; default the package's, 0: no limit. */
  perMinute?: number;
  /** Milliseconds since 1970; tokens, windows, quotas, nights and uploads go by it, and by `skip`. */
  clock?: () => number;
  /** Path of an append-only JSONL file: people, what was said, tokens and console survive; uploads and groups do not. */
  journal?: string;
  templates?: readonly OaTemplate[];
  /** Of the Zalo Cloud Account, in đồng; null: there is none. Default null. */
  balanceDong?: number | null;
  /** Templates by phone in a day; default 500. */
  dailyTemplates?: number;
  /** Whether answers to sends tell the quota; default true. */
  showsQuota?: boolean;
  /** Whether calls without `appsecret_proof` are refused; default false. A wrong one always is. */
  mustProve?: boolean;
  /** Whether phones tell at once that a message has come; default true. */
  receipts?: boolean;
  /** Waits before an event is brought again when nobody could be reached; default as documented, from 30 s to 1 h. */
  retryMs?: readonly number[];
};

export interface ZaloOaSandbox {
  /** For `ZALO_OA_API_ROOT`, `ZALO_OA_PHONE_ROOT`, `ZALO_OAUTH_ROOT`. */
  readonly apiRoot: string;
  readonly phoneRoot: string;
  readonly oauthRoot: string;
  readonly ports: { api: number; phone: number; oauth: number };
  readonly appId: string;
  readonly appSecret: string;
  readonly webhookKey: string;
  readonly oaId: string;
  readonly name: string;
  /** Messages that were taken, in order. */
  readonly accepted: readonly OaAccepted[];
  /** How many calls were refused, by error code, and each of them with what was wrong. */
  readonly refusals: Readonly<Record<number, number>>;
  readonly refused: readonly { path: string; code: number; words: string }[];
  /** How often each path was called. */
  readonly calls: Readonly<Record<string, number>>;
  readonly version: number;
  /** What all sends have cost, in đồng. */
  readonly spentDong: number;
  readonly consultations: { remain: number; total: number };
  /** How many token pairs were given. */
  readonly pairsIssued: number;
  readonly uploads: number;
  readonly groups: readonly Group[];
  /** Every try to bring an event. */
  readonly deliveries: readonly EventDelivery[];
  /** Events that are on the way, held back, or wait for another try. */
  readonly pendingEvents: number;
  now(): number;
  /** Puts the stand-in's clock forward (or back). */
  skip(ms: number): void;
  /** Default: hits sends. */
  fault(fault: OaFault): FaultHandle;
  /** What the next fetch of a file that somebody has sent comes to. */
  mediaFault(fault: MediaFault): void;
  /** How many such files were fetched. */
  readonly mediaServed: number;
  clearFaults(): void;
  /** The person with that id; made when new. Default id: the next free one. */
  person(userId?: string, about?: { name?: string; phone?: string }): ZaloOaPerson;
  persons(): ZaloOaPerson[];
  /** What stands in the developer console. Another redirect address voids what was granted. */
  console(settings: OaConsole): void;
  /** What a manager's browser does on the consent page: the address it comes back to. @throws Error -14002, -14003 … */
  consent(url: string, echoState?: boolean): string;
  /** A token pair from the API Explorer, without a consent page. */
  explorerPair(): WirePair;
  /** The access token is expired from now on; the refresh token is not. */
  expireAccess(): void;
  /** Everything that was granted is void. */
  revoke(): void;
  /** Saves the app's webhook address in the console, which sends the unsigned probe. @returns the probe's status */
  setWebhook(url: string | null): Promise<number>;
  /** Undefined: none, or switched off after the last try. */
  readonly webhookUrl: string | undefined;
  /** The console's test button: a signed event with dummy ids. */
  testWebhook(): void;
  /** A signed event as it stands, e.g. of a kind that nobody expects. */
  tell(event: Record<string, unknown>): void;
  /** Any bytes with any headers to the webhook's address. */
  tellRaw(raw: string, headers: Record<string, string>): void;
  /** The last event once more. */
  tellAgain(): void;
  /** Events wait until `releaseEvents`, which brings them as `arrange` orders them (twice, backwards …). */
  holdEvents(): void;
  releaseEvents(arrange?: <T>(events: T[]) => T[]): void;
  /** Hangs up on everybody. */
  stop(): Promise<void>;
}

const RETRY_MS = [30_000, 300_000, 900_000, 1_800_000, 3_600_000];
const KEEP_ALIVE_MS = 60_000;
const FIRST_USER = 1_000_000_000_000_000_001n;

export async function startZaloOa(options: ZaloOaOptions = {}): Promise<ZaloOaSandbox> {
  const chosen = options.package ?? 'growth';
  const oa = new Oa({
    appId: options.appId ?? '4310000000000000001',
    appSecret: options.appSecret ?? 'SANDBOX-app-secret-000000000',
    webhookKey: options.webhookKey ?? 'SANDBOX-webhook-key-00000000',
    oaId: options.oaId ?? '3000000000000000003',
    name: options.name ?? 'Trường thử',
    package: chosen,
    perMinute: options.perMinute ?? PACKAGES[chosen]?.perMinute ?? 0,
    clock: options.clock ?? Date.now,
    journal: options.journal,
    templates: options.templates ?? [],
    balanceDong: options.balanceDong ?? null,
    dailyTemplates: options.dailyTemplates ?? 500,
    showsQuota: options.showsQuota ?? true,
    mustProve: options.mustProve ?? false,
    receipts: options.receipts ?? true,
    retryMs: options.retryMs ?? RETRY_MS,
  });
  const rate = new Rate(oa.now, oa.options.perMinute);
  const servers = await Promise.all([
    listen(answerCalls(oa, 'oa', rate), options.ports?.api),
    listen(answerCalls(oa, 'phone', rate), options.ports?.phone),
    listen(answerOauth(oa), options.ports?.oauth),
  ]);
  const [api, phone, oauth] = servers.map((server) => (server.address() as AddressInfo).port) as [
    number,
    number,
    number,
  ];
  const root = (port: number) => `http://127.0.0.1:${port}`;
  oa.root = root(api);
  const { appId, appSecret, webhookKey, oaId, name } = oa.options;
  return {
    apiRoot: root(api),
    phoneRoot: root(phone),
    oauthRoot: root(oauth),
    ports: { api, phone, oauth },
    ...{ appId, appSecret, webhookKey, oaId, name },
    accepted: oa.log.accepted,
    refusals: oa.log.refusals,
    refused: oa.refusals,
    calls: oa.log.calls,
    get version() {
      return oa.version;
    },
    get spentDong() {
      return oa.purse.spentDong;
    },
    get consultations() {
      return oa.purse.consultations;
    },
    get pairsIssued() {
      return oa.tokens.issued;
    },
    get uploads() {
      return oa.uploads.count;
    },
    get groups() {
      return [...oa.groups.values()].filter(({ id }) => id !== '');
    },
    deliveries: oa.webhook.deliveries,
    get pendingEvents() {
      return oa.webhook.pending;
    },
    now: oa.now,
    skip: (ms) => oa.skip(ms),
    fault: (fault) => oa.faults.add(fault),
    mediaFault: (fault) => oa.media.fault(fault),
    get mediaServed() {
      return oa.media.served;
    },
    clearFaults: () => oa.faults.clear(),
    person: (userId, about) => personOf(oa, userOf(oa, userId ?? freeId(oa), about)),
    persons: () => [...oa.users.values()].map((user) => personOf(oa, user)),
    console: (settings) => oa.setConsole(settings),
    consent: (url, echoState = true) => {
      oa.echoesState = echoState;
      return consent(oa, new URL(url).searchParams);
    },
    explorerPair: () => oa.tokens.give(),
    expireAccess: () => oa.tokens.expireAccess(),
    revoke: () => oa.tokens.revoke(),
    async setWebhook(url) {
      if (url === null) {
        oa.keepWebhook(undefined);
        return 0;
      }
      if (!isWebhookAddress(url)) throw new Error('a webhook is https on a domain name, without a port');
      const status = await oa.webhook.probe(url);
      if (status === 200) oa.keepWebhook(url);
      return status;
    },
    get webhookUrl() {
      return oa.webhook.url;
    },
    testWebhook: () =>
      oa.webhook.bring(
        {
          event_name: 'user_send_text',
          sender: { id: '246845883529197922' },
          recipient: { id: '388613280878808645' },
          user_id_by_app: '552177279717587730',
          message: { msg_id: 'This is message id', text: 'This is testing message' },
        },
        oa.now(),
      ),
    tell: (event) => oa.webhook.bring(event, oa.now()),
    tellRaw: (raw, headers) => oa.webhook.bringRaw('raw', raw, headers),
    tellAgain: () => oa.webhook.again(),
    holdEvents: () => oa.webhook.hold(),
    releaseEvents: (arrange) => oa.webhook.release(arrange),
    async stop() {
      oa.close();
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
}

function listen(listener: RequestListener, port = 0): Promise<Server> {
  const server = createServer(
    { keepAlive: true, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, headersTimeout: 0 },
    listener,
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function userOf(oa: Oa, id: string, about: { name?: string; phone?: string } = {}): OaUser {
  const known = oa.users.get(id);
  const same = (about.name ?? known?.name) === known?.name && (about.phone ?? known?.phone) === known?.phone;
  if (known && same) return known;
  const user = known ?? {
    id,
    name: `Phụ huynh ${id.slice(-4)}`,
    relation: 'new' as const,
    interactedAt: null,
    phone: null,
    inactive: false,
    restricts: false,
    admin: false,
    unread: [],
  };
  Object.assign(user, about);
  oa.keep(user);
  return user;
}

const freeId = (oa: Oa): string => String(FIRST_USER + BigInt(oa.users.size));
