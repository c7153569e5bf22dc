import { MODES_OF, PURPOSES, setPreference } from '../../notices/index.ts';
import type { PreferenceMode, Purpose } from '../../store/prisma/enums.ts';
import { clockText } from '../../time/index.ts';
import type { Child } from '../children.ts';
import { setLanguage } from '../language.ts';
import type { Answer, Matter, Place, Question, Talk, Turn } from '../talk.ts';
import { dataStep } from './data-rights.ts';
import { hoursText, pauseStep, pauseText, quietStep } from './hours.ts';
import { addStep, wayStep, waysStep } from './ways.ts';

const NAME = 'settings';
const at = (step: string, data: Place['data'] = {}): Place => ({ matter: NAME, step, data });

/** "/caidat": what is sent for which child and how often, at which hours, by which way first. */
export const settings: Matter = {
  name: NAME,
  words: ['/caidat', '/settings', 'cài đặt', 'cai dat', 'settings'],
  answer: async () => at('all'),
  steps: {
    all: { ask: askAll, take: takeAll },
    child: { ask: askChild, take: async (_, { of = '' }, answer) => goTo('mode', of, answer) },
    mode: { ask: askMode, take: takeMode },
    quiet: quietStep,
    pause: pauseStep,
    ways: waysStep,
    way: wayStep,
    add: addStep,
    language: {
      ask: askLanguage,
      take: async (talk, _, { choice = '' }) => ({ replies: await setLanguage(talk, choice) }),
    },
    data: dataStep,
  },
};

const WAYS = ['quiet', 'pause', 'ways', 'language', 'data'] as const;

async function askAll(talk: Talk): Promise<Question | null> {
  const { children, say } = talk;
  const [first] = children;
  if (!first) return null;
  const guardian = await talk.ports.db.prisma.guardian.findUniqueOrThrow({ where: { id: first.guardianId } });
  const now = talk.ports.clock.now();
  const lines = [
    say('talk:settings.head'),
    `- ${hoursText(talk, guardian)}`,
    ...(guardian.pausedUntil && guardian.pausedUntil > now
      ? [`- ${pauseText(talk, guardian.pausedUntil)}`]
      : []),
    `- ${say('talk:settings.safety')}`,
  ];
  return {
    text: lines.join('\n'),
    options: [
      ...children.map((child) => [{ label: childText(talk, child), choice: `c:${child.guardianshipId}` }]),
      ...WAYS.map((way) => [{ label: say(`talk:settings.${way}`), choice: way }]),
    ],
  };
}

const childText = ({ say }: Talk, { givenName, className }: Child): string =>
  say('talk:settings.child', { givenName, className });

async function takeAll(_talk: Talk, _data: Place['data'], answer: Answer): Promise<Turn> {
  const choice = answer.choice ?? '';
  return choice.startsWith('c:')
    ? { go: at('child', { of: choice.slice('c:'.length) }) }
    : { go: at(choice) };
}

async function askLanguage({ ports, say, children }: Talk): Promise<Question | null> {
  const options = ports.texts.languages.map((one) => [
    { label: ports.texts.say(one, `family:${one}`), choice: one },
  ]);
  return children.length ? { text: say('talk:settings.whichLanguage'), options } : null;
}

const goTo = (step: string, of: string, answer: Answer): Turn => ({
  go: at(step, { of, purpose: answer.choice ?? '' }),
});

const childOf = ({ children }: Talk, { of }: Place['data']): Child | undefined =>
  children.find((one) => one.guardianshipId === of);

/** Where the guardian has the right and has agreed: nothing else is sent anyway. */
const purposesOf = (child: Child): Purpose[] =>
  child.urgentOnly
    ? []
    : PURPOSES.filter(
        (one) =>
          child.consents[one] === true &&
          (one !== 'marks' || child.canSeeMarks) &&
          (one !== 'fees' || child.canPay),
      );

async function modesOf(
  { ports }: Talk,
  { guardianId, pupilId }: Child,
): Promise<Map<Purpose, PreferenceMode>> {
  const rows = await ports.db.prisma.preference.findMany({ where: { guardianId, pupilId } });
  return new Map(rows.map((row) => [row.purpose, row.mode]));
}

function modeText({ say, ports }: Talk, mode: PreferenceMode | undefined): string {
  const { dailyMin, weekly } = ports.rules.digest;
  if (mode === 'digest') return say('talk:mode.digest', { time: clockText(dailyMin) });
  if (mode === 'weekly')
    return say('talk:mode.weekly', {
      day: say(`talk:weekday.${weekly.day}`),
      time: clockText(weekly.minute),
    });
  return say(`talk:mode.${mode ?? 'usual'}`);
}

async function askChild(talk: Talk, data: Place['data']): Promise<Question | null> {
  const child = childOf(talk, data);
  if (!child) return null;
  const { say } = talk;
  const { givenName, className } = child;
  const modes = await modesOf(talk, child);
  const purposes = purposesOf(child);
  return {
    text: say(purposes.length ? 'talk:settings.whichTopic' : 'talk:settings.noTopic', {
      givenName,
      className,
    }),
    options: purposes.map((purpose) => [
      {
        label: `${say(`chat:purpose.${purpose}`)}: ${modeText(talk, modes.get(purpose))}`,
        choice: purpose,
      },
    ]),
  };
}

const purposeOf = (child: Child, { purpose }: Place['data']): Purpose | undefined =>
  purposesOf(child).find((one) => one === purpose);

async function askMode(talk: Talk, data: Place['data']): Promise<Question | null> {
  const child = childOf(talk, data);
  const purpose = child && purposeOf(child, data);
  if (!purpose) return null;
  const { givenName, className } = child;
  const now = (await modesOf(talk, child)).get(purpose);
  const topic = talk.say(`chat:purpose.${purpose}`);
  return {
    text: talk.say('talk:settings.whichMode', { givenName, className, topic }),
    options: MODES_OF[purpose].map((mode) => [
      { label: `${mode === now ? '✓ ' : ''}${modeText(talk, mode)}`, choice: mode },
    ]),
  };
}

async function takeMode(talk: Talk, data: Place['data'], answer: Answer): Promise<Turn> {
  const child = childOf(talk, data);
  const purpose = child && purposeOf(child, data);
  const mode = purpose && MODES_OF[purpose].find((one) => one === answer.choice);
  if (!mode) return { replies: [{ text: talk.say('talk:step.over') }] };
  const { schoolId, guardianId, pupilId, givenName } = child;
  const who = { schoolId, guardianId, pupilId, purpose };
  const { db, clock, undelivered } = talk.ports;
  await undelivered(await setPreference(db.prisma, who, mode, clock.now()));
  const topic = talk.say(`chat:purpose.${purpose}`);
  return {
    stay: talk.say('talk:settings.modeSet', { givenName, topic, mode: modeText(talk, mode) }),
  };
}
