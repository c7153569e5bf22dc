import { HubError } from '../../errors.ts';
import { type NoticeKinds, recentNotices, wordedAgain } from '../../notices/index.ts';
import type { Document, Texts } from '../../render/index.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import { Page } from './layout.tsx';

type OpenedNotice = {
  language: string;
  school: string;
  title: string;
  document: Document;
  attachmentId: string | null;
};

/**
 * What stands behind a link of a digest's mail. The mail may have been passed on or be older than the right to it: what
 * holds at the moment of sending holds at the moment of opening, and the address that it was sent to must still be the
 * guardian's. @throws HubError `badLink`
 */
export async function openNotice(
  db: PrismaClient,
  kinds: NoticeKinds,
  { deliveryId, recipientId }: { deliveryId: string; recipientId: string },
): Promise<OpenedNotice> {
  const [row] = await db.$queryRaw<
    {
      guardianId: string;
      pupilId: string;
      schoolId: string;
      school: string;
      channel: string;
      language: string;
    }[]
  >`
    select r.guardian_id::text as "guardianId", r.pupil_id::text as "pupilId", r.school_id::text as "schoolId", u.name as school,
           d.channel, g.language
      from delivery d
      join contact c on c.id = d.contact_id and c.state = 'active'
      join recipient r on r.id = ${recipientId}::bigint and r.guardian_id = c.guardian_id
      join guardian g on g.id = c.guardian_id join org_unit u on u.id = r.school_id
     where d.id = ${deliveryId}::bigint`;
  const [notice] = row ? await recentNotices(db, [row.schoolId], [row], 1, recipientId) : [];
  const document =
    notice && (await wordedAgain(db, kinds, recipientId, row?.channel ?? '', row?.language ?? ''));
  if (!row || !document) throw new HubError('badLink');
  return {
    language: row.language,
    school: row.school,
    title: notice.title,
    document,
    attachmentId: notice.attachmentId,
  };
}

/** A notice to read again, as it was told. */
export function NoticePage({
  texts,
  language,
  school,
  title,
  document,
  fileLink,
}: OpenedNotice & { texts: Texts; fileLink: string | null }) {
  return (
    <Page language={language} title={title || texts.say(language, 'family:noticeTitle')} school={school}>
      {document.map((paragraph) => (
        <p>
          {paragraph.map((line, row) => (
            <>
              {row ? <br /> : null}
              {line.map(({ text, bold }) => (bold ? <strong>{text}</strong> : text))}
            </>
          ))}
        </p>
      ))}
      {fileLink ? (
        <p>
          <a href={fileLink}>{texts.say(language, 'family:noticeFile')}</a>
        </p>
      ) : null}
    </Page>
  );
}
