import { Hono } from 'hono';
import type { Context } from 'hono';
import { HubError } from '../../errors.ts';
import { closeContacts, lockRights, PURPOSES, setConsentWithin } from '../../notices/index.ts';
import { takeReceipt } from '../../receipts/index.ts';
import type { Texts } from '../../render/index.ts';
import type { LinkUse, Signer } from '../../security/index.ts';
import type { NoticeId, RecipientId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Purpose } from '../../store/prisma/enums.ts';
import type { Clock } from '../../time/index.ts';
import { Page } from './layout.tsx';

export type FamilyPorts = {
  db: PrismaClient;
  texts: Texts;
  signer: Signer;
  clock: Clock;
  undelivered: (recipients: RecipientId[]) => Promise<void>;
  confirmed: (notice: NoticeId) => Promise<void>;
};

/**
 * The pages behind the signed links of our mails. A GET only shows: mail scanners open every link. What changes
 * something is a POST, and the token in the address is the right to do it: one contact, one use.
 */
export function familyPages(ports: FamilyPorts): Hono {
  const app = new Hono();
  const { db, texts, signer, clock } = ports;
  const subjectOf = (c: Context, use: LinkUse) => signer.verify(use, c.req.param('token') ?? '', clock.now());
  const sayIn = (language: string) => (key: string, values?: Record<string, string>) => texts.say(language, `family:${key}`, values);

  const contactOf = async (id: string) => {
    const contact = await db.contact.findUnique({
      where: { id },
      include: {
        guardian: {
          include: {
            guardianships: {
              where: { closedAt: null, pupil: { leftAt: null } },
              include: { pupil: { include: { enrolments: { where: { closedAt: null }, include: { schoolClass: true } } } } },
            },
          },
        },
      },
    });
    if (!contact) throw new HubError('badLink');
    const children = contact.guardian.guardianships.map(({ pupil }) => ({
      id: pupil.id,
      givenName: pupil.fullName.split(' ').at(-1) ?? '',
      className: pupil.enrolments[0]?.schoolClass.name ?? '',
    }));
    return { contact, children, language: contact.guardian.language };
  };

  app.get('/family/link/:token', async (c) => {
    const { children, language } = await contactOf(subjectOf(c, 'invite'));
    const say = sayIn(language);
    return c.html(
      <Page language={language} title={say('linkTitle')}>
        <p>{say('linkIntro')}</p>
        <ul class="children">
          {children.map((child) => (
            <li>{texts.say(language, 'chat:child', child)}</li>
          ))}
        </ul>
        <form method="post">
          <fieldset>
            <legend>{say('linkChoose')}</legend>
            {PURPOSES.map((purpose) => (
              <label>
                <input type="checkbox" name="purpose" value={purpose} /> {texts.say(language, `chat:purpose.${purpose}`)}
              </label>
            ))}
          </fieldset>
          <p>{texts.say(language, 'chat:consent', { givenName: children.map((child) => child.givenName).join(', ') })}</p>
          <p>{say('linkSafety')}</p>
          <fieldset>
            <legend>{say('language')}</legend>
            {texts.languages.map((one) => (
              <label>
                <input type="radio" name="language" value={one} checked={one === language} /> {texts.say(one, `family:${one}`)}
              </label>
            ))}
          </fieldset>
          <button type="submit" name="answer" value="save">
            {say('save')}
          </button>
          <button type="submit" name="answer" value="decline" class="secondary">
            {say('decline')}
          </button>
        </form>
      </Page>,
    );
  });

  app.post('/family/link/:token', async (c) => {
    const { contact, children, language: before } = await contactOf(subjectOf(c, 'invite'));
    const form = await c.req.parseBody({ all: true });
    const now = clock.now();
    if (form.answer === 'decline') {
      const cancelled = await closeContacts(db, { id: contact.id }, 'unlinked', `contact:${contact.id}`, now);
      await ports.undelivered(cancelled.map((row) => row.recipientId));
      return c.html(<Done language={before} title={sayIn(before)('linkTitle')} text={sayIn(before)('declined')} />);
    }
    const language = texts.languages.find((one) => one === form.language) ?? before;
    const chosen = PURPOSES.filter((purpose) => [form.purpose].flat().includes(purpose));
    const answers = Object.fromEntries(PURPOSES.map((purpose) => [purpose, chosen.includes(purpose)])) as Record<Purpose, boolean>;
    const cancelled = await db.$transaction(async (tx) => {
      await lockRights(tx, contact.schoolId);
      await tx.contact.update({ where: { id: contact.id }, data: { state: 'active', confirmedAt: now, changedAt: now } });
      await tx.guardian.update({ where: { id: contact.guardianId }, data: { language } });
      return setConsentWithin(
        tx,
        {
          schoolId: contact.schoolId,
          guardianId: contact.guardianId,
          pupilIds: children.map((child) => child.id),
          answers,
          textVersion: `${before}:${texts.say(before, 'chat:consentVersion')}`,
          channel: contact.channel,
          contactId: contact.id,
        },
        now,
      );
    });
    await ports.undelivered(cancelled);
    const say = sayIn(language);
    const names = chosen.map((purpose) => texts.say(language, `chat:purpose.${purpose}`)).join(', ');
    const detail = chosen.length ? say('savedDetail', { chosen: names }) : say('savedNone');
    return c.html(<Done language={language} title={say('linkTitle')} text={`${say('saved')} ${detail}`} />);
  });

  app.get('/family/confirm/:token', async (c) => {
    const { language, title, child, className } = await noticeBehind(db, subjectOf(c, 'confirm'));
    const say = sayIn(language);
    return c.html(
      <Page language={language} title={say('confirmTitle')}>
        <p>{say('confirmIntro', { child, className })}</p>
        <p class="children">{title}</p>
        <form method="post">
          <button type="submit">{texts.say(language, 'chat:confirmButton')}</button>
        </form>
      </Page>,
    );
  });

  app.post('/family/confirm/:token', async (c) => {
    const deliveryId = subjectOf(c, 'confirm');
    const { language } = await noticeBehind(db, deliveryId);
    const noticeId = await takeReceipt(db, { deliveryId, kind: 'confirmed', at: clock.now() });
    if (noticeId) await ports.confirmed(noticeId);
    return c.html(<Done language={language} title={sayIn(language)('confirmTitle')} text={sayIn(language)('confirmDone')} />);
  });

  app.get('/u/:token', async (c) => {
    const { language } = await contactOf(subjectOf(c, 'unsubscribe'));
    const say = sayIn(language);
    return c.html(
      <Page language={language} title={say('unsubscribeTitle')}>
        <p>{say('unsubscribeIntro')}</p>
        <form method="post">
          <button type="submit">{say('unsubscribe')}</button>
        </form>
      </Page>,
    );
  });

  // RFC 8058: the mail program posts List-Unsubscribe=One-Click here, without cookies and without asking anybody.
  app.post('/u/:token', async (c) => {
    const { contact, language } = await contactOf(subjectOf(c, 'unsubscribe'));
    const cancelled = await closeContacts(db, { id: contact.id }, 'unlinked', `contact:${contact.id}`, clock.now());
    await ports.undelivered(cancelled.map((row) => row.recipientId));
    return c.html(<Done language={language} title={sayIn(language)('unsubscribeTitle')} text={sayIn(language)('unsubscribed')} />);
  });

  return app;
}

function Done({ language, title, text }: { language: string; title: string; text: string }) {
  return (
    <Page language={language} title={title}>
      <p>{text}</p>
    </Page>
  );
}

async function noticeBehind(db: PrismaClient, deliveryId: string) {
  const delivery = await db.delivery.findUnique({ where: { id: BigInt(deliveryId) } });
  const recipient = delivery && (await db.recipient.findUnique({ where: { id: delivery.recipientId } }));
  if (!recipient) throw new HubError('badLink');
  const [notice, guardian] = await Promise.all([
    db.notice.findUniqueOrThrow({ where: { id: recipient.noticeId }, select: { title: true } }),
    db.guardian.findUniqueOrThrow({ where: { id: recipient.guardianId }, select: { language: true } }),
  ]);
  return { title: notice.title, language: guardian.language, child: recipient.child, className: recipient.className };
}
