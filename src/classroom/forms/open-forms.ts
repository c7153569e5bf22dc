import type { FormDoor, PlanRules } from '../../notices/index.ts';
import type { LinkUse } from '../../security/index.ts';
import type { AccountId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Clock } from '../../time/index.ts';
import { FORM_KINDS } from './form.ts';
import { keepAnswer } from './keep-answer.ts';
import { readAnswer } from './read-answer.ts';
import { formResults, listForms } from './results.ts';
import { formBehind, formOf, formsOf } from './shown-form.ts';

export type FormPorts = {
  db: PrismaClient;
  clock: Clock;
  rules: PlanRules;
  ring: (lanes: readonly AccountId[]) => Promise<unknown>;
};

/** As long as a mail's other links; what is over says so itself. */
const LINK_DAYS = 60;

export interface Forms extends FormDoor {
  /** The page that a form's mail links to; undefined for every other kind. */
  pageOf(kind: string): { label: string; path: string; use: LinkUse; days: number } | undefined;
}

export function openForms({ db, clock, rules, ring }: FormPorts): Forms {
  return {
    formsOf: (answerers) => formsOf(db, answerers, clock.now()),
    formOf: (formId, answerer) => formOf(db, formId, answerer, clock.now()),
    formBehind: (deliveryId, from) => formBehind(db, deliveryId, from, clock.now()),
    read: readAnswer,
    async keep(formId, answerer, values, from) {
      const { result, lanes } = await keepAnswer(db, rules, formId, answerer, values, from, () =>
        clock.now(),
      );
      await ring(lanes);
      return result;
    },
    listFor: (scope, most) => listForms(db, scope, most),
    resultsFor: (formId, scope, actor) => formResults(db, formId, scope, actor, clock.now()),
    pageOf: (kind) =>
      FORM_KINDS.some((one) => one.name === kind)
        ? { label: 'talk:form.open', path: '/family/form/', use: 'form', days: LINK_DAYS }
        : undefined,
  };
}
