import type { ReportCard, Texts } from '../../render/index.ts';
import { SCHOOL_OFFSET_MIN } from '../../time/index.ts';
import { Page } from './layout.tsx';

/** Report cards behind signed links. @throws HubError `badLink` when there is none, or not for this family any more */
export interface CardDoor {
  openCard(deliveryId: string): Promise<{ card: ReportCard; language: string; sentAt: Date }>;
}

/** "24/11/2026", as the day is at school. */
const schoolDate = (at: Date): string =>
  new Date(at.getTime() + SCHOOL_OFFSET_MIN * 60_000)
    .toISOString()
    .slice(0, 10)
    .split('-')
    .reverse()
    .join('/');

/** A report card to read and to print: the same as its picture, with every word of the comments. */
export function CardPage({
  texts,
  language,
  card,
  sentAt,
}: {
  texts: Texts;
  language: string;
  card: ReportCard;
  sentAt: Date;
}) {
  const say = (key: string, values?: Record<string, string>) => texts.say(language, `family:${key}`, values);
  return (
    <Page language={language} title={card.heading} school={card.school}>
      <p class="pupil">
        {card.child}
        <br />
        {card.className}
      </p>
      {card.rows.length ? (
        <table class="card">
          <thead>
            <tr>
              {card.columns.map((column) => (
                <th scope="col">{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {card.rows.map(([subject, ...cells]) => (
              <tr>
                <th scope="row">{subject}</th>
                {cells.map((cell) => (
                  <td>{cell || '–'}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      <Pairs list={card.results} />
      <Pairs list={card.comments} />
      <p class="hint">
        {say('cardSent', { date: schoolDate(sentAt) })} {say('cardPrint')}
      </p>
    </Page>
  );
}

function Pairs({ list }: { list: ReportCard['results'] }) {
  return list.length ? (
    <dl>
      {list.map(({ label, text }) => (
        <>
          <dt>{label}</dt>
          <dd>{text}</dd>
        </>
      ))}
    </dl>
  ) : null;
}
