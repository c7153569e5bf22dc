// Which class a pupil is in after a list. Enrolments are closed and reopened, never deleted.
import type { KnownClass, KnownEnrolment, KnownPupil } from './present-roster.ts';
import type { RemarkList } from './remarks.ts';
import type { PupilFact, RosterList } from './roster-facts.ts';
import { add, pushTo, set, type WorkingRoster } from './working-roster.ts';

type Place = { roster: WorkingRoster; pupil: KnownPupil; schoolClass: KnownClass; yearLabel: string };

const enrolmentsOf = ({ roster, pupil }: Place): KnownEnrolment[] => roster.enrolmentsOf.get(pupil.id) ?? [];

function enrolHere(place: Place, closed: boolean): boolean {
  const { roster, pupil, schoolClass, yearLabel } = place;
  const here = enrolmentsOf(place).find((one) => one.classId === schoolClass.id);
  if (here) return set(roster.enrolments, here, { closed });
  const made = add(roster.enrolments, {
    id: roster.newId(),
    pupilId: pupil.id,
    classId: schoolClass.id,
    yearLabel,
    closed,
  });
  pushTo(roster.enrolmentsOf, pupil.id, made);
  return true;
}

/** In this class now, and in no other: a pupil who appears in another class has moved. */
function studies(place: Place): string[] {
  const { roster, pupil, schoolClass } = place;
  const returned = set(roster.pupils, pupil, { left: false });
  const moved = enrolHere(place, false);
  for (const one of enrolmentsOf(place)) {
    if (one.classId !== schoolClass.id) set(roster.enrolments, one, { closed: true });
  }
  return [...(returned ? ['returned'] : []), ...(moved ? ['class'] : [])];
}

/** Gone from this class. Gone from the school too, unless another class of the same year has the pupil. */
function leaves(place: Place): string[] {
  const { roster, pupil, schoolClass, yearLabel } = place;
  const moved = enrolHere(place, true);
  const elsewhere = enrolmentsOf(place).some(
    (one) => !one.closed && one.yearLabel === yearLabel && one.classId !== schoolClass.id,
  );
  if (elsewhere) return moved ? ['class'] : [];
  for (const one of enrolmentsOf(place)) set(roster.enrolments, one, { closed: true });
  return set(roster.pupils, pupil, { left: true }) || moved ? ['left'] : [];
}

/** The list does not say whether the pupil is still there: it enrols only those who have no class this year. */
function mayBeHere(place: Place): string[] {
  const thisYear = enrolmentsOf(place).some((one) => one.yearLabel === place.yearLabel);
  return place.pupil.left || thisYear ? [] : studies(place);
}

function remarkContacts(place: Place, remarks: RemarkList, fact: PupilFact): void {
  const { pupil, schoolClass, yearLabel } = place;
  if (pupil.left) {
    remarks.warn(fact, fact.columns.code, fact.code ?? fact.fullName, 'leftSchool');
    return;
  }
  const open = enrolmentsOf(place).filter((one) => !one.closed && one.yearLabel === yearLabel);
  if (open.length > 0 && open.every((one) => one.classId !== schoolClass.id)) {
    remarks.warn(fact, fact.columns.className, fact.className, 'otherClass');
  }
}

/** Returns what changed: "class", "left", "returned". */
export function planEnrolment(
  roster: WorkingRoster,
  remarks: RemarkList,
  list: RosterList,
  fact: PupilFact,
  pupil: KnownPupil,
  schoolClass: KnownClass,
): string[] {
  const place: Place = { roster, pupil, schoolClass, yearLabel: list.yearLabel };
  if (list.authority === 'contacts') {
    remarkContacts(place, remarks, fact);
    return mayBeHere(place);
  }
  if (fact.standing === 'left') return leaves(place);
  return fact.standing === 'studying' ? studies(place) : mayBeHere(place);
}
