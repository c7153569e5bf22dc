// One OA and its app: whom it knows, what it may send, what that costs, and the accept log.

import { randomBytes } from 'node:crypto';
import { type Journal, openJournal } from '../journal.ts';
import { Media } from '../media.ts';
import { type Accepted, AcceptLog } from '../telegram/accept-log.ts';
import type { SeenMessage } from '../telegram/chat.ts';
import { Faults } from '../telegram/faults.ts';
import { type OaFault, SENDS } from './faults.ts';
import { type Group, newGroup } from './groups.ts';
import { Purse } from './purse.ts';
import { refused } from './refusal.ts';
import { type OaTemplate, TemplateShelf } from './templates.ts';
import { type TokenState, Tokens } from './tokens.ts';
import { Uploads } from './uploads.ts';
import { type OaUser, windowOf } from './user.ts';
import { WebhookDelivery } from './webhook.ts';

/** One message that was taken. `chatId` is the user's id, the group's, or, by phone, the number. */
export type OaAccepted = Accepted & {
  way: 'free' | 'charged' | 'template' | 'phone' | 'group';
  /** What it cost, in đồng. */
  dong: number;
  templateId?: string;
  trackingId?: string;
};

/** What stands in the developer console. */
export type OaConsole = {
  redirectUri: string;
  /** The one challenge that the consent page takes; without it any will do (§1.2 has both). */
  codeChallenge?: string;
};

type OaRecord =
  | { k: 'user'; user: Omit<OaUser, 'seen'> }
  | { k: 'seen'; userId: string; message: SeenMessage }
  | { k: 'accepted'; accepted: OaAccepted }
  | { k: 'tokens'; state: TokenState }
  | { k: 'console'; console: OaConsole }
  | { k: 'webhook'; url: string | null };

export type OaOptions = {
  appId: string;
  appSecret: string;
  webhookKey: string;
  oaId: string;
  name: string;
  package: OaPackage;
  perMinute: number;
  clock: () => number;
  journal: string | undefined;
  templates: readonly OaTemplate[];
  balanceDong: number | null;
  dailyTemplates: number;
  showsQuota: boolean;
  mustProve: boolean;
  receipts: boolean;
  retryMs: readonly number[];
};

/** Consultation messages a month outside 48 hours, by package (facts §1.3); null: no API at all. */
export const PACKAGES = {
  basic: null,
  standard: null,
  growth: { perMinute: 100, consultations: 500, groups: 100 },
  comprehensive: { perMinute: 2000, consultations: 2000, groups: 0 },
} as const;
export type OaPackage = keyof typeof PACKAGES;

/** How long Zalo keeps what people send is not documented; an upload of ours lasts as long. */
const MEDIA_MS = 7 * 86_400_000;

export class Oa {
  readonly options: OaOptions;
  readonly users = new Map<string, OaUser>();
  readonly groups = new Map<string, Group>();
  readonly log = new AcceptLog<OaAccepted>(false);
  /** What was refused, in order: for whoever reads a failing test. */
  readonly refusals: { path: string; code: number; words: string }[] = [];
  readonly faults = new Faults<OaFault>(SENDS);
  readonly tokens: Tokens;
  readonly uploads: Uploads;
  /** What people have sent. */
  readonly media: Media;
  /** Where the API's host listens. */
  root = '';
  readonly templates: TemplateShelf;
  readonly purse: Purse;
  readonly webhook: WebhookDelivery;
  readonly #journal: Journal<OaRecord>;
  #aheadMs = 0;
  console: OaConsole | undefined;
  /** Whether the consent page gives `state` back; that it does is not promised. */
  echoesState = true;
  /** Grows with everything that changes a screen. */
  version = 0;

  constructor(options: OaOptions) {
    this.options = options;
    this.tokens = new Tokens(this.now, (state) => this.#journal.append({ k: 'tokens', state }));
    this.uploads = new Uploads(this.now);
    this.media = new Media(this.now, MEDIA_MS);
    this.templates = new TemplateShelf(options.templates);
    this.purse = new Purse(this.now, PACKAGES[options.package]?.consultations ?? 0, options);
    this.webhook = new WebhookDelivery(options);
    const assets = PACKAGES[options.package]?.groups ? ['gmf100'] : [];
    this.groups = new Map(assets.map((asset) => [asset, newGroup(asset)]));
    const { records, journal } = openJournal<OaRecord>(options.journal);
    this.#journal = journal;
    for (const record of records) this.#replay(record);
  }

  /** Milliseconds since 1970, by the stand-in's own clock. */
  readonly now = (): number => this.options.clock() + this.#aheadMs;

  skip(ms: number): void {
    this.#aheadMs += ms;
  }

  #replay(record: OaRecord): void {
    switch (record.k) {
      case 'user': {
        const seen = this.users.get(record.user.id)?.seen;
        this.users.set(record.user.id, { ...record.user, ...(seen ? { seen } : {}) });
        return;
      }
      case 'seen': {
        const user = this.users.get(record.userId);
        if (user) user.seen = [...(user.seen ?? []), record.message];
        return;
      }
      case 'accepted':
        this.log.accept(record.accepted);
        this.purse.book(record.accepted);
        return;
      case 'tokens':
        this.tokens.restore(record.state);
        return;
      case 'console':
        this.console = record.console;
        return;
      case 'webhook':
        this.webhook.set(record.url ?? undefined);
    }
  }

  /** Changes the console; what was granted before is void (facts §1.2). */
  setConsole(settings: OaConsole): void {
    const before = this.console;
    this.console = settings;
    this.#journal.append({ k: 'console', console: settings });
    if (before && before.redirectUri !== settings.redirectUri) this.tokens.revoke();
  }

  keepWebhook(url: string | undefined): void {
    this.webhook.set(url);
    this.#journal.append({ k: 'webhook', url: url ?? null });
  }

  keep(user: OaUser): void {
    this.users.set(user.id, user);
    const { seen: _, ...rest } = user;
    this.#journal.append({ k: 'user', user: rest });
    this.version++;
  }

  /** Somebody whom the OA may write to at all. @throws Refusal -213, -227 */
  reachable(userId: string): OaUser {
    const user = this.users.get(userId);
    if (!user || user.relation === 'new' || user.relation === 'left' || user.relation === 'withdrawn')
      throw refused(-213);
    if (user.inactive) throw refused(-227);
    return user;
  }

  windowOf(user: OaUser) {
    return windowOf(user.interactedAt, this.now());
  }

  /** A bubble on somebody's screen. */
  show(
    user: OaUser,
    from: 'bot' | 'person',
    look: Pick<SeenMessage, 'text' | 'photo' | 'file'>,
    id = newId(),
  ): SeenMessage {
    const message: SeenMessage = { messageId: id, from, at: this.now(), entities: [], buttons: [], ...look };
    user.seen = [...(user.seen ?? []), message];
    this.#journal.append({ k: 'seen', userId: user.id, message });
    if (from === 'bot') {
      user.unread = [...user.unread, id];
      this.keep(user);
    }
    this.version++;
    return message;
  }

  accept(accepted: OaAccepted): void {
    this.log.accept(accepted);
    this.purse.book(accepted);
    this.#journal.append({ k: 'accepted', accepted });
  }

  refuse(path: string, code: number, words: string): void {
    this.log.refuse(code);
    this.refusals.push({ path, code, words });
  }

  close(): void {
    this.webhook.close();
    this.#journal.close();
  }
}

/** Hex, as message ids look. */
export const newId = (): string => randomBytes(12).toString('hex');
