import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HubError } from '../../errors.ts';
import { familySettings, type PlanRules } from '../../notices/index.ts';
import type { Texts } from '../../render/index.ts';
import type { Signer } from '../../security/index.ts';
import type { RecipientId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Clock } from '../../time/index.ts';
import { Done } from './layout.tsx';
import { Problem } from './problem.tsx';
import { keepSettings, SettingsPage } from './settings-page.tsx';

export type SettingsPagePorts = {
  db: PrismaClient;
  rules: PlanRules;
  texts: Texts;
  signer: Signer;
  clock: Clock;
  undelivered: (recipients: RecipientId[]) => Promise<void>;
};

/** A dozen short fields. */
const FORM_MOST = 16 * 1024;

/** The page behind "Cách nhận tin" in a mail. The token names the contact, which must still be the guardian's. */
export function settingsPages(ports: SettingsPagePorts): Hono {
  const { db, rules, texts, signer, clock } = ports;
  const app = new Hono();
  const smallForm = bodyLimit({
    maxSize: FORM_MOST,
    onError: (c) => c.html(<Problem texts={texts} kind="error" />, 413),
  });
  const settingsHere = async (c: Context) => {
    const contactId = signer.verify('settings', c.req.param('token') ?? '', clock.now());
    const found = await familySettings(db, contactId);
    if (!found) throw new HubError('badLink');
    return found;
  };

  app.get('/family/settings/:token', async (c) =>
    c.html(<SettingsPage texts={texts} rules={rules} settings={await settingsHere(c)} now={clock.now()} />),
  );

  app.post('/family/settings/:token', smallForm, async (c) => {
    const before = await settingsHere(c);
    const form: Record<string, unknown> = await c.req.parseBody().catch(() => ({}));
    await ports.undelivered(await keepSettings(ports, before, form, clock.now()));
    const { language, school } = await settingsHere(c);
    const say = (key: string) => texts.say(language, `family:${key}`);
    return c.html(
      <Done
        language={language}
        title={say('settingsTitle')}
        school={school}
        text={say('settingsSaved')}
        more={say('settingsAgain')}
      />,
    );
  });

  return app;
}
