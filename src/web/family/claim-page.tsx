import type { Hono, MiddlewareHandler } from 'hono';
import type { Texts } from '../../render/index.ts';
import type { Signer } from '../../security/index.ts';
import type { Clock } from '../../time/index.ts';
import { Done, Page } from './layout.tsx';

type Bill = {
  id: string;
  child: string;
  className: string;
  item: string;
  period: string;
  amount: number;
  paid: number;
  state: string;
  claimed: boolean;
};

/** The bills behind a mail's "Đã nộp / được miễn giảm". @throws HubError `badLink`, also when the right has ended */
export interface ClaimDoor {
  billsOfMessage(deliveryId: string): Promise<{ school: string; language: string; bills: Bill[] }>;
  claimOfMail(deliveryId: string, billIds: readonly string[]): Promise<number>;
}

export type ClaimPorts = { texts: Texts; signer: Signer; clock: Clock; fees: ClaimDoor };

const dong = (amount: number): string => `${String(amount).replace(/\B(?=(\d{3})+$)/g, '.')} đ`;

/** Shows by GET, since mail scanners open every link; asks the cashier by POST. */
export function addClaimPage(
  app: Hono,
  { texts, signer, clock, fees }: ClaimPorts,
  smallForm: MiddlewareHandler,
): void {
  const deliveryOf = (token: string) => signer.verify('claim', token, clock.now());

  app.get('/family/bills/:token', async (c) =>
    c.html(<ClaimPage texts={texts} {...(await fees.billsOfMessage(deliveryOf(c.req.param('token'))))} />),
  );

  app.post('/family/bills/:token', smallForm, async (c) => {
    const deliveryId = deliveryOf(c.req.param('token'));
    const { school, language } = await fees.billsOfMessage(deliveryId);
    const form: Record<string, unknown> = await c.req.parseBody({ all: true }).catch(() => ({}));
    const chosen = [form.bill].flat().filter((id) => typeof id === 'string');
    const claimed = await fees.claimOfMail(deliveryId, chosen);
    // Nothing was ticked, or what was ticked has been paid meanwhile: the page says how it stands.
    if (!claimed) return c.redirect(c.req.path, 303);
    const title = titleOf(texts, language);
    return c.html(
      <Done
        language={language}
        title={title}
        school={school}
        text={texts.say(language, 'chat:fees.claimTaken')}
      />,
    );
  });
}

const titleOf = (texts: Texts, language: string): string => texts.say(language, 'family:billsTitle');

function ClaimPage({
  texts,
  language,
  school,
  bills,
}: {
  texts: Texts;
  language: string;
  school: string;
  bills: Bill[];
}) {
  const say = (key: string, values?: Record<string, string>) => texts.say(language, `family:${key}`, values);
  const open = bills.filter((bill) => bill.state === 'open' && bill.paid < bill.amount && !bill.claimed);
  const [only] = open;
  return (
    <Page language={language} title={titleOf(texts, language)} school={school}>
      {open.length ? <p>{say(open.length === 1 ? 'billIntro' : 'billsIntro')}</p> : null}
      {open.length ? (
        <form method="post">
          {open.length === 1 ? (
            <>
              <p class="notice">{nameOf(only, say)}</p>
              <input type="hidden" name="bill" value={only?.id} />
            </>
          ) : (
            open.map((bill) => (
              <label>
                <input type="checkbox" name="bill" value={bill.id} /> {nameOf(bill, say)}
              </label>
            ))
          )}
          <button type="submit">{texts.say(language, 'chat:feeClaim')}</button>
        </form>
      ) : null}
      {bills
        .filter((bill) => !open.includes(bill))
        .map((bill) => (
          <p>
            {nameOf(bill, say)}: {say(`bill.${stateOf(bill)}`)}
          </p>
        ))}
    </Page>
  );
}

function nameOf(bill: Bill | undefined, say: (key: string, values: Record<string, string>) => string) {
  if (!bill) return '';
  const { child, className, item, period } = bill;
  const amount = dong(Math.max(0, bill.amount - bill.paid) || bill.amount);
  return say('billOf', { child, className, item: period ? `${item} (${period})` : item, amount });
}

/** Of a bill that cannot be claimed (again). */
const stateOf = ({ state, paid, amount }: Bill): string =>
  state !== 'open' ? 'closed' : paid >= amount ? 'paid' : 'claimed';
