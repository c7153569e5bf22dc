import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Attachments } from '../../attachments/index.ts';
import { HubError } from '../../errors.ts';
import {
  closeContacts,
  lockRights,
  type NoticeKinds,
  type PlanRules,
  PURPOSES,
  setConsentWithin,
} from '../../notices/index.ts';
import { takeReceipt } from '../../receipts/index.ts';
import type { LinkUse } from '../../security/index.ts';
import type { NoticeId, RecipientId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Purpose } from '../../store/prisma/enums.ts';
import { type AbsencePagePorts, absencePages, absencePath } from './absence-pages.tsx';
import { type CardDoor, CardPage } from './card-page.tsx';
import { addClaimPage, type ClaimDoor } from './claim-page.tsx';
import { type FormPagePorts, formPages } from './form-routes.tsx';
import { Done, Page } from './layout.tsx';
import { LinkPage, wordingOf } from './link-page.tsx';
import { NoticePage, openNotice } from './notice-page.tsx';
import { Problem } from './problem.tsx';
import { settingsPages } from './settings-routes.tsx';

export type FamilyPorts = FormPagePorts &
  AbsencePagePorts & {
    db: PrismaClient;
    kinds: NoticeKinds;
    rules: PlanRules;
    marks: CardDoor;
    fees: ClaimDoor;
    /** What people have sent, for whom a channel could not bring it. */
    attachments: Pick<Attachments, 'openLink' | 'link'>;
    undelivered: (recipients: RecipientId[]) => Promise<void>;
    confirmed: (notice: NoticeId) => Promise<void>;
  };

/** Our forms are a few hundred letters long. */
const FORM_MOST = 16 * 1024;

/**
 * The pages behind the signed links of our mails. A GET only shows: mail scanners open every link. What changes
 * something is a POST, and the token in the address is the right to do it: one contact, one use.
 */
export function familyPages(ports: FamilyPorts): Hono {
  const app = new Hono();
  const smallForm = bodyLimit({
    maxSize: FORM_MOST,
    onError: (c) => c.html(<Problem texts={ports.texts} kind="error" />, 413),
  });
  const { db, texts, signer, clock } = ports;
  const subjectOf = (c: Context, use: LinkUse) => signer.verify(use, c.req.param('token') ?? '', clock.now());
  const sayIn = (language: string) => (key: string, values?: Record<string, string>) =>
    texts.say(language, `family:${key}`, values);

  /** The page on which this family may report an absence; null: they may for no child. */
  const absenceLink = async (contactId: string, language: string) =>
    (await ports.absence.place(contactId)) && {
      label: texts.say(language, 'absence:page.link'),
      url: absencePath(signer, contactId),
    };

  const contactOf = async (id: string) => {
    const contact = await db.contact.findUnique({
      where: { id },
      include: {
        guardian: {
          include: {
            school: { select: { name: true } },
            linkCodes: { where: { usedAt: { not: null } }, select: { pupilId: true } },
            guardianships: {
              where: { closedAt: null, pupil: { leftAt: null } },
              include: {
                pupil: {
                  include: { enrolments: { where: { closedAt: null }, include: { schoolClass: true } } },
                },
              },
            },
          },
        },
      },
    });
    if (!contact) throw new HubError('badLink');
    // A guardianship that stands on nothing but a shared phone number is no proof (docs/decisions/003): such a child
    // appears when its own code was used, or when there is no other child.
    const { guardianships, linkCodes } = contact.guardian;
    const proven = guardianships.filter(
      ({ relation, pupilId }) =>
        relation !== 'guardian' || linkCodes.some((code) => code.pupilId === pupilId),
    );
    const children = (proven.length ? proven : guardianships).map(({ pupil }) => ({
      id: pupil.id,
      givenName: pupil.fullName.split(' ').at(-1) ?? '',
      className: pupil.enrolments[0]?.schoolClass.name ?? '',
    }));
    return { contact, children, language: contact.guardian.language, school: contact.guardian.school.name };
  };

  app.get('/family/link/:token', async (c) => {
    const { children, language, school } = await contactOf(subjectOf(c, 'invite'));
    return c.html(<LinkPage texts={texts} language={language} school={school} pupils={children} />);
  });

  app.post('/family/link/:token', smallForm, async (c) => {
    const { contact, children, language: before, school } = await contactOf(subjectOf(c, 'invite'));
    // What is no form of ours answers nothing.
    const form: Record<string, unknown> = await c.req.parseBody({ all: true }).catch(() => ({}));
    const now = clock.now();
    if (form.answer === 'decline') {
      const cancelled = await closeContacts(db, { id: contact.id }, 'unlinked', `contact:${contact.id}`, now);
      await ports.undelivered(cancelled.map((row) => row.recipientId));
      return c.html(
        <Done
          language={before}
          title={sayIn(before)('linkTitle')}
          school={school}
          text={sayIn(before)('declined')}
        />,
      );
    }
    if (form.answer !== 'save') return c.redirect(c.req.path, 303);
    const language = texts.languages.find((one) => one === form.language) ?? before;
    const textVersion =
      texts.languages.map((one) => wordingOf(texts, one)).find((one) => one === form.wording) ??
      wordingOf(texts, before);
    const chosen = PURPOSES.filter((purpose) => [form.purpose].flat().includes(purpose));
    const answers = Object.fromEntries(
      PURPOSES.map((purpose) => [purpose, chosen.includes(purpose)]),
    ) as Record<Purpose, boolean>;
    const cancelled = await db.$transaction(async (tx) => {
      await lockRights(tx, contact.schoolId);
      await tx.contact.update({
        where: { id: contact.id },
        data: { state: 'active', confirmedAt: now, changedAt: now },
      });
      await tx.guardian.update({ where: { id: contact.guardianId }, data: { language } });
      return setConsentWithin(
        tx,
        {
          schoolId: contact.schoolId,
          guardianId: contact.guardianId,
          pupilIds: children.map((child) => child.id),
          answers,
          textVersion,
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
    return c.html(
      <Done
        language={language}
        title={say('linkTitle')}
        school={school}
        text={`${say('saved')} ${detail}`}
        more={say('savedChange')}
        link={await absenceLink(contact.id, language)}
      />,
    );
  });

  app.get('/family/confirm/:token', async (c) => {
    const { language, school, title, child, className } = await noticeBehind(db, subjectOf(c, 'confirm'));
    const say = sayIn(language);
    return c.html(
      <Page language={language} title={say('confirmTitle')} school={school}>
        <p>{say('confirmIntro', { child, className })}</p>
        <p class="notice">{title}</p>
        <form method="post">
          <button type="submit">{texts.say(language, 'chat:confirmButton')}</button>
        </form>
      </Page>,
    );
  });

  app.post('/family/confirm/:token', async (c) => {
    const deliveryId = subjectOf(c, 'confirm');
    const { language, school, contactId } = await noticeBehind(db, deliveryId);
    const noticeId = await takeReceipt(db, { deliveryId, kind: 'confirmed', at: clock.now() });
    if (noticeId) await ports.confirmed(noticeId);
    return c.html(
      <Done
        language={language}
        title={sayIn(language)('confirmTitle')}
        school={school}
        text={sayIn(language)('confirmDone')}
        link={await absenceLink(contactId, language)}
      />,
    );
  });

  app.get('/family/notice/:token', async (c) => {
    const [deliveryId = '', recipientId = ''] = subjectOf(c, 'notice').split('.');
    const opened = await openNotice(db, ports.kinds, { deliveryId, recipientId });
    const { attachmentId } = opened;
    const fileLink = attachmentId && ports.attachments.link(attachmentId, { delivery: deliveryId });
    return c.html(<NoticePage texts={texts} {...opened} fileLink={fileLink} />);
  });

  app.get('/family/card/:token', async (c) => {
    const { language, card, sentAt } = await ports.marks.openCard(subjectOf(c, 'card'));
    return c.html(<CardPage texts={texts} language={language} card={card} sentAt={sentAt} />);
  });

  app.route('/', formPages(ports));
  addClaimPage(app, ports, smallForm);
  app.route('/', settingsPages(ports));
  app.route('/', absencePages(ports));

  app.get('/u/:token', async (c) => {
    const { language, school } = await contactOf(subjectOf(c, 'unsubscribe'));
    const say = sayIn(language);
    return c.html(
      <Page language={language} title={say('unsubscribeTitle')} school={school}>
        <p>{say('unsubscribeIntro')}</p>
        <form method="post">
          <button type="submit">{say('unsubscribe')}</button>
        </form>
      </Page>,
    );
  });

  // RFC 8058: the mail program posts List-Unsubscribe=One-Click here, without cookies and without asking anybody.
  app.post('/u/:token', async (c) => {
    const { contact, language, school } = await contactOf(subjectOf(c, 'unsubscribe'));
    const cancelled = await closeContacts(
      db,
      { id: contact.id },
      'unlinked',
      `contact:${contact.id}`,
      clock.now(),
    );
    await ports.undelivered(cancelled.map((row) => row.recipientId));
    return c.html(
      <Done
        language={language}
        title={sayIn(language)('unsubscribeTitle')}
        school={school}
        text={sayIn(language)('unsubscribed')}
      />,
    );
  });

  return app;
}

async function noticeBehind(db: PrismaClient, deliveryId: string) {
  const delivery = await db.delivery.findUnique({ where: { id: BigInt(deliveryId) } });
  const recipient = delivery && (await db.recipient.findUnique({ where: { id: delivery.recipientId } }));
  if (!delivery || !recipient) throw new HubError('badLink');
  const [notice, guardian] = await Promise.all([
    db.notice.findUniqueOrThrow({
      where: { id: recipient.noticeId },
      select: { title: true, school: { select: { name: true } } },
    }),
    db.guardian.findUniqueOrThrow({ where: { id: recipient.guardianId }, select: { language: true } }),
  ]);
  return {
    title: notice.title,
    school: notice.school.name,
    language: guardian.language,
    contactId: delivery.contactId,
    child: recipient.child,
    className: recipient.className,
  };
}
