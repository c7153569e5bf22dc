// One conversation, every chat channel: a person who types and chooses, whatever the channel has for choosing.

import { expect } from 'vitest';
import { connectChannel } from '../../src/commands/setup.ts';
import { PURPOSES } from '../../src/notices/index.ts';
import { type SeenMessage, startZaloBot, startZaloOa, type ZaloBotSandbox } from '../../src/sandbox/index.ts';
import { addStaff, findClass, issueStaffCode } from '../../src/school/index.ts';
import type { Role } from '../../src/store/prisma/enums.ts';
import { rootsOf } from '../channels/zalo-oa/oa-rig.ts';
import {
  allHandled as allOfTelegram,
  newCodes,
  newGuardian,
  newPupil,
  openTown,
  type Town,
} from '../flow/town.ts';
import { atEnd, until } from '../harness/index.ts';
import { connectOa, numberedChatter } from './numbered-chat.ts';
import { bring, deliveryOf } from './wire.ts';

const ZALO_TOKEN = '7100000001:ZALO-this_is_the_tokens_secret_part_x';

/** Every one; the conversation suite (every-chat.test.ts) runs on all of them. */
export const ALL_CHATS = ['telegram', 'zalo-bot', 'zalo-oa'] as const;
export type ChatChannel = (typeof ALL_CHATS)[number];
/** One with buttons, one with numbers: enough for what is told from the others by nothing else. */
export const CHAT_CHANNELS = ['telegram', 'zalo-bot'] as const;

export interface Chatter {
  readonly chatId: string;
  readonly channel: ChatChannel;
  /** What the bot has written, as it stands on the screen. */
  said(): readonly string[];
  /** Types, and returns everything that the hub answered to it. */
  type(text: string): Promise<string>;
  /** Types one after the other without waiting; returns all answers. */
  typeAll(...texts: string[]): Promise<string>;
  /** Presses the newest button with that label, or types its number; returns what was answered, toasts included. */
  choose(label: string | RegExp): Promise<string>;
  /** Sends a picture, or, with a name, a file; returns what was answered. */
  send(bytes: Buffer, caption?: string, name?: string): Promise<string>;
  /** What the bot has written, with pictures and files. */
  got(): readonly SeenMessage[];
  /** The labels that the newest message offers. */
  offers(): string[];
}

export type ChatTown = Town & {
  zalo: ZaloBotSandbox;
  zaloLane: string;
  person(channel: ChatChannel): Chatter;
  /** The provider brings these words of a person so many times at once; returns all answers. */
  bring(person: Chatter, text: string, times: number): Promise<string>;
  /** Says something in a group that the bot is in, and returns what it answers there. */
  inGroup(channel: 'telegram' | 'zalo-bot', ...texts: string[]): Promise<string[]>;
  /** Every update of Telegram has been worked through. */
  settled(): Promise<void>;
};

export type Family = { pupil: string; guardian: string; person: Chatter };

/** @param withOa whether there is an Official Account, too */
export async function openChatTown(
  more: Record<string, string> = {},
  { withOa = false } = {},
): Promise<ChatTown> {
  const zalo = await startZaloBot({ token: ZALO_TOKEN, name: 'Bot Trường Hoa Mai' });
  let now = () => Date.now();
  const oa = await startZaloOa({
    package: 'comprehensive',
    perMinute: 0,
    // A receipt is looked at later on purpose; nobody here waits for one.
    receipts: false,
    clock: () => now(),
  });
  atEnd(() => Promise.all([zalo.stop(), oa.stop()]));
  const town = await openTown({
    ...rootsOf(oa),
    ZALO_BOT_API_ROOT: zalo.root,
    ZALO_BOT_USERS: '1000',
    ZALO_BOT_MESSAGES: '100000',
    ...more,
  });
  const zaloLane = await connectChannel(town.hub, town.school, 'zalo-bot', ZALO_TOKEN, null);
  now = () => town.now().getTime();
  const oaLane = withOa ? await connectOa(town, oa) : '';
  const laneOf = { telegram: town.bot, 'zalo-bot': zaloLane, 'zalo-oa': oaLane };
  await town.hub.db.prisma.channelAccount.updateMany({ data: { perSecond: 0, perAddressMs: 0 } });
  await town.hub.follow();

  const settled = async (): Promise<void> => void (await allOfTelegram(town));

  const matches = (label: string, wanted: string | RegExp) =>
    typeof wanted === 'string' ? label === wanted : wanted.test(label);

  function onTelegram(): Chatter {
    const person = town.telegram.person();
    let started = false;
    const bot = () => person.messages().filter((one) => one.from === 'bot');
    const look = () => bot().map(({ text, messageId }) => `${messageId}\n${text}`);
    const after = async (act: () => void): Promise<string> => {
      const [seen, toast] = [look(), person.toast()];
      act();
      await settled();
      const shown = look().filter((one) => !seen.includes(one));
      const popped = person.toast();
      const texts = shown.map((one) => one.slice(one.indexOf('\n') + 1));
      return [...(popped && popped !== toast ? [popped] : []), ...texts].join('\n');
    };
    const typeAll = async (...texts: string[]): Promise<string> => {
      if (!started) {
        person.start();
        started = true;
        await settled();
      }
      return after(() => {
        for (const text of texts) person.type(text);
      });
    };
    return {
      chatId: person.chatId,
      channel: 'telegram',
      said: () => bot().map(({ text }) => text),
      got: bot,
      send: (bytes, caption, name) =>
        after(() =>
          name === undefined ? person.sendPhoto(bytes, caption) : person.sendDocument(bytes, name, caption),
        ),
      type: (text) => typeAll(text),
      typeAll,
      async choose(label) {
        const found = bot()
          .toReversed()
          .flatMap((one) => one.buttons.flat().map((button) => ({ one, button })))
          .find(({ button }) => matches(button.label, label));
        if (!found?.button.data)
          throw new Error(`no button ${label}; the last message: ${bot().at(-1)?.text}`);
        const { one, button } = found;
        return after(() => person.press(button.data ?? '', one.messageId));
      },
      offers: () =>
        bot()
          .at(-1)
          ?.buttons.flat()
          .map(({ label }) => label) ?? [],
    };
  }

  function person(channel: ChatChannel): Chatter {
    if (channel === 'telegram') return onTelegram();
    const lane = laneOf[channel];
    if (channel === 'zalo-bot') {
      const one = zalo.person();
      return numberedChatter({ town, channel, lane, chatId: one.chatId, person: one });
    }
    const one = oa.person();
    const sendImage = (bytes: Buffer, caption?: string) => one.sendImages([bytes], caption);
    const { type, messages } = one;
    return numberedChatter({
      ...{ town, channel, lane, chatId: one.userId },
      person: { type, messages, sendImage },
    });
  }

  const allHandled = () =>
    until('every update to be handled', async () => {
      return (await town.hub.db.prisma.inboundUpdate.count({ where: { handledAt: null } })) === 0;
    });

  async function bringTo({ channel, chatId, said }: Chatter, text: string, times: number): Promise<string> {
    const before = said().length;
    const delivery = deliveryOf(town, oa, { channel, accountId: laneOf[channel] }, chatId, text);
    const answers = await bring(town, Array<typeof delivery>(times).fill(delivery));
    expect(answers).toEqual(answers.map(() => 200));
    await allHandled();
    return said().slice(before).join('\n');
  }

  async function inGroup(channel: 'telegram' | 'zalo-bot', ...texts: string[]): Promise<string[]> {
    const group = channel === 'telegram' ? town.telegram.group() : zalo.group();
    for (const text of texts)
      if ('say' in group) group.say({ userId: '4711', firstName: 'Phụ huynh' }, text);
      else group.type(text);
    const where = { chatKey: group.chatId, handledAt: { not: null } };
    const heard = () => town.hub.db.prisma.inboundUpdate.count({ where });
    const patience = { withinMs: 25_000 };
    await until('the group to be heard', async () => (await heard()) >= texts.length, patience);
    await allHandled();
    const answers = group.messages().filter(({ from }) => from === 'bot');
    return answers.map(({ text }) => text ?? '');
  }

  return {
    ...town,
    zalo,
    zaloLane,
    person,
    bring: bringTo,
    inGroup,
    settled,
  };
}

/** A parent whose chat is linked, and who has agreed to everything unless `agrees` is false. */
export async function linkedFamily(
  town: ChatTown,
  channel: ChatChannel,
  { fullName = 'Triệu Thị Ngọc Hân', className = '6A1', agrees = true } = {},
): Promise<Family> {
  const pupil = await newPupil(town.hub, town.school, fullName, className);
  const guardian = await newGuardian(town.hub, town.school, [pupil]);
  const person = town.person(channel);
  await linkWith(town, person, guardian, pupil, className);
  if (agrees) await person.choose('Đồng ý cả ba');
  return { pupil, guardian, person };
}

/** Sends a new code of this guardian and pupil from the person's chat. */
export async function linkWith(
  town: ChatTown,
  person: Chatter,
  guardian: string,
  pupil: string,
  className = '6A1',
): Promise<string> {
  const code = (await newCodes(town, town.school, className))(guardian, pupil);
  return person.type(code);
}

/** A parent who has agreed to everything and whose chat is open, without having gone through the talk for that. */
export async function toldFamily(
  town: ChatTown,
  channel: ChatChannel,
  className: string,
  fullName: string,
): Promise<Chatter> {
  const { prisma } = town.hub.db;
  const person = town.person(channel);
  await person.type('/start');
  const pupilId = await newPupil(town.hub, town.school, fullName, className);
  const guardianId = await newGuardian(town.hub, town.school, [pupilId]);
  await prisma.contact.create({
    data: {
      ...{ schoolId: town.school, guardianId, channel, address: person.chatId, state: 'active' },
      accountId: channel === 'telegram' ? town.bot : town.zaloLane,
    },
  });
  await prisma.consent.createMany({
    data: PURPOSES.map((purpose) => ({
      ...{ guardianId, pupilId, purpose, agreed: true, changedAt: town.now() },
    })),
  });
  return person;
}

export type Staff = { name: string; code: string; person: Chatter };

let count = 0;
/** A member of staff with a code for their chat; the class must be there. */
export async function newStaff(
  town: ChatTown,
  channel: ChatChannel,
  role: string,
  className?: string,
): Promise<Staff> {
  const name = `Nông Thị Cô ${['Một', 'Hai', 'Ba', 'Bốn', 'Năm', 'Sáu', 'Bảy', 'Tám', 'Chín', 'Mười'][count] ?? count}`;
  count++;
  const { db, signer, clock } = town.hub;
  const about = { schoolId: town.school, actor: 'cli' };
  const classId = className
    ? (await findClass(db.prisma, { schoolId: town.school, name: className })).id
    : null;
  const { id: staffId } = await addStaff(
    db.prisma,
    { ...about, fullName: name, role: role as Role, classId },
    clock.now(),
  );
  const code = await issueStaffCode(db.prisma, signer, { ...about, staffId, days: 60 }, clock.now());
  return { name, code, person: town.person(channel) };
}

/** The same with a linked chat. */
export async function linkedStaff(
  town: ChatTown,
  channel: ChatChannel,
  role: string,
  className?: string,
): Promise<Staff> {
  const one = await newStaff(town, channel, role, className);
  expect(await one.person.type(one.code)).toContain(`Xin chào ${one.name}`);
  return one;
}
