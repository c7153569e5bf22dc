// Template messages, ZBS (facts/zalo-telegram.md §1.6): paid, approved beforehand, by user id or by phone.

import type { Payload } from '../telegram/payload.ts';
import { newId, type Oa } from './oa.ts';
import { idOf, objectOf, textOf } from './payload.ts';
import { refused } from './refusal.ts';
import { isNight, type OaUser } from './user.ts';

export type OaTemplate = {
  /** Digits. */
  id: string;
  /** What the approved text asks for, and how long each may be. */
  params: Readonly<Record<string, number>>;
  /** `promotion` is refused at night and by those who restrict it. Default: transaction. */
  kind?: 'transaction' | 'promotion';
  /** Default true. */
  approved?: boolean;
  /** Whether it may go by user id. Default true. */
  byUser?: boolean;
  /** Default 300. */
  dong?: number;
};

const DEFAULT_DONG = 300;
const YEAR_MS = 365 * 86_400_000;
const TRACKING_MAX = 48;
/** Sources say 4 or 30 in a month; the stricter one. */
const PROMOTIONS_PER_MONTH = 4;
const MONTH_MS = 30 * 86_400_000;

export class TemplateShelf {
  readonly #all: ReadonlyMap<string, OaTemplate>;

  constructor(templates: readonly OaTemplate[]) {
    this.#all = new Map(templates.map((template) => [template.id, template]));
  }

  /** @throws Refusal -201 */
  find(id: unknown): OaTemplate {
    const template = this.#all.get(idOf(id, 'template_id'));
    if (!template) throw refused(-201, 'template_id');
    return template;
  }
}

/** `POST /v3.0/oa/message/template`. @throws Refusal */
export function sendByUser(oa: Oa, json: Payload): object {
  // Flat, as most sources have it; a nested recipient is in one of them only (§8, 6).
  const body = objectOf(json, 'body', ['user_id', 'template_id', 'template_data']);
  const userId = idOf(body.user_id, 'user_id');
  const template = oa.templates.find(body.template_id);
  const text = filled(template, body.template_data);
  if (template.byUser === false) throw refused(-249);
  if (template.approved === false) throw refused(-131);
  const user = oa.reachable(userId);
  if (user.interactedAt === null || oa.now() - user.interactedAt > YEAR_MS) throw refused(-232);
  if (template.kind === 'promotion') mayAdvertise(oa, user, { night: -234, restricted: -244 });
  const dong = template.dong ?? DEFAULT_DONG;
  if (oa.purse.balanceDong === null) throw refused(-320);
  if (oa.purse.balanceDong < dong) throw refused(-321);
  const { messageId, at } = oa.show(user, 'bot', { text }, newId());
  const about = { templateId: template.id, way: 'template', dong } as const;
  oa.accept({ at, chatId: userId, method: '/v3.0/oa/message/template', text, messageId, ...about });
  return {
    message_id: messageId,
    user_id: userId,
    sent_time: String(at),
    ...(oa.options.showsQuota ? { quota: { quota_type: 'purchase_quota' } } : {}),
  };
}

/** `POST /message/template` of the phone host. @throws Refusal */
export function sendByPhone(oa: Oa, json: Payload): object {
  const members = ['phone', 'template_id', 'template_data', 'tracking_id', 'sending_mode', 'mode'];
  const body = objectOf(json, 'body', members);
  const { phone, sending_mode = '1', mode } = body;
  // Local digits are what schools have; the service wants the country's in front.
  if (typeof phone !== 'string' || !/^84\d{9,10}$/.test(phone)) throw refused(-108);
  if (sending_mode !== '1' && sending_mode !== '3') throw refused(-201, 'sending_mode');
  if (mode !== undefined && mode !== 'development') throw refused(-201, 'mode');
  const trackingId =
    body.tracking_id === undefined ? undefined : textOf(body.tracking_id, 'tracking_id', TRACKING_MAX);
  const template = oa.templates.find(body.template_id);
  const text = filled(template, body.template_data);
  if (template.approved === false) throw refused(-131);
  const user = [...oa.users.values()].find((one) => one.phone === phone);
  if (!user) throw refused(-118);
  if (mode === 'development' && !user.admin) throw refused(-126);
  if (user.restricts) throw refused(-139);
  if (template.kind === 'promotion') mayAdvertise(oa, user, { night: -133, restricted: -139 });
  const dong = mode === 'development' ? 0 : (template.dong ?? DEFAULT_DONG);
  if (oa.purse.balanceDong === null) throw refused(-136);
  if (oa.purse.balanceDong < dong) throw refused(-115);
  if (sending_mode === '1' && oa.purse.templates.remain <= 0) throw refused(-144);
  // The facts know of no refusal of a tracking id that was used before: two calls are two messages, and two bills.
  const { messageId, at } = oa.show(user, 'bot', { text }, newId());
  const about = { templateId: template.id, ...(trackingId === undefined ? {} : { trackingId }) };
  oa.accept({
    at,
    chatId: phone,
    method: '/message/template',
    text,
    messageId,
    way: 'phone',
    dong,
    ...about,
  });
  if (oa.options.receipts)
    oa.webhook.bring(receivedByPhone(oa, phone, { messageId, at, trackingId }), at, FROM_ZNS);
  const { remain, total } = oa.purse.templates;
  return {
    msg_id: messageId,
    sent_time: String(at),
    sending_mode,
    quota: { dailyQuota: String(total), remainingQuota: String(remain) },
  };
}

const FROM_ZNS = { 'X-ZEvent-Server': 'ZNS' };

/** Of the phone product: sender is the OA, recipient the number. */
function receivedByPhone(
  { options }: Oa,
  phone: string,
  { messageId, at, trackingId }: { messageId: string; at: number; trackingId: string | undefined },
) {
  const tracked = trackingId === undefined ? {} : { tracking_id: trackingId };
  return {
    event_name: 'user_received_message',
    sender: { id: options.oaId },
    recipient: { id: phone },
    message: { delivery_time: String(at), msg_id: messageId, ...tracked },
  };
}

/** The text as the person reads it. @throws Refusal -201 a value is missing, -210 too long */
function filled({ id, params }: OaTemplate, value: unknown): string {
  const data = objectOf(value, 'template_data', Object.keys(params));
  const lines = Object.entries(params).map(([name, max]) => `${name}: ${textOf(data[name], name, max)}`);
  return [`[mẫu ${id}]`, ...lines].join('\n');
}

function mayAdvertise(
  oa: Oa,
  user: OaUser,
  { night, restricted }: { night: -234 | -133; restricted: -244 | -139 },
): void {
  const now = oa.now();
  if (isNight(now)) throw refused(night);
  if (user.restricts) throw refused(restricted);
  const got = oa.log.accepted.filter(
    (one) =>
      (one.chatId === user.id || one.chatId === user.phone) &&
      one.templateId !== undefined &&
      oa.templates.find(one.templateId).kind === 'promotion' &&
      now - one.at < MONTH_MS,
  );
  if (got.length >= PROMOTIONS_PER_MONTH) throw refused(-218);
}
