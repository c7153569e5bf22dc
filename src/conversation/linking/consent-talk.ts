import type { Button } from '../../channels/index.ts';
import { PURPOSES, setConsent } from '../../notices/index.ts';
import type { RecipientId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Purpose } from '../../store/prisma/enums.ts';
import type { Child } from '../children.ts';
import type { Reply, Say } from '../say.ts';

// A button carries the answer, the wording that stands above it and whom it is about:
// cs:<purpose|all>:<yes|no>:<language>:<version>:<guardianship>, 60 of the 64 letters that Telegram allows. So a press
// that is handled twice, or made twice, says the same thing twice, and the evidence names the text that was read.
// Nothing is pre-ticked, and a press is checked against the chat it comes from: a forwarded button does nothing.

type What = Purpose | 'all';
export type ConsentPress = { what: What; agreed: boolean; textVersion: string; guardianshipId: string };

/** Which wording is shown: "vi:1". A changed text gets the next number in its locale. */
export const wordingOf = (say: Say, language: string): string => `${language}:${say('chat:consentVersion')}`;

/** The question, with the present answers. A purpose's button says the opposite of its present answer. */
export function consentQuestion(say: Say, child: Child, language: string): Reply {
  const wording = wordingOf(say, language);
  const button = (label: string, what: What, agreed: boolean): Button => ({
    label,
    action: `cs:${what}:${agreed ? 'yes' : 'no'}:${wording}:${child.guardianshipId}`,
  });
  const one = (purpose: Purpose) => {
    const present = child.consents[purpose];
    const state = say(`chat:state.${present === undefined ? 'open' : present ? 'yes' : 'no'}`);
    return button(`${say(`chat:purpose.${purpose}`)} ${state}`, purpose, !present);
  };
  return {
    text: say('chat:consent', { givenName: child.givenName }),
    buttons: [
      [button(say('chat:agreeAll'), 'all', true)],
      PURPOSES.map(one),
      [button(say('chat:declineAll'), 'all', false)],
    ],
  };
}

const PRESS = /^cs:(\w+):(yes|no):([a-z]{2,3}:\d{1,6}):([0-9a-f-]{36})$/;

/** What a press asks for; null when it is not one of these buttons. */
export function readConsentPress(action: string): ConsentPress | null {
  const [, named, answer, textVersion, guardianshipId] = PRESS.exec(action) ?? [];
  const what = (['all', ...PURPOSES] as const).find((one) => one === named);
  if (!what || !textVersion || !guardianshipId) return null;
  return { what, agreed: answer === 'yes', textVersion, guardianshipId };
}

/** The answers that a press means; what it does not speak of stays as it is. */
export function answersOf(what: What, agreed: boolean): Partial<Record<Purpose, boolean>> {
  return what === 'all'
    ? Object.fromEntries(PURPOSES.map((purpose) => [purpose, agreed]))
    : { [what]: agreed };
}

/** Stores answers of a chat about one child. @returns recipients for advance(). */
export async function storeAnswers(
  db: PrismaClient,
  child: Child,
  answers: Partial<Record<Purpose, boolean>>,
  about: { channel: string; textVersion: string; now: Date },
): Promise<RecipientId[]> {
  return setConsent(
    db,
    {
      schoolId: child.schoolId,
      guardianId: child.guardianId,
      pupilIds: [child.pupilId],
      answers,
      textVersion: about.textVersion,
      channel: about.channel,
      contactId: child.contactId,
    },
    about.now,
  );
}
