import type { FormResults, ListedForm, ResultScope } from '../../notices/index.ts';
import type { Reply } from '../say.ts';
import { type Matter, openAction, type Talk } from '../talk.ts';
import { eachText, silentText, sumsText } from './result-words.ts';
import { isWide } from './scope.ts';
import type { StaffRoleHere } from './staff-of.ts';

const NAME = 'results';
/** How many forms are offered, the newest first. */
const LISTED_MOST = 10;
/** What a phone shows of a button. */
const LABEL_MAX = 48;

const isFormTeacher = ({ role, classId }: StaffRoleHere): boolean =>
  role === 'formTeacher' && classId !== null;

/** "/ketqua": what families have answered. The form teacher sees their class, a head or an administrator the school. */
export const results: Matter = {
  name: NAME,
  words: ['/ketqua', '/results', 'kết quả phiếu'],
  who: 'staff',
  may: (staff) => staff.some((one) => isWide(one) || isFormTeacher(one)),
  async answer(talk, { argument, pressed }) {
    const [what = '', formId = ''] = pressed ? argument.split('.') : [];
    return formId ? show(talk, formId, what) : list(talk);
  },
};

/** Whose answers this person may see, by school: what a family says of its child's health goes to nobody else. */
function scopesOf({ staff }: Talk): (ResultScope & { staffId: string })[] {
  const schools = new Map(staff.map((one) => [one.schoolId, one]));
  return [...schools.values()].flatMap(({ schoolId, staffId }): (ResultScope & { staffId: string })[] => {
    const here = staff.filter((one) => one.schoolId === schoolId);
    const own = here.filter(isFormTeacher).flatMap(({ classId }) => (classId ? [classId] : []));
    if (here.some(isWide)) return [{ schoolId, staffId, classIds: 'all' }];
    return own.length ? [{ schoolId, staffId, classIds: own }] : [];
  });
}

async function list(talk: Talk): Promise<Reply[]> {
  const { ports, say } = talk;
  const found = await Promise.all(scopesOf(talk).map((scope) => ports.forms.listFor(scope, LISTED_MOST)));
  const forms = found.flat().slice(0, LISTED_MOST);
  if (!forms.length) return [{ text: say('report:forms.none') }];
  return [
    {
      text: say('staff:results.which'),
      buttons: forms.map((one) => [
        { label: labelOf(talk, one), action: openAction(NAME, `s.${one.formId}`) },
      ]),
    },
  ];
}

/** "Tham quan Pác Bó: 31/35". */
function labelOf({ say }: Talk, { title, answered, asked }: ListedForm): string {
  const counts = { answered: String(answered), asked: String(asked) };
  const room = LABEL_MAX - [...say('staff:results.option', { title: '', ...counts })].length;
  const letters = [...title];
  const short = letters.length > room ? `${letters.slice(0, room - 1).join('')}…` : title;
  return say('staff:results.option', { title: short, ...counts });
}

const VIEWS: Record<string, (talk: Talk, found: FormResults) => string> = {
  s: sumsText,
  w: silentText,
  c: eachText,
};

async function show(talk: Talk, formId: string, what: string): Promise<Reply[]> {
  const { ports, say } = talk;
  const view = Object.hasOwn(VIEWS, what) ? VIEWS[what] : undefined;
  for (const { staffId, ...scope } of view ? scopesOf(talk) : []) {
    const found = await ports.forms.resultsFor(formId, scope, `staff:${staffId}`);
    if (found && view)
      return [
        {
          text: view(talk, found),
          buttons: [
            [
              { label: say('staff:results.silent'), action: openAction(NAME, `w.${formId}`) },
              { label: say('staff:results.each'), action: openAction(NAME, `c.${formId}`) },
            ],
          ],
        },
      ];
  }
  return [{ text: say('staff:results.gone') }];
}
