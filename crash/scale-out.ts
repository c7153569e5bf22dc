import { SETTINGS } from '../src/config.ts';
import { webhookPath } from '../src/web/index.ts';
import { type Hand, ready, urlOf } from './crew.ts';
import { finished, nextRound, publish } from './errand.ts';
import type { Place } from './place.ts';
import type { Result } from './result.ts';
import { type CrashSchool, titleOf } from './school.ts';
import { added, NOTHING, type Tally, tallyOf } from './tally.ts';
import { pause, until } from './until.ts';

// A province's shape, as compose.yaml has it: two web processes, two workers, PostgreSQL, perhaps Redis. Each process is
// stopped and started again, one after the other, while notices go out, families confirm and a reminder falls due.

/** Families that confirm meanwhile, each through one of the two web processes. */
const FAMILIES = 200;
/** A clean stop that takes longer than this has waited for something that does not come. */
const STOP_MS = 15_000;

export async function scaleOut(
  place: Place,
  school: CrashSchool,
  told: (result: Result) => void,
): Promise<void> {
  const workers = await place.staff();
  const webs = [place.startWeb(), place.startWeb()];
  await Promise.all(webs.map(ready));
  told(await restartOneByOne(place, school, workers, webs));
  told(await shareLimits(place, school, webs));
  await Promise.all([...workers, ...webs].map((hand) => hand.kill()));
}

async function restartOneByOne(
  place: Place,
  school: CrashSchool,
  workers: Hand[],
  webs: Hand[],
): Promise<Result> {
  const broken: string[] = [];
  let restarting = true;
  const safety = nextRound();
  await publishSafety(place, school, safety);
  const confirming = confirmAll(place, safety, webs);
  const rounds: number[] = [];
  const load = (async () => {
    // At least two, the second of which is published in the middle of it.
    while (restarting || rounds.length < 2) {
      const round = nextRound();
      rounds.push(round);
      await publish(place, school, round);
      await finished(place, school, round);
    }
  })();
  load.catch(() => undefined);
  const began = performance.now();
  for (const crowd of [webs, workers])
    for (const [n, hand] of crowd.entries()) {
      const stopped = await stopCleanly(hand);
      if (stopped) broken.push(stopped);
      const next = crowd === webs ? place.startWeb() : place.start();
      await ready(next);
      crowd[n] = next;
    }
  restarting = false;
  const took = performance.now() - began;
  await load;
  const confirmed = await confirming;
  await finished(place, school, safety);
  let tally: Tally = NOTHING;
  for (const round of rounds) tally = added(tally, await tallyOf(place.db, place.oracle, school, round));
  const reminded = await tallyOfReminded(place, school, safety);
  tally = added(tally, reminded.tally);
  if (tally.flagged || tally.duplicates) broken.push('something is in doubt although every stop was clean');
  broken.push(...reminded.broken, ...(await lostReceipts(place, safety, confirmed)));
  return {
    setup: place.setup,
    point: `two web, two workers, restarted one by one in ${(took / 1000).toFixed(1)} s (${rounds.length + 1} notices, ${confirmed.length} confirmations)`,
    ...tally,
    wentOnMs: null,
    boundMs: null,
    broken,
  };
}

/** SIGTERM, as a supervisor sends it. @returns what was wrong about its end */
async function stopCleanly(hand: Hand): Promise<string | null> {
  hand.signal('SIGTERM');
  const code = await Promise.race([hand.ended, pause(STOP_MS).then(() => 'late' as const)]);
  if (code === 'late') await hand.kill();
  return code === 0 ? null : `${hand.who} did not stop cleanly (${code})`;
}

async function publishSafety(place: Place, school: CrashSchool, round: number): Promise<void> {
  const command = place.command(
    ...['notice', 'safety', '--school', school.name, '--cause', 'covid', '--action', 'classOnline'],
    ...['--title', titleOf(round), '--authority', 'Hiệu trưởng', '--key', `crash-safety-${round}`],
  );
  const code = await command.ended;
  if (code !== 0) throw new Error(`the notice was not accepted (exit code ${code}):\n${command.said()}`);
}

/** @returns the deliveries whose confirmation a web process has answered with "thank you" */
async function confirmAll(place: Place, round: number, webs: readonly Hand[]): Promise<string[]> {
  const { rows } = await until('some of the notice to be sent', async () => {
    const sent = await place.db.pool.query<{ id: string }>(
      `select d.id::text from delivery d join notice n on n.id = d.notice_id
        where n.title = $1 and d.round = 1 and d.state = 'sent' order by d.id limit $2`,
      [titleOf(round), FAMILIES],
    );
    return sent.rows.length === FAMILIES && sent;
  });
  for (const [n, { id }] of rows.entries()) {
    const path = `/family/confirm/${place.signer.sign('confirm', id)}`;
    // As whoever stands before two web processes does: one that is away is passed over.
    await until(`the confirmation of ${id} to be taken`, async () => {
      for (const web of [webs[n % webs.length], webs[(n + 1) % webs.length]])
        if (web?.alive() && (await posted(web, path))) return true;
      return false;
    });
  }
  return rows.map((row) => row.id);
}

const posted = (web: Hand, path: string): Promise<boolean> =>
  Promise.resolve()
    .then(() => fetch(`${urlOf(web)}${path}`, { method: 'POST' }))
    .then(
      (answer) => answer.status === 200,
      () => false,
    );

async function lostReceipts(place: Place, round: number, confirmed: readonly string[]): Promise<string[]> {
  const { rows } = await place.db.pool.query<{ kept: number; reached: number }>(
    `select count(distinct p.delivery_id)::int as kept, count(r.confirmed_at)::int as reached
       from unnest($1::bigint[]) as wanted(id) join delivery d on d.id = wanted.id
       join recipient r on r.id = d.recipient_id join notice n on n.id = d.notice_id and n.title = $2
       join receipt p on p.delivery_id = d.id and p.kind = 'confirmed'`,
    [confirmed, titleOf(round)],
  );
  const lost = confirmed.length - Math.min(rows[0]?.kept ?? 0, rows[0]?.reached ?? 0);
  return lost ? [`${lost} confirmations were thanked for and are not there`] : [];
}

/**
 * Whether a family was to be reminded: it had got the notice by the deadline and had not confirmed it. What happened within
 * half a second of it is nobody's to say: null.
 */
const DUE = `case
  when abs(extract(epoch from d.settled_at - n.reminded_at)) < 0.5 or abs(extract(epoch from r.confirmed_at - n.reminded_at)) < 0.5 then null
  else d.settled_at < n.reminded_at and (r.confirmed_at is null or r.confirmed_at > n.reminded_at) end`;

/**
 * The notice whose deadline passes meanwhile: every family that had got it and has not confirmed is reminded once, and
 * what the hub believes to have sent is what each address got.
 */
async function tallyOfReminded(
  place: Place,
  school: CrashSchool,
  round: number,
): Promise<{ tally: Tally; broken: string[] }> {
  const told = new Map(await place.oracle.ask({ ask: 'told', round }));
  const { rows } = await place.db.pool.query<{
    address: string;
    sent: number;
    reminders: number;
    due: boolean | null;
    flagged: boolean;
  }>(
    `select d.address, count(*) filter (where d.state in ('sent', 'delivered', 'seen', 'confirmed'))::int as sent,
            count(*) filter (where d.round = 2)::int as reminders, bool_or(d.possible_duplicate) as flagged,
            bool_or(${DUE}) filter (where d.round = 1) as due
       from notice n join delivery d on d.notice_id = n.id join recipient r on r.id = d.recipient_id
      where n.title = $1 and n.school_id = $2 group by d.address`,
    [titleOf(round), school.id],
  );
  const tally: Tally = { ...NOTHING, deliveries: school.addresses.length };
  const broken: string[] = [];
  const known = new Map(rows.map((row) => [row.address, row]));
  let wrongly = 0;
  for (const address of school.addresses) {
    const row = known.get(address);
    const times = told.get(address) ?? 0;
    if (!row || times < Math.max(1, row.sent)) tally.lost++;
    if (row && times > row.sent) {
      tally.duplicates += times - row.sent;
      if (!row.flagged) tally.unflagged += times - row.sent;
    }
    if (row?.flagged) tally.flagged++;
    if (row && (row.due === null ? row.reminders > 1 : row.reminders !== Number(row.due))) wrongly++;
  }
  if (wrongly) broken.push(`${wrongly} families were not reminded as they had to be`);
  return { tally, broken };
}

/** Wrong codes of one chat come to the two web processes in turn: they are counted together. */
async function shareLimits(place: Place, school: CrashSchool, webs: readonly Hand[]): Promise<Result> {
  const chat = '899999999';
  const most = Number(SETTINGS.LINK_TRIES_PER_HOUR.fallback);
  const account = school.accounts.telegram ?? '';
  await place.oracle.ask({ ask: 'open', channel: 'telegram', addresses: [chat] });
  const broken: string[] = [];
  for (let n = 1; n <= most + 2; n++) {
    const web = webs[n % webs.length];
    if (!web) throw new Error('no web process');
    const answer = await fetch(`${urlOf(web)}${webhookPath('telegram', account)}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-telegram-bot-api-secret-token': place.signer.webhookSecret(account),
      },
      body: JSON.stringify(wrongCode(Number(chat), n)),
    });
    if (answer.status !== 200) broken.push(`update ${n} was answered with ${answer.status}`);
    await until(`try ${n} to be answered`, async () => {
      const texts = await place.oracle.ask({ ask: 'texts', chat });
      return texts.length >= n;
    });
  }
  const texts = await place.oracle.ask({ ask: 'texts', chat });
  const refused = texts.findIndex((text) => text.includes('Đã thử sai nhiều lần'));
  if (refused !== most) broken.push(`the limit of ${most} wrong codes held from answer ${refused + 1} on`);
  return {
    setup: place.setup,
    point: `two web: ${most} wrong codes of a chat, counted together`,
    ...NOTHING,
    wentOnMs: null,
    boundMs: null,
    broken,
  };
}

const wrongCode = (chat: number, n: number) => ({
  update_id: 900_000_000 + n,
  message: {
    message_id: n,
    date: Math.floor(Date.now() / 1000),
    chat: { id: chat, type: 'private', first_name: 'Khách' },
    from: { id: chat, is_bot: false, first_name: 'Khách' },
    text: '/start ABCD2345',
  },
});
