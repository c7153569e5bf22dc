// /hocphi: what a family asks about bills in a chat, and what the buttons below a message about bills do.

import {
  type AskingChild,
  setPreference,
  type Topic,
  type TopicAnswer,
  type TopicQuestion,
  topicAction,
} from '../notices/index.ts';
import { asTyped, type Painter, type Texts } from '../render/index.ts';
import type { RecipientId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { billPicture } from './bill-picture.ts';
import { claimBills } from './claim.ts';
import { showAmount } from './money.ts';
import { billsWhere, billVars, type ShownBill } from './shown-bill.ts';

export const FEE_WORDS = [
  '/hocphi',
  '/fees',
  'học phí',
  'khoản thu',
  'xem khoản thu',
  'fees',
  'bills',
] as const;

/** A chat is no archive: so many paid bills are shown, the newest. */
const PAID_MOST = 5;
/** Bills that get a message with a picture of their own. */
const PICTURES_MOST = 5;

export type FeeTopicPorts = {
  db: PrismaClient;
  texts: Texts;
  painter: Painter;
  undelivered: (recipients: RecipientId[]) => Promise<void>;
};

export function feeTopic(ports: FeeTopicPorts): Topic {
  return {
    name: 'fees',
    words: FEE_WORDS,
    purpose: 'fees',
    right: 'canPay',
    async answer(question) {
      const [what = '', id = ''] = question.pressed ? question.argument.split('.') : ['list'];
      if (what === 'paid' && /^\d{1,18}$/.test(id)) return claimOfMessage(ports, question, id);
      if (what === 'claim' && /^[0-9a-f-]{36}$/.test(id)) return claim(ports, question, [id]);
      if (what === 'on' || what === 'off') return switchReminders(ports, question, what);
      return list(ports, question);
    },
  };
}

type Say = (key: string, values?: Record<string, string>) => string;

const sayIn =
  ({ texts }: FeeTopicPorts, { language }: TopicQuestion): Say =>
  (key, values = {}) =>
    texts.say(
      language,
      `chat:fees.${key}`,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asTyped(value)])),
    );

async function list(ports: FeeTopicPorts, question: TopicQuestion): Promise<TopicAnswer[]> {
  const say = sayIn(ports, question);
  const answers: TopicAnswer[] = [];
  for (const child of question.children) {
    const bills = await billsWhere(ports.db, `b.pupil_id = $1::uuid and b.state = 'open'`, child.pupilId);
    answers.push(...(await listChild(ports, question, child, bills)));
  }
  const last = answers.at(-1);
  const toggle = await toggleButton(ports, question, say);
  if (last) answers[answers.length - 1] = { ...last, buttons: [...(last.buttons ?? []), [toggle]] };
  return answers;
}

async function listChild(
  ports: FeeTopicPorts,
  question: TopicQuestion,
  child: AskingChild,
  bills: readonly ShownBill[],
): Promise<TopicAnswer[]> {
  const say = sayIn(ports, question);
  const open = bills.filter((bill) => bill.paid < bill.amount);
  const paid = bills.filter((bill) => bill.paid >= bill.amount).slice(-PAID_MOST);
  const head = say('head', { child: child.givenName, className: child.className });
  const lines = [
    ...(open.length ? [] : [say('nothingOpen')]),
    ...paid.map((bill) => say('paid', { item: nameOf(bill), amount: showAmount(bill.amount) })),
  ];
  const summary = open.length ? say('open', { count: String(open.length) }) : '';
  const messages: TopicAnswer[] = [{ text: [head, summary, ...lines].filter(Boolean).join('\n') }];
  for (const [index, bill] of open.entries()) {
    const picture =
      index < PICTURES_MOST ? await billPicture(ports.painter, [billVars(bill) as never]) : null;
    messages.push({
      text: billText(bill, say),
      ...(bill.claimed
        ? {}
        : { buttons: [[{ label: say('claim'), action: topicAction('fees', `claim.${bill.id}`) }]] }),
      ...(picture ? { picture } : {}),
    });
  }
  return messages;
}

const nameOf = ({ item, period }: ShownBill): string => (period === '' ? item : `${item} (${period})`);

function billText(bill: ShownBill, say: Say): string {
  const vars = billVars(bill);
  const shown = (key: string, value: unknown, name = 'value') =>
    value === null ? [] : [say(key, { [name]: String(value) })];
  return [
    `**${say('child', { child: bill.child, className: bill.className })}**`,
    say('item', { item: nameOf(bill) }),
    say('amount', { amount: showAmount(Number(vars.open)) }),
    ...(vars.partPaid === null ? [] : [say('received', { amount: showAmount(Number(vars.partPaid)) })]),
    ...(vars.voluntary ? [say('voluntary')] : []),
    ...shown('due', bill.dueOn === null ? null : dayText(bill.dueOn)),
    ...(bill.accountNo === null
      ? [say('atSchool', { code: bill.code })]
      : [
          say('transfer', {
            bank: String(vars.bank),
            account: bill.accountNo,
            holder: bill.holder ?? '',
          }),
          say('memo', { code: bill.code }),
        ]),
    ...(bill.legalBasis ? [say('basis', { value: bill.legalBasis })] : []),
    ...(bill.claimed ? [say('claimed')] : []),
  ].join('\n');
}

const dayText = (day: Date): string => day.toISOString().slice(0, 10).split('-').reverse().join('/');

/** The button below a reminder: one bill is claimed at once; of several, the family says which. */
async function claimOfMessage(
  ports: FeeTopicPorts,
  question: TopicQuestion,
  deliveryId: string,
): Promise<TopicAnswer[]> {
  const say = sayIn(ports, question);
  const guardians = [...new Set(question.children.map((child) => child.guardianId))];
  const told = await ports.db.$queryRaw<{ billId: string }[]>`
    select t.bill_id::text as "billId" from delivery d join bill_told t on t.recipient_id = d.recipient_id
     where d.id = ${deliveryId}::bigint and t.guardian_id = any(${guardians}::uuid[])`;
  const bills = await billsWhere(
    ports.db,
    `b.id = any($1::uuid[]) and b.state = 'open' and b.paid < b.amount`,
    told.map((row) => row.billId),
  );
  const mine = bills.filter((bill) => question.children.some((child) => child.pupilId === bill.pupilId));
  if (!mine.length) return [{ text: say('nothingToClaim') }];
  if (mine.length === 1) return claim(ports, question, [mine[0]?.id ?? '']);
  const buttons = mine.map((bill) => [
    { label: `${bill.child}: ${nameOf(bill)}`.slice(0, 60), action: topicAction('fees', `claim.${bill.id}`) },
  ]);
  return [{ text: say('whichClaim'), buttons }];
}

async function claim(
  ports: FeeTopicPorts,
  question: TopicQuestion,
  billIds: readonly string[],
): Promise<TopicAnswer[]> {
  const { db } = ports;
  const say = sayIn(ports, question);
  const bills = await billsWhere(db, `b.id = any($1::uuid[])`, [...billIds]);
  let claimed = 0;
  for (const bill of bills) {
    const child = question.children.find((one) => one.pupilId === bill.pupilId);
    if (child) claimed += await claimBills(db, child.schoolId, child.guardianId, [bill.id], question.now);
  }
  return [{ text: say(claimed ? 'claimTaken' : 'nothingToClaim') }];
}

async function toggleButton({ db }: FeeTopicPorts, { children }: TopicQuestion, say: Say) {
  const on = await db.preference.count({
    where: {
      purpose: 'fees',
      mode: 'atOnce',
      OR: children.map(({ guardianId, pupilId }) => ({ guardianId, pupilId })),
    },
  });
  return on
    ? { label: say('switchOff'), action: topicAction('fees', 'off') }
    : { label: say('switchOn'), action: topicAction('fees', 'on') };
}

/** On: told of bills also when the other guardian is the one who pays. Off: told of none, by their own choice. */
async function switchReminders(
  ports: FeeTopicPorts,
  question: TopicQuestion,
  to: 'on' | 'off',
): Promise<TopicAnswer[]> {
  const mode = to === 'on' ? ('atOnce' as const) : ('off' as const);
  for (const { schoolId, guardianId, pupilId } of question.children) {
    const who = { schoolId, guardianId, pupilId, purpose: 'fees' as const };
    await ports.undelivered(await setPreference(ports.db, who, mode, question.now));
  }
  return [{ text: sayIn(ports, question)(to === 'on' ? 'switchedOn' : 'switchedOff') }];
}
