import { tooLate } from '../between-parts.ts';
import type { MessageAttachment } from '../files.ts';
import { fitPicture } from '../fit-picture.ts';
import type { Message, MessagePart, Outcome } from '../port.ts';
import type { OaSettings } from './account.ts';
import type { Answer, OaClient, Request } from './client.ts';
import { type Judge, outcomeOf } from './errors.ts';
import { chooseWay, type Way } from './policy.ts';
import { isCovered, type OaBooks, type Reserved, readQuota } from './spending.ts';
import { templateRequest } from './template.ts';
import { IMAGE_MOST, type Uploads } from './uploads.ts';
import type { OaUsers } from './users.ts';
import { windowOf } from './window.ts';

export type SendTools = {
  accountId: string;
  settings: Pick<OaSettings, 'spend' | 'templates'>;
  client: OaClient;
  uploads: Uploads;
  users: OaUsers;
  books: OaBooks;
  judge: Judge;
};

const HOUR_MS = 3_600_000;
/** Zalo is asked about a person who seems to be outside the window no more often than this. */
const ASK_AGAIN_MS = 12 * HOUR_MS;
/** An attachment that Zalo has forgotten. */
const EXPIRED = -100;
/** Outside the window, whatever we believed. */
const CLOSED = [-230, -232];

/** One of the things that go out in turn: a part of the text, with a picture perhaps, or a file behind it. */
type Piece =
  | { part: MessagePart; picture?: () => Promise<Buffer | null>; instead?: string }
  | { pdf: MessageAttachment };

/**
 * Sends what is not out yet, in order, each piece only if it is free or paid for: the window is looked at before every
 * single one. A picture goes with the last part, whose text stands beside it.
 */
export async function sendMessage(
  tools: SendTools,
  message: Message,
  deadline: AbortSignal,
): Promise<Outcome> {
  const pieces = piecesOf(message);
  let sent = message.partsSent ?? 0;
  if (pieces.length === 0)
    return { kind: 'rejected', reason: 'badContent', detail: 'nothing to send', partsSent: sent };
  let providerId = '';
  while (sent < pieces.length) {
    if (deadline.aborted) return tooLate(sent);
    const way = await wayTo(tools, message, sent, deadline);
    if ('kind' in way) return way;
    if (way.way === 'none') return notAllowed(sent);
    const outcome =
      way.way === 'template'
        ? await sendTemplate(tools, way, message, pieces.length, deadline)
        : await sendPiece(tools, way.dong, message, pieces[sent], sent, deadline);
    if (outcome.kind !== 'accepted') return outcome;
    ({ providerId } = outcome);
    sent = outcome.partsSent;
  }
  return { kind: 'accepted', providerId, partsSent: sent };
}

function piecesOf({ parts, picture, attachment }: Message): Piece[] {
  const texts = parts.length || !picture ? parts : [{ markup: '', plain: picture.alt }];
  const pieces: Piece[] = texts.map((part) => ({ part }));
  const last = pieces.at(-1);
  if (picture && last && 'part' in last) last.picture = async () => picture.png;
  if (!attachment) return pieces;
  if (attachment.type === 'application/pdf') return [...pieces, { pdf: attachment }];
  const fitted = { picture: () => fitPicture(attachment, IMAGE_MOST), instead: attachment.instead };
  if (last && 'part' in last && !last.picture) Object.assign(last, fitted);
  else pieces.push({ part: { markup: '', plain: attachment.name }, ...fitted });
  return pieces;
}

/** Our own record first; Zalo, whose clock counts, is asked when that says no (§1.8). */
async function wayTo(
  tools: SendTools,
  { address, paid }: Message,
  sent: number,
  deadline: AbortSignal,
): Promise<Way | Outcome> {
  const { accountId, users, judge, client, settings } = tools;
  const now = judge.now();
  const seen = await users.seen(accountId, address);
  const known = windowOf(seen.interactedAt, now);
  const asked = seen.askedAt !== null && now.getTime() - seen.askedAt.getTime() < ASK_AGAIN_MS;
  if (known === 'free' || asked) return chooseWay(known, paid?.kind, settings);
  const answer = await client.call({ path: '/v3.0/oa/quota/message', json: { user_id: address } }, deadline);
  if (answer.kind !== 'ok') {
    const outcome = outcomeOf(answer, sent, judge);
    // Nothing was sent, whatever became of the question. Zalo says that it knows nobody there, or that all must wait:
    // that counts for the message too. Any other no leaves us with what we know ourselves.
    if (outcome.kind === 'retry') return { ...outcome, inDoubt: false };
    if (outcome.kind === 'person' || (outcome.kind === 'rejected' && outcome.contact)) return outcome;
  }
  const last = answer.kind === 'ok' ? timeOf(answer.data.last_interaction) : null;
  await users.told(accountId, address, last);
  return chooseWay(windowOf(last ?? seen.interactedAt, now), paid?.kind, settings);
}

/** Milliseconds since 1970, as a number or a text; 0 and nonsense are none. */
function timeOf(value: unknown): Date | null {
  const ms = Number(value);
  return Number.isSafeInteger(ms) && ms > 0 && ms < 8.64e15 ? new Date(ms) : null;
}

function notAllowed(partsSent: number): Outcome {
  const detail = 'a message is not free any more, and the school pays for none';
  return { kind: 'rejected', reason: 'windowClosed', detail, partsSent };
}

async function sendPiece(
  tools: SendTools,
  dong: number,
  message: Message,
  piece: Piece | undefined,
  sent: number,
  deadline: AbortSignal,
): Promise<Outcome> {
  const { address } = message;
  const done = sent + 1;
  const post = (content: object) => {
    const json = { recipient: { user_id: address }, message: content };
    return paidCall(
      tools,
      message,
      dong,
      { path: '/v3.0/oa/message/cs', json },
      { before: sent, done },
      deadline,
    );
  };
  if (!piece) return post({ text: '' });
  if ('pdf' in piece) {
    const { bytes, name, instead } = piece.pdf;
    return withUpload(
      tools,
      () => tools.uploads.pdf(bytes, name, deadline),
      (token) => post({ attachment: { type: 'file', payload: { token } } }),
      sent,
      () => post({ text: instead }),
    );
  }
  const text = piece.part.plain.normalize('NFC');
  const picture = await piece.picture?.();
  // What stands on a picture of ours stands in the text too; for what somebody sent along, there are words with a link.
  const alone = () => post({ text: piece.instead ? `${text}\n\n${piece.instead}` : text });
  if (!piece.picture) return post({ text });
  if (!picture) return alone();
  return withUpload(
    tools,
    () => tools.uploads.image(picture, deadline),
    (id) => post({ text, attachment: imageOf(id) }),
    sent,
    alone,
  );
}

const imageOf = (attachment_id: string) => ({
  type: 'template',
  payload: { template_type: 'media', elements: [{ media_type: 'image', attachment_id }] },
});

const rejected = (reason: 'budgetUsed' | 'unknown', detail: string, partsSent: number): Outcome => ({
  kind: 'rejected',
  reason,
  detail,
  partsSent,
});

/** Uploads, and sends with what came of it; an upload that Zalo has forgotten is made anew, once. */
async function withUpload(
  { judge, uploads }: SendTools,
  upload: () => ReturnType<Uploads['image']>,
  post: (id: string) => Promise<Outcome>,
  sent: number,
  without: () => Promise<Outcome>,
): Promise<Outcome> {
  for (let again = false; ; again = true) {
    const ready = await upload();
    if (ready.kind === 'tooLarge') return without();
    if (ready.kind !== 'ready') {
      const outcome = outcomeOf(ready, sent, judge);
      if (outcome.kind === 'rejected') return without();
      return outcome.kind === 'retry' ? { ...outcome, inDoubt: false } : outcome;
    }
    const outcome = await post(ready.id);
    const expired = outcome.kind === 'rejected' && outcome.detail.startsWith(`${EXPIRED} `);
    if (!expired) return outcome;
    uploads.forget(ready.id);
    if (again) return without();
  }
}

async function sendTemplate(
  tools: SendTools,
  { template, dong }: Extract<Way, { way: 'template' }>,
  message: Message,
  pieces: number,
  deadline: AbortSignal,
): Promise<Outcome> {
  const made = await templateRequest(template, message);
  if ('outcome' in made) return made.outcome;
  const before = message.partsSent ?? 0;
  return paidCall(tools, message, dong, made.request, { before, done: pieces }, deadline);
}

/** One send; what it may cost is taken from the month's cap before, and given back when it cost nothing. */
async function paidCall(
  { accountId, settings, client, books, users, judge }: SendTools,
  { address, deliveryId, paid }: Message,
  dong: number,
  request: Request,
  { before, done }: { before: number; done: number },
  deadline: AbortSignal,
): Promise<Outcome> {
  const send = { deliveryId, part: before, again: paid?.urgent === true };
  const money = dong === 0 ? 'none' : await books.reserve(accountId, dong, settings.spend.capDong, send);
  if (money === 'capUsed') return rejected('budgetUsed', `no ${dong} đồng left of the month's cap`, before);
  if (money === 'paidBefore') return rejected('unknown', 'paid for once, and its answer was lost', before);
  const known = await users.seen(accountId, address);
  const answer = await client.call(request, deadline);
  const quota = await keepAccount(books, accountId, money, answer);
  if (answer.kind === 'ok') {
    // Zalo has counted what we took for free: our record of this person is wrong, and Zalo is asked before the next one.
    if (money === 'none' && quota !== null && quota.name !== 'reply') {
      judge.log.error(
        { accountId, quota: quota.name },
        'Zalo OA: a message was not free as it should have been',
      );
      await users.closed(accountId, address, known.interactedAt);
    }
    return { kind: 'accepted', providerId: idOf(answer.data), partsSent: done };
  }
  if (answer.kind === 'refused' && CLOSED.includes(answer.code))
    await users.closed(accountId, address, known.interactedAt);
  return outcomeOf(answer, before, judge);
}

/** What is in doubt stays spent: the safe side. So does what the database does not take back. */
async function keepAccount(
  books: OaBooks,
  accountId: string,
  money: Reserved | 'none',
  answer: Answer,
): Promise<ReturnType<typeof readQuota>> {
  const quota = answer.kind === 'ok' ? readQuota(answer.data) : null;
  const unsent = answer.kind !== 'ok' && !(answer.kind === 'silent' && answer.inDoubt);
  if (money !== 'none' && (unsent || isCovered(quota))) await books.giveBack(money).catch(() => undefined);
  if (quota) await books.note(accountId, quota).catch(() => undefined);
  return quota;
}

function idOf({ message_id, msg_id }: Record<string, unknown>): string {
  const id = message_id ?? msg_id;
  return typeof id === 'string' ? id : '';
}
