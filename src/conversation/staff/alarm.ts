import { publishWithin } from '../../notices/index.ts';
import { ACTIONS, CAUSES, draftSafetyNotice, type SafetyNotice } from '../../safety/index.ts';
import { fold } from '../../school/index.ts';
import type { Answer, Matter, Place, Question, Talk, Turn } from '../talk.ts';
import { keepSent, keyOf } from './chat-notices.ts';
import { foretold, SCHOOL_LANGUAGE, sumText, titled } from './foretold.ts';
import { isWide, readScope, roleFor, type Scope, scopeName, scopeStep } from './scope.ts';
import { rolesOf, type StaffRoleHere } from './staff-of.ts';

const NAME = 'alarm';
const BODY_MOST = 2500;
const LEVELS = ['1', '2', '3', '4'];
/** Whoever thinks about it longer begins anew: nobody finds yesterday's button and sends it. */
const SURE_MS = 2 * 60_000;

const at = (step: string, data: Place['data']): Place => ({ matter: NAME, step, data });

/** "/khan" of a head: what has happened, what families do, for whom; seen, and confirmed once more, before it is sent. */
export const alarm: Matter = {
  name: NAME,
  words: ['/khan', '/alarm', 'tin khẩn'],
  who: 'staff',
  may: (staff) => staff.some(isWide),
  answer: async () => at('cause', {}),
  steps: {
    cause: {
      ask: async (talk) => choices(talk, 'cause', CAUSES),
      take: async (_talk, data, { choice = '' }) => ({ go: at('action', { ...data, cause: choice }) }),
    },
    action: {
      ask: async (talk) => choices(talk, 'action', ACTIONS),
      take: async (_talk, data, { choice = '' }) => ({
        go: at(data.cause === 'covid' ? 'level' : 'scope', { ...data, action: choice }),
      }),
    },
    level: {
      ask: async (talk) => choices(talk, 'level', LEVELS),
      take: async (_talk, data, { choice = '' }) => ({ go: at('scope', { ...data, level: choice }) }),
    },
    scope: scopeStep(true, (data, scope) => at('text', { ...data, scope })),
    text: { ask: askText, take: takeText },
    check: { ask: askCheck, take: takeCheck },
    sure: { ask: askSure, take: takeSure },
  },
};

const choices = (talk: Talk, what: string, of: readonly string[]): Question | null =>
  talk.staff.some(isWide)
    ? {
        text: talk.say(`staff:alarm.ask.${what}`),
        options: of
          .map((one) => ({ choice: one, name: `${what}.${one}` }))
          .map(({ choice, name }) => [{ label: talk.say(`staff:alarm.${name}`), choice }]),
      }
    : null;

type Letter = { scope: Scope; role: StaffRoleHere };

function letterOf(staff: readonly StaffRoleHere[], data: Place['data']): Letter | null {
  const scope = readScope(data.scope);
  const role = scope && roleFor(staff, scope, true);
  return scope && role ? { scope, role } : null;
}

async function askText(talk: Talk, data: Place['data']): Promise<Question | null> {
  const letter = letterOf(talk.staff, data);
  if (!letter) return null;
  return {
    text: talk.say('staff:alarm.what', { where: await scopeName(talk, letter.scope) }),
    options: [[{ label: talk.say('staff:alarm.noText'), choice: 'none' }]],
    typed: true,
  };
}

async function takeText(talk: Talk, data: Place['data'], { typed = '' }: Answer): Promise<Turn> {
  if (typed.length > BODY_MOST)
    return { again: talk.say('staff:announce.tooLong', { most: String(BODY_MOST) }) };
  return { go: at('check', { ...data, text: typed.trim() }) };
}

/** The same for the same data, whenever it is asked: `from` stands among them once it is to be sent. */
function draftOf({ ports, updateId }: Talk, { scope, role }: Letter, data: Place['data']) {
  const now = ports.clock.now();
  const say = (key: string) => ports.texts.say(SCHOOL_LANGUAGE, key, { name: role.fullName });
  const { cause = '', action = '', level, text = '' } = data;
  const words = titled(text, say(`staff:alarm.title.${action}`));
  return draftSafetyNotice(
    {
      cause: cause as SafetyNotice['cause'],
      action: action as SafetyNotice['action'],
      ...words,
      ...(level ? { level: Number(level) } : {}),
      from: data.from ? new Date(data.from) : now,
      scope: scope.audience,
      authority: say(`staff:authority.${role.role}`),
    },
    { schoolId: scope.schoolId, createdBy: `staff:${role.staffId}`, idempotencyKey: keyOf(updateId) },
    new Date(now.getTime() + ports.safetyConfirmMs),
  );
}

async function askCheck(talk: Talk, data: Place['data']): Promise<Question | null> {
  const letter = letterOf(talk.staff, data);
  const seen = letter && (await foretold(talk, draftOf(talk, letter, data)));
  if (!seen) return null;
  return {
    above: { text: '', below: seen.words },
    text: await sumText(talk, letter.scope, seen),
    options: [[{ label: talk.say('staff:alarm.next'), choice: 'next' }]],
  };
}

async function takeCheck({ ports }: Talk, data: Place['data']): Promise<Turn> {
  const now = ports.clock.now();
  const until = new Date(now.getTime() + SURE_MS);
  return { go: at('sure', { ...data, from: now.toISOString(), until: until.toISOString() }) };
}

async function askSure(talk: Talk, data: Place['data']): Promise<Question | null> {
  const letter = letterOf(talk.staff, data);
  if (!letter) return null;
  return {
    text: talk.say('staff:alarm.sure', { where: await scopeName(talk, letter.scope) }),
    options: [[{ label: talk.say('staff:alarm.send'), choice: 'send' }]],
    typed: true,
  };
}

async function takeSure(talk: Talk, data: Place['data'], { typed }: Answer): Promise<Turn> {
  const { say, ports } = talk;
  if (typed !== undefined && fold(typed) !== 'khan') return { again: say('staff:alarm.notSure') };
  const isLate = ports.clock.now() > new Date(data.until ?? 0);
  if (isLate && !(await isSent(talk, data))) return { replies: [{ text: say('staff:alarm.expired') }] };
  const count = await issue(talk, data);
  return {
    replies: [
      { text: count === null ? say('talk:step.over') : say('staff:alarm.sent', { count: String(count) }) },
    ],
  };
}

/** Whether this very update has sent it before: handled again, it is not too late. */
async function isSent({ ports, updateId }: Talk, data: Place['data']): Promise<boolean> {
  const schoolId = readScope(data.scope)?.schoolId;
  return (
    schoolId !== undefined &&
    (await ports.db.prisma.notice.count({ where: { schoolId, idempotencyKey: keyOf(updateId) } })) > 0
  );
}

/** Publishes it, if its author may still do that. @returns how many it concerns */
async function issue(talk: Talk, data: Place['data']): Promise<number | null> {
  const { ports, account, staff } = talk;
  const now = ports.clock.now();
  const known = letterOf(staff, data);
  if (!known) return null;
  const draft = draftOf(talk, known, data);
  const published = await ports.db.prisma.$transaction(async (tx) => {
    const roles = await rolesOf(tx, [known.role.staffId], account.id);
    if (!roleFor(roles, known.scope, true)) return null;
    const made = await publishWithin(tx, ports.rules, draft, now);
    if (!made.replayed) await keepSent(tx, talk, { ...known, noticeId: made.id, title: draft.title });
    return made;
  });
  if (published) await ports.accepted(published, draft);
  return published?.audienceSize ?? null;
}
