import { dayText, timeText } from '../day.ts';
import type { Reply } from '../say.ts';
import type { Answer, Matter, Place, Question, Talk, Turn } from '../talk.ts';
import { draftOf, orderNotice, type Told } from './chat-notices.ts';
import { foretold, SCHOOL_LANGUAGE, sumText, titled } from './foretold.ts';
import {
  isWide,
  onlyScope,
  readScope,
  roleFor,
  type Scope,
  scopeName,
  scopeStep,
  scopeText,
  teaches,
} from './scope.ts';
import type { StaffRoleHere } from './staff-of.ts';
import { orderReply } from './status.ts';
import { whenStep } from './when.ts';

const NAME = 'announce';
const BODY_MOST = 3000;
/** In which a notice can be called off before anything is sent. */
const UNDO_MS = 10_000;

const at = (step: string, data: Place['data']): Place => ({ matter: NAME, step, data });

/** "/thongbao" of a teacher: to which class, what, as parents will see it; then now, later or not at all. */
export const announce: Matter = {
  name: NAME,
  words: ['/thongbao', '/announce', 'thông báo', 'gửi thông báo', 'thông báo lớp'],
  who: 'staff',
  may: (staff) => staff.some((one) => isWide(one) || teaches(one)),
  async answer(talk) {
    const only = await onlyScope(talk);
    return only ? at('text', { scope: scopeText(only) }) : at('scope', {});
  },
  steps: {
    scope: scopeStep(false, (data, scope) => at('text', { ...data, scope })),
    text: { ask: askText, take: takeText },
    check: { ask: askCheck, take: takeCheck },
    when: whenStep(
      (talk, data) => letterOf(talk, data) !== null,
      async (talk, data, dueAt) => ({ replies: await orderFor(talk, data, dueAt, 'later') }),
    ),
  },
};

/** What a step's data come to while this chat may still write to them. */
type Letter = { scope: Scope; role: StaffRoleHere; told: Told };

function letterOf({ staff, ports }: Talk, data: Place['data']): Letter | null {
  const scope = readScope(data.scope);
  const role = scope && roleFor(staff, scope);
  if (!scope || !role) return null;
  const words = titled(data.text ?? '', ports.texts.say(SCHOOL_LANGUAGE, 'staff:announce.title'));
  const sender = ports.texts.say(SCHOOL_LANGUAGE, `staff:signed.${role.role}`, { name: role.fullName });
  const told = { ...words, sender, asksToConfirm: data.confirm === 'yes' };
  return { scope, role, told: data.file ? { ...told, attachmentId: data.file } : told };
}

async function askText(talk: Talk, data: Place['data']): Promise<Question | null> {
  const letter = letterOf(talk, data);
  if (!letter) return null;
  return {
    text: talk.say('staff:announce.what', { where: await scopeName(talk, letter.scope) }),
    typed: true,
    files: true,
  };
}

async function takeText(talk: Talk, data: Place['data'], { typed = '', attachment }: Answer): Promise<Turn> {
  const text = typed.trim();
  if ((!text && !attachment) || text.length > BODY_MOST)
    return { again: talk.say('staff:announce.tooLong', { most: String(BODY_MOST) }) };
  return { go: at('check', { ...data, text, ...(attachment ? { file: attachment.id } : {}) }) };
}

const draftFor = ({ updateId, serial }: Talk, { scope, role, told }: Letter) =>
  draftOf({ staffId: role.staffId, scope, told }, `forecast:${updateId}:${serial}`);

async function askCheck(talk: Talk, data: Place['data']): Promise<Question | null> {
  const letter = letterOf(talk, data);
  const seen = letter && (await foretold(talk, draftFor(talk, letter)));
  if (!seen) return null;
  const { say } = talk;
  const confirm = letter.told.asksToConfirm ? 'without' : 'with';
  return {
    above: { text: '', below: seen.words, ...(data.file ? { attachment: data.file } : {}) },
    text: await sumText(talk, letter.scope, seen),
    options: [
      [{ label: say('staff:announce.now'), choice: 'now' }],
      [{ label: say('staff:announce.later'), choice: 'later' }],
      [{ label: say(`staff:announce.${confirm}`), choice: confirm }],
    ],
  };
}

async function takeCheck(talk: Talk, data: Place['data'], { choice }: { choice?: string }): Promise<Turn> {
  if (choice === 'with') return { instead: at('check', { ...data, confirm: 'yes' }) };
  if (choice === 'without') return { instead: at('check', { ...data, confirm: 'no' }) };
  if (choice === 'later') return { go: at('when', data) };
  const dueAt = new Date(talk.ports.clock.now().getTime() + UNDO_MS);
  return { replies: await orderFor(talk, data, dueAt, 'undo') };
}

/** Orders it, and says how to call it off. */
async function orderFor(
  talk: Talk,
  data: Place['data'],
  dueAt: Date,
  how: 'undo' | 'later',
): Promise<Reply[]> {
  const letter = letterOf(talk, data);
  if (!letter) return [{ text: talk.say('talk:step.over') }];
  const { scope, role, told } = letter;
  const id = await orderNotice(talk, { staffId: role.staffId, scope, told, dueAt });
  const about = {
    title: told.title,
    where: await scopeName(talk, scope),
    seconds: String(UNDO_MS / 1000),
    time: timeText(dueAt),
    date: dayText(dueAt),
  };
  return [orderReply(talk.say, id, talk.say(`staff:order.${how}`, about))];
}
