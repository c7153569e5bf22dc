import type { Hub } from '../src/app.ts';
import { finishOa, noteOa, openAccounts } from '../src/channels/index.ts';
import type { ZaloOaPerson, ZaloOaSandbox } from '../src/sandbox/index.ts';
import { oaWebhookPath } from '../src/web/index.ts';
import type { Parent, Town } from './parents.ts';
import { confirmByTyping, linkByTyping } from './typing.ts';
import { until } from './until.ts';

// The parents on the school's Official Account. Days pass between linking and the notices: to those who were silent
// meanwhile, a message is not free any more, and the school of the demo pays for none.

/** `talks`: writes again on the day of the notices. `silent`: does not. */
export type OaHabit = 'talks' | 'silent' | 'noOa';

const CLASS = '6A1';
/** So many of those with no other way, and of those with e-mail, whose message goes there instead. */
const WITHOUT_MAIL: readonly OaHabit[] = ['talks', 'silent', 'talks'];
const WITH_MAIL: readonly OaHabit[] = ['silent', 'silent'];
/** Longer than a message stays free, shorter than the week after which none can be sent at all. */
export const SILENCE_MS = 3 * 86_400_000;
const ACTOR = 'demo';

/** Gives the Official Account to parents of one class who have no Telegram. */
export function castOa(parents: readonly Parent[]): Parent[] {
  const without = [...WITHOUT_MAIL];
  const withMail = [...WITH_MAIL];
  return parents.map((parent) => {
    if (!parent.title.endsWith(CLASS) || parent.chat !== 'noPhone') return parent;
    const mayHave = parent.email === null ? without : parent.mail === 'agrees' ? withMail : [];
    return { ...parent, oa: mayHave.shift() ?? 'noOa' };
  });
}

/** Connects the OA as `lienlac oa connect` does with a pasted pair, and tells Zalo where events are heard. */
export async function connectOa(hub: Hub, orgUnitId: string, oa: ZaloOaSandbox): Promise<void> {
  const { db, sealer, channels, log, clock } = hub;
  const { appId, appSecret, webhookKey } = oa;
  const ports = { db: db.prisma, now: clock.now(), actor: ACTOR };
  const app = { orgUnitId, appId, appSecret, webhookKey, package: 'comprehensive' } as const;
  const { id } = await noteOa({ ...ports, sealer }, app);
  const accounts = openAccounts(db.prisma, channels, sealer, log);
  try {
    const { connection } = await accounts.open(id);
    const { access_token: access, refresh_token: refresh } = oa.explorerPair();
    await connection.consent?.paste({ access, refresh });
    await finishOa(ports, id, connection);
  } finally {
    await accounts.close();
  }
  const status = await oa.setWebhook(`${hub.url}${oaWebhookPath(appId)}`);
  if (status !== 200) throw new Error(`demo: the webhook answered ${status}`);
}

/** The id is this one in every run, as a chat's on Telegram is. */
export const oaUserId = (parent: Parent): string => `1${parent.chatId.padStart(18, '0')}`;

const onOa = ({ parents }: Town) => parents.filter((parent) => parent.oa !== 'noOa');
const personOf = (town: Town, parent: Parent): ZaloOaPerson => {
  const name = parent.title.split(' – ')[0];
  return town.oa.person(oaUserId(parent), name === undefined ? {} : { name });
};

/** Parents type their code and answer the question by its number. @returns how many are linked. */
export async function linkOa(town: Town): Promise<number> {
  const linked = await town.office.db.prisma.contact.findMany({ where: { channel: 'zalo-oa' } });
  const before = new Set(linked.map((contact) => contact.guardianId));
  const waiting = onOa(town).filter((parent) => !before.has(parent.guardianId));
  await Promise.all(
    waiting.map((parent) => linkByTyping(personOf(town, parent), oaUserId(parent), parent.codes)),
  );
  return onOa(town).length;
}

/** Some write again; the hub knows it before anything is sent. */
export async function talkAgain(town: Town): Promise<void> {
  const { prisma } = town.office.db;
  for (const parent of onOa(town).filter(({ oa }) => oa === 'talks')) {
    const since = new Date(town.oa.now());
    personOf(town, parent).send('sticker');
    await until(
      async () =>
        (await prisma.oaUser.count({ where: { userId: oaUserId(parent), interactedAt: { gte: since } } })) >
        0,
      `${oaUserId(parent)} to be heard`,
    );
  }
}

/** One look at the phone. */
export function lookAtOa(
  town: Town,
  parent: Parent,
  pressed: Set<string>,
  confirms: (text: string) => boolean,
): void {
  if (parent.oa !== 'noOa') confirmByTyping(personOf(town, parent), pressed, confirms);
}
