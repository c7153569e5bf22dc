import { HubError } from '../../errors.ts';
import { type Forecast, forecast, type NoticeDraft } from '../../notices/index.ts';
import type { Talk } from '../talk.ts';
import { type Scope, scopeName } from './scope.ts';

/** Families are written to in the language of the school. */
export const SCHOOL_LANGUAGE = 'vi';
export const TITLE_MOST = 120;

/** A short first line is the title; where there is none, the usual one. */
export function titled(text: string, usual: string): { title: string; body: string } {
  const [first = '', ...rest] = text.trim().split('\n');
  const body = rest.join('\n').trim();
  return body && first.trim() && first.trim().length <= TITLE_MOST
    ? { title: first.trim(), body }
    : { title: usual, body: text.trim() };
}

/** What would become of it now; null: it concerns nobody, or what goes with it is gone. */
export async function foretold({ ports, account }: Talk, draft: NoticeDraft): Promise<Forecast | null> {
  const look = {
    channel: account.channel.name,
    language: SCHOOL_LANGUAGE,
    button: account.channel.answers === 'buttons',
  };
  try {
    return await forecast(ports.db.prisma, ports.kinds, ports.rules, draft, look, ports.clock.now());
  } catch (error) {
    if (error instanceof HubError && error.code === 'badInput') return null;
    throw error;
  }
}

/** How many get it, how many do not, and how long it takes. */
export async function sumText(talk: Talk, scope: Scope, seen: Forecast): Promise<string> {
  const { say } = talk;
  const { pupils, recipients, told, held, inDigest } = seen;
  const missing = recipients - told - inDigest;
  const line = (key: string, count: number) =>
    count > 0 ? [say(`staff:count.${key}`, { count: String(count) })] : [];
  return [
    say('staff:count.families', {
      where: await scopeName(talk, scope),
      pupils: String(pupils),
      recipients: String(recipients),
    }),
    say('staff:count.told', { count: String(told), duration: durationText(talk, seen.seconds) }),
    ...line('held', held),
    ...line('inDigest', inDigest),
    ...line('missing', missing),
  ].join('\n');
}

function durationText({ say }: Talk, seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole < 90
    ? say('staff:count.seconds', { count: String(whole) })
    : say('staff:count.minutes', { count: String(Math.ceil(whole / 60)) });
}
