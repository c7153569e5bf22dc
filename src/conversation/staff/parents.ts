import { fold } from '../../school/index.ts';
import type { Answer, Matter, Place, Question, Talk, Turn } from '../talk.ts';
import { openThread } from '../threads/open-thread.ts';
import { pass } from '../threads/thread-matters.ts';
import { threadOf } from '../threads/thread-of.ts';
import { teaches } from './scope.ts';

const NAME = 'parents';
const at = (step: string, data: Place['data']): Place => ({ matter: NAME, step, data });

/** "/phuhuynh" of a teacher: which child of theirs, which guardian, what. The thread is the one that the guardian has. */
export const parents: Matter = {
  name: NAME,
  words: ['/phuhuynh', '/parents', 'nhắn phụ huynh', 'nhan phu huynh'],
  who: 'staff',
  may: (staff) => staff.some(teaches),
  async answer(talk) {
    const classes = classesOf(talk);
    const [only] = classes;
    return only && classes.length === 1 ? at('child', { class: only.id }) : at('class', {});
  },
  steps: {
    class: {
      async ask(talk) {
        const options = classesOf(talk).map(({ id, name }) => [
          { label: talk.say('staff:scope.classes', { names: name }), choice: id },
        ]);
        return options.length ? { text: talk.say('staff:parents.class'), options } : null;
      },
      take: async (_talk, _data, { choice = '' }) => ({ go: at('child', { class: choice }) }),
    },
    child: { ask: askChild, take: takeChild },
    guardian: {
      ask: askGuardian,
      take: async (_, data, { choice = '' }) => ({ go: at('text', { ...data, to: choice }) }),
    },
    text: { ask: askText, take: takeText },
  },
};

function classesOf({ staff }: Talk): { id: string; name: string }[] {
  const own = staff.filter(teaches).map((one) => ({ id: one.classId ?? '', name: one.className ?? '' }));
  return [...new Map(own.map((one) => [one.id, one])).values()];
}

type Pupil = { id: string; fullName: string; bornOn: Date | null };

/** The class list, for who teaches there now. */
async function pupilsOf(talk: Talk, classId = ''): Promise<Pupil[]> {
  if (!classesOf(talk).some((one) => one.id === classId)) return [];
  const rows = await talk.ports.db.prisma.pupil.findMany({
    where: { leftAt: null, enrolments: { some: { classId, closedAt: null } } },
    select: { id: true, fullName: true, bornOn: true },
  });
  const key = ({ fullName }: Pupil) => fold(fullName.split(' ').reverse().join(' '));
  return rows.sort((a, b) => key(a).localeCompare(key(b)));
}

/** Who has the same name as another is told apart by the birthday. */
const labelsOf = (pupils: readonly Pupil[]): { label: string; choice: string }[] =>
  pupils.map((one) => {
    const isAlone = pupils.filter((other) => fold(other.fullName) === fold(one.fullName)).length === 1;
    const born = one.bornOn?.toISOString().slice(0, 10).split('-').reverse().join('/') ?? one.id.slice(-4);
    return { label: isAlone ? one.fullName : `${one.fullName} (${born})`, choice: one.id };
  });

async function askChild(talk: Talk, data: Place['data']): Promise<Question | null> {
  const pupils = await pupilsOf(talk, data.class);
  if (!pupils.length) return null;
  return {
    text: talk.say('staff:parents.child'),
    options: labelsOf(pupils).map((one) => [one]),
    typed: true,
  };
}

async function takeChild(talk: Talk, data: Place['data'], { choice, typed = '' }: Answer): Promise<Turn> {
  const pupils = await pupilsOf(talk, data.class);
  const ends = ({ fullName }: Pupil) => ` ${fold(fullName)}`.endsWith(` ${fold(typed)}`);
  const found = choice ? pupils.filter((one) => one.id === choice) : pupils.filter(ends);
  const [pupil] = found;
  if (!pupil || found.length > 1)
    return { again: talk.say(pupil ? 'staff:parents.several' : 'staff:parents.unknown') };
  const next = { ...data, pupil: pupil.id };
  const guardians = await guardiansOf(talk, next);
  const [only] = guardians;
  if (!only) return { replies: [{ text: talk.say('staff:parents.nobody', { child: pupil.fullName }) }] };
  return { go: guardians.length === 1 ? at('text', { ...next, to: only.id }) : at('guardian', next) };
}

type Guardian = {
  id: string;
  fullName: string | null;
  relation: string;
  schoolId: string;
  accountId: string;
  address: string;
};

/** Who has a chat and agreed to be told of the class, and does not pause. */
async function guardiansOf(talk: Talk, { class: classId, pupil }: Place['data']): Promise<Guardian[]> {
  const { ports } = talk;
  const known = (await pupilsOf(talk, classId)).some((one) => one.id === pupil);
  if (!known || !pupil) return [];
  return ports.db.prisma.$queryRaw<Guardian[]>`
    select distinct on (g.id) g.id::text as id, g.full_name as "fullName", gs.relation::text as relation,
           g.school_id::text as "schoolId", c.account_id::text as "accountId", c.address
      from guardianship gs
      join guardian g on g.id = gs.guardian_id and (g.paused_until is null or g.paused_until <= ${ports.clock.now()})
      join consent co on co.guardian_id = g.id and co.pupil_id = gs.pupil_id and co.purpose = 'classNews' and co.agreed
      join contact c on c.guardian_id = g.id and c.state = 'active' and c.channel <> 'email'
     where gs.pupil_id = ${pupil}::uuid and gs.closed_at is null and not gs.urgent_only
     order by g.id, c.position, c.created_at`;
}

async function askGuardian(talk: Talk, data: Place['data']): Promise<Question | null> {
  const guardians = await guardiansOf(talk, data);
  if (!guardians.length) return null;
  const options = guardians.map(({ id, fullName, relation }, index) => {
    const kin = talk.say(`staff:relation.${relation}`);
    return [{ label: fullName ? `${fullName} (${kin})` : `${kin} ${index + 1}`, choice: id }];
  });
  return { text: talk.say('staff:parents.guardian'), options };
}

async function askText(talk: Talk, data: Place['data']): Promise<Question | null> {
  const child = (await pupilsOf(talk, data.class)).find((one) => one.id === data.pupil);
  const isThere = (await guardiansOf(talk, data)).some((one) => one.id === data.to);
  if (!child || !isThere) return null;
  return { text: talk.say('staff:parents.what', { child: child.fullName }), typed: true, files: true };
}

async function takeText(talk: Talk, data: Place['data'], { typed = '', attachment }: Answer): Promise<Turn> {
  const guardian = (await guardiansOf(talk, data)).find((one) => one.id === data.to);
  const teacher = talk.staff.find((one) => one.classId === data.class);
  if (!guardian || !teacher || !data.pupil || !(typed || attachment))
    return { replies: [{ text: talk.say('talk:thread.over') }] };
  const { schoolId, accountId, address } = guardian;
  const id = await openThread(talk.ports.db.prisma, {
    ...{
      schoolId,
      pupilId: data.pupil,
      guardianId: guardian.id,
      staffId: teacher.staffId,
      accountId,
      address,
    },
  });
  const thread = await threadOf(talk, id);
  return {
    replies: [
      { text: thread ? await pass(talk, thread, typed, attachment?.id) : talk.say('talk:thread.over') },
    ],
  };
}
