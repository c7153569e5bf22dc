import {
  type FamilySettings,
  MODES_OF,
  type PlanRules,
  setPreference,
  setWish,
} from '../../notices/index.ts';
import type { Texts } from '../../render/index.ts';
import type { RecipientId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import { clockText, SCHOOL_OFFSET_MIN, schoolDay } from '../../time/index.ts';
import { LanguageChoice, Page } from './layout.tsx';

const DAY_MS = 86_400_000;
const SCHOOL_OFFSET_MS = SCHOOL_OFFSET_MIN * 60_000;
/** Nobody is away for longer. */
const PAUSE_DAYS_MOST = 366;

const dayText = (at: Date): string => schoolDay(at).toISOString().slice(0, 10);
const nameOf = (guardianshipId: string, purpose: string): string => `m.${guardianshipId}.${purpose}`;

/** How often, when and in which language, for those who are told by mail: what a chat offers behind /caidat. */
export function SettingsPage({
  texts,
  rules,
  settings,
  now,
}: {
  texts: Texts;
  rules: PlanRules;
  settings: FamilySettings;
  now: Date;
}) {
  const { language, children, pausedUntil, school } = settings;
  const say = (key: string, values?: Record<string, string>) => texts.say(language, key, values);
  const { dailyMin, weekly } = rules.digest;
  const labels = {
    atOnce: say('talk:mode.atOnce'),
    digest: say('talk:mode.digest', { time: clockText(dailyMin) }),
    weekly: say('talk:mode.weekly', {
      day: say(`talk:weekday.${weekly.day}`),
      time: clockText(weekly.minute),
    }),
    off: say('talk:mode.off'),
  };
  const from = clockText(settings.quietFromMin ?? rules.quiet.fromMin);
  const to = clockText(settings.quietToMin ?? rules.quiet.toMin);
  return (
    <Page language={language} title={say('family:settingsTitle')} school={school}>
      <form method="post">
        {children.map(({ guardianshipId, givenName, className, topics }) => (
          <fieldset>
            <legend>{say('chat:child', { givenName, className })}</legend>
            {topics.map(({ purpose, mode }) => (
              <label>
                {say(`chat:purpose.${purpose}`)}
                <select name={nameOf(guardianshipId, purpose)}>
                  {mode === null ? (
                    <option value="" selected>
                      {say('talk:mode.usual')}
                    </option>
                  ) : null}
                  {MODES_OF[purpose].map((one) => (
                    <option value={one} selected={one === mode}>
                      {labels[one]}
                    </option>
                  ))}
                </select>
              </label>
            ))}
          </fieldset>
        ))}
        <fieldset>
          <legend>{say('family:settingsQuiet')}</legend>
          <label>
            {say('family:settingsFrom')} <input type="time" name="quietFrom" value={from} />
          </label>
          <label>
            {say('family:settingsTo')} <input type="time" name="quietTo" value={to} />
          </label>
        </fieldset>
        <label>
          {say('family:settingsPause')}
          <input
            type="date"
            name="pause"
            value={pausedUntil && pausedUntil > now ? dayText(pausedUntil) : ''}
          />
        </label>
        <LanguageChoice texts={texts} language={language} />
        <p class="hint">{say('talk:settings.safety')}</p>
        <button type="submit">{say('family:settingsSave')}</button>
      </form>
    </Page>
  );
}

/** "21:00" as minutes since midnight; null: no time. */
function readTime(text: unknown): number | null {
  const [, hours, minutes] = /^(\d{2}):(\d{2})/.exec(String(text)) ?? [];
  const all = Number(hours) * 60 + Number(minutes);
  return Number(hours) < 24 && Number(minutes) < 60 ? all : null;
}

/** The midnight at school with which a day begins; undefined: no day, or none that a pause may end on. */
function readPause(text: unknown, now: Date): Date | null | undefined {
  if (text === '') return null;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(String(text)) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  const until = new Date(day.getTime() - SCHOOL_OFFSET_MS);
  return until > now && until.getTime() < now.getTime() + PAUSE_DAYS_MOST * DAY_MS ? until : undefined;
}

/** Keeps what the form says and differs from before; what it does not say, or says wrongly, stays as it is. */
export async function keepSettings(
  { db, rules, texts }: { db: PrismaClient; rules: PlanRules; texts: Texts },
  settings: FamilySettings,
  form: Readonly<Record<string, unknown>>,
  now: Date,
): Promise<RecipientId[]> {
  const { schoolId, guardianId } = settings;
  const undelivered: RecipientId[] = [];
  for (const { guardianshipId, pupilId, topics } of settings.children)
    for (const { purpose, mode: before } of topics) {
      const mode = MODES_OF[purpose].find((one) => one === form[nameOf(guardianshipId, purpose)]);
      if (mode && mode !== before)
        undelivered.push(...(await setPreference(db, { schoolId, guardianId, pupilId, purpose }, mode, now)));
    }
  const [from, to] = [readTime(form.quietFrom), readTime(form.quietTo)];
  const hadFrom = settings.quietFromMin ?? rules.quiet.fromMin;
  const hadTo = settings.quietToMin ?? rules.quiet.toMin;
  if (from !== null && to !== null && (from !== hadFrom || to !== hadTo))
    await setWish(db, rules, { schoolId, guardianId }, { quietFromMin: from, quietToMin: to }, now);
  const pausedUntil = readPause(form.pause, now);
  if (pausedUntil !== undefined && pausedUntil?.getTime() !== settings.pausedUntil?.getTime())
    await setWish(db, rules, { schoolId, guardianId }, { pausedUntil }, now);
  const language = texts.languages.find((one) => one === form.language);
  if (language && language !== settings.language)
    await db.guardian.update({ where: { id: guardianId }, data: { language } });
  return undelivered;
}
