// What every test may lean on: a fresh migrated database per file, and waiting for conditions instead of times.

export { afterThisTest, atEnd } from './at-end.ts';
export { testDatabase } from './database.ts';
export { type DeliveryRow, deliveriesOf, type RecipientRow, recipientsOf } from './rows.ts';
export {
  type AccountSpec,
  type ContactSpec,
  type Family,
  type FamilySpec,
  kinds,
  minutes,
  NOON,
  rules,
  sealer,
  seeds,
  type TestSchool,
  testSchool,
  texts,
} from './school.ts';
export { until } from './until.ts';
