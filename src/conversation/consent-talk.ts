import type { Button } from '../channels/index.ts';
import { PURPOSES, setConsent } from '../notices/index.ts';
import type { RecipientId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Purpose } from '../store/prisma/enums.ts';
import type { Child } from './children.ts';
import type { Reply, Say } from './say.ts';

// A button carries what it asks for and about whom: cs:<purpose|all|none>:<guardianship>. Nothing is pre-ticked, and
// a press is checked against the chat it comes from: a forwarded button does nothing.

const button = (label: string, what: string, child: Child): Button => ({ label, action: `cs:${what}:${child.guardianshipId}` });

/** The question, with the present answers. */
export function consentQuestion(say: Say, child: Child): Reply {
  const state = (purpose: Purpose) => {
    const agreed = child.consents[purpose];
    return say(`chat:state.${agreed === undefined ? 'open' : agreed ? 'yes' : 'no'}`);
  };
  const one = (purpose: Purpose) => button(`${say(`chat:purpose.${purpose}`)} ${state(purpose)}`, purpose, child);
  return {
    text: say('chat:consent', { givenName: child.givenName }),
    buttons: [
      [button(say('chat:agreeAll'), 'all', child)],
      PURPOSES.map(one),
      [button(say('chat:declineAll'), 'none', child)],
    ],
  };
}

/** What a press asks for; null when it is not one of these buttons. */
export function readConsentPress(action: string): { what: Purpose | 'all' | 'none'; guardianshipId: string } | null {
  const [head, what, guardianshipId] = action.split(':');
  if (head !== 'cs' || !guardianshipId) return null;
  if (what === 'all' || what === 'none') return { what, guardianshipId };
  const purpose = PURPOSES.find((one) => one === what);
  return purpose ? { what: purpose, guardianshipId } : null;
}

/** The answers that a press means: a single purpose is switched over, the others stay as they are. */
export function answersOf(what: Purpose | 'all' | 'none', present: Child['consents']): Partial<Record<Purpose, boolean>> {
  if (what === 'all' || what === 'none') return Object.fromEntries(PURPOSES.map((purpose) => [purpose, what === 'all']));
  return { [what]: !present[what] };
}

/** Stores answers of a chat about one child. @returns recipients for advance(). */
export async function storeAnswers(
  db: PrismaClient,
  child: Child,
  answers: Partial<Record<Purpose, boolean>>,
  about: { channel: string; language: string; version: string; now: Date },
): Promise<RecipientId[]> {
  return setConsent(
    db,
    {
      schoolId: child.schoolId,
      guardianId: child.guardianId,
      pupilIds: [child.pupilId],
      answers,
      textVersion: `${about.language}:${about.version}`,
      channel: about.channel,
      contactId: child.contactId,
    },
    about.now,
  );
}
