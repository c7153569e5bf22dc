import type { Office } from '../src/office.ts';
import {
  findLink,
  type Mail,
  type MailSandbox,
  type Person,
  type TelegramSandbox,
  type ZaloBotSandbox,
  type ZaloOaSandbox,
} from '../src/sandbox/index.ts';
import { guardianTitle, issueCodes, showLinkCode } from '../src/school/index.ts';
import { castOa, lookAtOa, type OaHabit } from './oa.ts';
import { until } from './until.ts';
import { castPilot, lookAtZalo, type ZaloHabit } from './zalo.ts';

// The parents of the sample school: who they are comes from the files, what they do from this page.

/** What a parent does with the paper that the school gave them. */
export type ChatHabit = 'agrees' | 'refuses' | 'blocks' | 'unlinks' | 'deletesAccount' | 'noPhone';
/** What a parent does with the confirmation mail. */
export type MailHabit = 'agrees' | 'refuses' | 'unopened' | 'bounces';
/** When a parent presses "Đã nhận". */
type Confirms = 'atOnce' | 'afterReminder' | 'never';

export type Parent = {
  guardianId: string;
  title: string;
  /** One paper for each child. */
  codes: string[];
  email: string | null;
  chat: ChatHabit;
  mail: MailHabit;
  zalo: ZaloHabit;
  oa: OaHabit;
  confirms: Confirms;
  /** The chat is this one in every run, so that a demo that was killed knows it again. */
  chatId: string;
};

const FIRST_CHAT = 700_000_001;
const CONFIRM_LABELS = ['Đã nhận', 'Received'];
const SMALL_WAIT_MS = 50;

/** New papers for every class, and what each parent will do. */
export async function castParents(office: Office, schoolId: string): Promise<Parent[]> {
  const classes = await office.db.prisma.schoolClass.findMany({
    where: { schoolId },
    orderBy: { name: 'asc' },
  });
  const parents = new Map<string, Parent>();
  for (const { id: classId } of classes) {
    const codes = await issueCodes(
      office.db.prisma,
      office.signer,
      { schoolId, classId, days: 60, actor: 'demo' },
      office.clock.now(),
    );
    for (const one of codes) {
      const known = parents.get(one.guardianId);
      if (known) known.codes.push(one.code);
      else {
        const title = guardianTitle({ fullName: one.guardian }, { fullName: one.pupil }, 'vi');
        parents.set(one.guardianId, blank(one.guardianId, `${title} – ${one.className}`, one.code));
      }
    }
  }
  const contacts = await office.db.prisma.contact.findMany({ where: { schoolId, channel: 'email' } });
  for (const contact of contacts) {
    const parent = parents.get(contact.guardianId);
    if (parent) parent.email = contact.address;
  }
  return castPilot(castOa(giveHabits([...parents.values()])));
}

const blank = (guardianId: string, title: string, code: string): Parent => ({
  guardianId,
  title,
  codes: [code],
  email: null,
  chat: 'noPhone',
  mail: 'unopened',
  zalo: 'noZalo',
  oa: 'noOa',
  confirms: 'never',
  chatId: '',
});

/** Every habit occurs, in 6A1, where both notices go; parents of two children always agree, so that siblings are seen. */
function giveHabits(parents: Parent[]): Parent[] {
  const chats: ChatHabit[] = ['agrees', 'noPhone', 'noPhone', 'agrees', 'noPhone'];
  const rare: ChatHabit[] = ['refuses', 'blocks', 'unlinks', 'deletesAccount'];
  const mails: MailHabit[] = ['agrees', 'agrees', 'unopened', 'agrees', 'refuses', 'agrees', 'bounces'];
  const confirms: Confirms[] = [
    'atOnce',
    'atOnce',
    'never',
    'atOnce',
    'afterReminder',
    'atOnce',
    'afterReminder',
  ];
  let withMail = 0;
  return parents.map((parent, index) => {
    const usual = chats[index % chats.length] ?? 'noPhone';
    const mayBeRare = !parent.email && parent.codes.length === 1 && parent.title.endsWith('6A1');
    const chat = parent.codes.length > 1 ? 'agrees' : mayBeRare ? (rare.shift() ?? usual) : usual;
    const mail = parent.email ? (mails[withMail++ % mails.length] ?? 'agrees') : 'unopened';
    return {
      ...parent,
      chat,
      mail,
      confirms: confirms[index % confirms.length] ?? 'never',
      chatId: String(FIRST_CHAT + index),
    };
  });
}

export type Town = {
  parents: Parent[];
  telegram: TelegramSandbox;
  zalo: ZaloBotSandbox;
  oa: ZaloOaSandbox;
  mail: MailSandbox;
  office: Office;
};

const chatters = ({ parents }: Town) => parents.filter((parent) => parent.chat !== 'noPhone');

export const personOf = (town: Town, parent: Parent): Person =>
  town.telegram.person(parent.chatId, { firstName: parent.title.split(' – ')[0] ?? parent.title });

/** Parents type their codes into the real bot and answer its question. @returns how many chats are linked. */
export async function linkChats(town: Town): Promise<number> {
  const { prisma } = town.office.db;
  const before = new Set(
    (await prisma.contact.findMany({ where: { channel: 'telegram' } })).map((contact) => contact.guardianId),
  );
  const waiting = chatters(town).filter((parent) => !before.has(parent.guardianId));
  await Promise.all(waiting.map((parent) => linkChat(town, parent)));
  return chatters(town).length;
}

async function linkChat(town: Town, parent: Parent): Promise<void> {
  const person = personOf(town, parent);
  const questions = () =>
    person.messages().filter((message) => message.from === 'bot' && message.buttons.length);
  for (const [index, code] of parent.codes.entries()) {
    // The first child by the link on the paper, the next one by typing the code.
    if (index === 0) person.start(code);
    else person.type(showLinkCode(code));
    await until(() => questions().length > index, `an answer to ${parent.chatId}'s code`);
    const question = questions()[index];
    const button = question?.buttons
      .flat()
      .find((one) => one.label === (parent.chat === 'refuses' ? 'Không' : 'Đồng ý cả ba'));
    person.press(button?.data ?? '', question?.messageId);
    await until(() => questions()[index]?.editedAt !== undefined, `${parent.chatId}'s answer to be noted`);
  }
}

/** Some change their minds before the first notice. */
export async function changeMinds(town: Town): Promise<void> {
  const { prisma } = town.office.db;
  const stateOf = async (parent: Parent) =>
    (await prisma.contact.findFirst({ where: { guardianId: parent.guardianId, channel: 'telegram' } }))
      ?.state;
  for (const parent of chatters(town)) {
    const person = personOf(town, parent);
    if (parent.chat === 'blocks' && person.state === 'started') {
      person.block();
      await until(async () => (await stateOf(parent)) === 'blocked', 'the block to be noted');
    }
    if (parent.chat === 'unlinks' && (await stateOf(parent)) === 'active') {
      person.type('/huy');
      await until(async () => (await stateOf(parent)) === 'unlinked', 'the unlinking to be noted');
    }
    // Nobody tells the hub: it will find out when it sends.
    if (parent.chat === 'deletesAccount' && person.state === 'started') person.deactivate();
  }
}

/** The mail server's refusals, set before anything is sent. */
export function refuseMails({ parents, mail }: Town): void {
  for (const parent of parents) {
    if (parent.email && parent.mail === 'bounces') {
      mail.fault({
        stage: 'rcpt',
        kind: 'reply',
        address: parent.email,
        code: 550,
        text: '5.1.1 No such user here',
        times: Number.POSITIVE_INFINITY,
      });
    }
  }
}

const mailsAbout = (town: Town, parent: Parent, path: string): Mail[] =>
  parent.email
    ? town.mail
        .mailbox(parent.email)
        .mails()
        .filter((mail) => mail.html.includes(path))
    : [];

/** Parents open the confirmation mail and its page. @returns how many addresses were confirmed. */
export async function confirmAddresses(town: Town): Promise<number> {
  const { prisma } = town.office.db;
  const still = async (parent: Parent) =>
    (await prisma.contact.findFirst({
      where: { guardianId: parent.guardianId, channel: 'email', state: 'unconfirmed' },
    })) !== null;
  const readers = town.parents.filter(
    (parent) => parent.email && (parent.mail === 'agrees' || parent.mail === 'refuses'),
  );
  await Promise.all(
    readers.map(async (parent) => {
      if (!(await still(parent))) return;
      const invitation = await until(
        () => mailsAbout(town, parent, '/family/link/').at(-1),
        `the confirmation mail to ${parent.chatId}`,
      );
      const answer = new URLSearchParams({ answer: 'save', language: 'vi' });
      if (parent.mail === 'agrees')
        for (const purpose of ['marks', 'fees', 'classNews']) answer.append('purpose', purpose);
      const page = await fetch(findLink(invitation, '/family/link/'), { method: 'POST', body: answer });
      if (!page.ok) throw new Error(`demo: the confirmation page answered ${page.status}`);
    }),
  );
  return readers.length;
}

/**
 * Parents who look at their phones: they press "Đã nhận" by their habit until `stop`. What they have pressed is
 * seen on their phones, so nothing is pressed twice.
 */
export function watchPhones(town: Town): { stop: () => Promise<void> } {
  const pressed = new Set<string>();
  let watching = true;
  const loop = (async () => {
    while (watching) {
      for (const parent of town.parents) await look(town, parent, pressed);
      await new Promise((resolve) => setTimeout(resolve, SMALL_WAIT_MS));
    }
  })();
  return {
    stop: async () => {
      watching = false;
      await loop;
    },
  };
}

const REMINDED = /NHẮC LẠI|REMINDER/;

async function look(town: Town, parent: Parent, pressed: Set<string>): Promise<void> {
  const confirms = (text: string) =>
    parent.confirms === 'atOnce' || (parent.confirms === 'afterReminder' && REMINDED.test(text));
  if (parent.chat !== 'noPhone') {
    const person = personOf(town, parent);
    for (const message of person.state === 'started' ? person.messages() : []) {
      const button = message.buttons.flat().find((one) => CONFIRM_LABELS.includes(one.label));
      const key = `${parent.chatId}/${message.messageId}`;
      if (!button?.data || pressed.has(key) || !confirms(message.text)) continue;
      pressed.add(key);
      person.press(button.data, message.messageId);
    }
  }
  lookAtZalo(town, parent, pressed, confirms);
  lookAtOa(town, parent, pressed, confirms);
  for (const mail of mailsAbout(town, parent, '/family/confirm/')) {
    if (pressed.has(mail.messageId) || !confirms(mail.text)) continue;
    pressed.add(mail.messageId);
    await fetch(findLink(mail, '/family/confirm/'), { method: 'POST' });
  }
}
