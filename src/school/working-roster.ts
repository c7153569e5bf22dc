// The roster while a list is being planned: copies that may be changed, and which of them were.
import type {
  KnownClass,
  KnownEnrolment,
  KnownGuardian,
  KnownGuardianship,
  KnownPupil,
  PresentRoster,
} from './present-roster.ts';
import type { Writes } from './roster-plan.ts';

/** Rows of one table: what is there, and which rows are new or changed. */
export type Tracked<Row extends { id: string }> = {
  all: Map<string, Row>;
  created: Set<string>;
  changed: Set<string>;
};

export type WorkingRoster = {
  newId: () => string;
  classes: Map<string, KnownClass>;
  newClasses: KnownClass[];
  pupilByCode: Map<string, KnownPupil>;
  pupils: Tracked<KnownPupil>;
  enrolments: Tracked<KnownEnrolment>;
  enrolmentsOf: Map<string, KnownEnrolment[]>;
  guardians: Tracked<KnownGuardian>;
  guardianships: Tracked<KnownGuardianship>;
  guardianshipsOf: Map<string, KnownGuardianship[]>;
  guardiansByPhone: Map<string, Set<KnownGuardian>>;
  openWards: Map<string, number>;
};

function track<Row extends { id: string }>(rows: readonly Row[]): Tracked<Row> {
  return { all: new Map(rows.map((row) => [row.id, { ...row }])), created: new Set(), changed: new Set() };
}

export function add<Row extends { id: string }>(table: Tracked<Row>, row: Row): Row {
  table.all.set(row.id, row);
  table.created.add(row.id);
  return row;
}

/** Changes a row; true when something really changed. */
export function set<Row extends { id: string }>(
  table: Tracked<Row>,
  row: Row,
  values: Partial<Row>,
): boolean {
  const keys = Object.keys(values) as (keyof Row)[];
  if (keys.every((key) => row[key] === values[key])) return false;
  Object.assign(row, values);
  if (!table.created.has(row.id)) table.changed.add(row.id);
  return true;
}

export function writesOf<Row extends { id: string }>(table: Tracked<Row>): Writes<Row> {
  const pick = (ids: Set<string>): Row[] => [...ids].flatMap((id) => table.all.get(id) ?? []);
  return { created: pick(table.created), changed: pick(table.changed) };
}

export function pushTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Makes a guardian findable by a phone. */
export function indexPhone(roster: WorkingRoster, guardian: KnownGuardian): void {
  for (const phone of [guardian.phone, guardian.secondPhone]) {
    if (phone === null) continue;
    const holders = roster.guardiansByPhone.get(phone);
    if (holders) holders.add(guardian);
    else roster.guardiansByPhone.set(phone, new Set([guardian]));
  }
}

export function countWard(roster: WorkingRoster, guardianId: string, by: 1 | -1): void {
  roster.openWards.set(guardianId, (roster.openWards.get(guardianId) ?? 0) + by);
}

export function openWorkingRoster(present: PresentRoster, newId: () => string): WorkingRoster {
  const roster: WorkingRoster = {
    newId,
    classes: new Map(present.classes.map((one) => [one.nameKey, one])),
    newClasses: [],
    pupilByCode: new Map(),
    pupils: track(present.pupils),
    enrolments: track(present.enrolments),
    enrolmentsOf: new Map(),
    guardians: track(present.guardians),
    guardianships: track(present.guardianships),
    guardianshipsOf: new Map(),
    guardiansByPhone: new Map(),
    openWards: new Map(),
  };
  for (const pupil of roster.pupils.all.values()) roster.pupilByCode.set(pupil.code, pupil);
  for (const one of roster.enrolments.all.values()) pushTo(roster.enrolmentsOf, one.pupilId, one);
  for (const one of roster.guardianships.all.values()) {
    pushTo(roster.guardianshipsOf, one.pupilId, one);
    if (!one.closed) countWard(roster, one.guardianId, 1);
  }
  for (const guardian of roster.guardians.all.values()) indexPhone(roster, guardian);
  return roster;
}
