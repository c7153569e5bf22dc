import type { ChannelName, Ground } from './ground.ts';

// What a provider can do to a send, and what the hub has to do then. One row, one fault.

/** What is seen of the family whose send meets the fault, when all is over. */
export type Ending = {
  /** Of the delivery that met it. */
  state: 'sent' | 'failed';
  /** Sends that count as tries. */
  attempts: number;
  contact: 'active' | 'blocked' | 'gone';
  /** The channel by which the family was told in the end. */
  reachedBy: ChannelName;
  /** Marked as possibly told twice. */
  doubt: boolean;
  /** The account's: goes on, waits as long as it was asked to, or is stopped until a person has helped. */
  lane: 'goes on' | 'waits' | 'stopped';
  /** Calls that met the fault: as many as it takes to know of it. */
  met: number;
};

export type Row = {
  channel: ChannelName;
  fault: string;
  /** Where that family is told; default: a chat or mailbox of its own. */
  address?: (ground: Ground) => string;
  /** Makes the provider misbehave to this address. @returns how many calls have met it */
  arm: (ground: Ground, address: string) => () => number;
  ending: Ending;
  /** The others must not even have waited for this send to be given up. */
  holds?: true;
};

const TOLD: Ending = {
  state: 'sent',
  attempts: 1,
  contact: 'active',
  reachedBy: 'telegram',
  doubt: false,
  lane: 'goes on',
  met: 1,
};
/** Told by the other channel, which is e-mail for chats and Telegram for e-mail. */
const byMail: Ending = { ...TOLD, state: 'failed', reachedBy: 'email' };

type ChatFault = Parameters<Ground['telegram']['fault']>[0];
type ChatStandIn = { fault(fault: ChatFault): { hits: number } };

/** Rows of a chat channel: a fault of its stand-in that meets the sends to one chat. */
const chat =
  (channel: Exclude<ChannelName, 'email'>, standIn: (ground: Ground) => ChatStandIn) =>
  (fault: string, what: ChatFault, ending: Partial<Ending>, more: Partial<Row> = {}): Row => ({
    channel,
    fault,
    arm: (ground, address) => {
      const handle = standIn(ground).fault({
        match: (method, payload) => method === 'sendMessage' && String(payload.chat_id) === address,
        ...what,
      });
      return () => handle.hits;
    },
    ending: { ...TOLD, reachedBy: channel, ...ending },
    ...more,
  });
const telegram = chat('telegram', (ground) => ground.telegram);
const zaloBot = chat('zalo-bot', (ground) => ground.zaloBot);

type OaFault = Parameters<Ground['zaloOa']['fault']>[0];
const zaloOa = (fault: string, what: OaFault, ending: Partial<Ending>, more: Partial<Row> = {}): Row => ({
  channel: 'zalo-oa',
  fault,
  arm: (ground, address) => {
    const toThem = JSON.stringify({ user_id: address });
    const handle = ground.zaloOa.fault({
      match: (path, payload) =>
        path === '/v3.0/oa/message/cs' && JSON.stringify(payload.recipient) === toThem,
      ...what,
    });
    return () => handle.hits;
  },
  ending: { ...TOLD, reachedBy: 'zalo-oa', ...ending },
  ...more,
});

// A connection of the pool that was used before and is dropped (or closed with 421) before a word of the mail was read is
// the pool's matter: it sends the mail once more over another one, and no try is counted. On a first connection 421 lets the
// whole account wait (test/channels/contract.ts).
type MailFault = Parameters<Ground['mail']['fault']>[0];
const mail = (fault: string, what: MailFault, ending: Partial<Ending>, more: Partial<Row> = {}): Row => ({
  channel: 'email',
  fault,
  arm: (ground, address) => {
    const handle = ground.mail.fault({ address, ...what });
    return () => handle.hits;
  },
  ending: { ...TOLD, reachedBy: 'email', ...ending },
  ...more,
});

/** Telegram closes the old group and names the new one; so the delivery has to go on there. */
function supergroup(): Row {
  let group: ReturnType<Ground['telegram']['group']> | undefined;
  return {
    channel: 'telegram',
    fault: '400 group is a supergroup now',
    address: ({ telegram: chats }) => {
      group = chats.group();
      return group.chatId;
    },
    arm: ({ telegram: chats }) => {
      const before = sum(chats.refusals);
      group?.upgrade();
      return () => sum(chats.refusals) - before;
    },
    ending: { ...TOLD, attempts: 2 },
  };
}

const sum = (counts: Readonly<Record<number, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

export const ROWS: readonly Row[] = [
  telegram('429 with retry_after 2', { kind: 'retry-after', seconds: 2 }, { lane: 'waits' }),
  telegram('500', { kind: 'status', status: 500 }, { attempts: 2, doubt: true }),
  telegram('502', { kind: 'status', status: 502 }, { attempts: 2, doubt: true }),
  telegram('reset before it is taken', { kind: 'reset-before' }, { attempts: 2, doubt: true }),
  telegram('reset after accept', { kind: 'reset-after-accept' }, { attempts: 2, doubt: true }),
  telegram('hangs (deadline)', { kind: 'hang' }, { attempts: 2, doubt: true }, { holds: true }),
  telegram(
    'takes it and hangs',
    { kind: 'hang-after-accept' },
    { attempts: 2, doubt: true },
    { holds: true },
  ),
  telegram('HTML error page with 200', { kind: 'html-200' }, { attempts: 2 }),
  telegram(
    '400 message text is wrong',
    { kind: 'status', status: 400, description: "Bad Request: can't parse entities" },
    { ...byMail },
  ),
  telegram(
    '403 blocked',
    { kind: 'status', status: 403, description: 'Forbidden: bot was blocked by the user' },
    { ...byMail, contact: 'blocked' },
  ),
  telegram(
    '403 user is deactivated',
    { kind: 'status', status: 403, description: 'Forbidden: user is deactivated' },
    { ...byMail, contact: 'gone' },
  ),
  telegram(
    '400 chat not found',
    { kind: 'status', status: 400, description: 'Bad Request: chat not found' },
    { ...byMail, contact: 'gone' },
  ),
  supergroup(),
  telegram(
    '401 wrong token',
    { kind: 'status', status: 401, description: 'Unauthorized' },
    { lane: 'stopped' },
  ),
  zaloOa('-32 too many requests', { kind: 'code', code: -32 }, { lane: 'waits' }),
  zaloOa('-216 access token invalid', { kind: 'code', code: -216 }, {}),
  zaloOa('-200 sending failed', { kind: 'code', code: -200 }, { attempts: 2 }),
  zaloOa('-211 out of quota', { kind: 'code', code: -211 }, { ...byMail }),
  zaloOa('-213 no relation to the OA', { kind: 'code', code: -213 }, { ...byMail, contact: 'gone' }),
  zaloOa('-230 outside the window', { kind: 'code', code: -230 }, { ...byMail }),
  zaloOa('-248 against a policy', { kind: 'code', code: -248 }, { ...byMail }),
  zaloOa('a code that nobody knows', { kind: 'code', code: -9999 }, { ...byMail }),
  zaloOa('502', { kind: 'status', status: 502 }, { attempts: 2, doubt: true }),
  zaloOa('reset before it is taken', { kind: 'reset-before' }, { attempts: 2, doubt: true }),
  zaloOa('reset after accept', { kind: 'reset-after-accept' }, { attempts: 2, doubt: true }),
  zaloOa('hangs (deadline)', { kind: 'hang' }, { attempts: 2, doubt: true }, { holds: true }),
  zaloOa('HTML error page with 200', { kind: 'html-200' }, { attempts: 2 }),
  zaloOa('-204 OA disabled', { kind: 'code', code: -204 }, { lane: 'stopped' }),
  zaloBot('429 (in a 200)', { kind: 'retry-after' }, { lane: 'waits' }),
  zaloBot('403 internal error (in a 200)', { kind: 'status', status: 403 }, { attempts: 2, doubt: true }),
  zaloBot('reset before it is taken', { kind: 'reset-before' }, { attempts: 2, doubt: true }),
  zaloBot('reset after accept', { kind: 'reset-after-accept' }, { attempts: 2, doubt: true }),
  zaloBot('hangs (deadline)', { kind: 'hang' }, { attempts: 2, doubt: true }, { holds: true }),
  zaloBot('HTML error page with 200', { kind: 'html-200' }, { attempts: 2 }),
  zaloBot('401 wrong token', { kind: 'status', status: 401 }, { lane: 'stopped' }),
  mail(
    '421 at RCPT, on a second connection too',
    { stage: 'rcpt', kind: 'reply', code: 421, text: '4.7.0 Too many mails', times: 2 },
    { attempts: 2, met: 2 },
  ),
  mail(
    '450 at RCPT (greylisted)',
    { stage: 'rcpt', kind: 'reply', code: 450, text: '4.2.0 Try again' },
    { attempts: 2 },
  ),
  mail(
    '550 at RCPT (no such box)',
    { stage: 'rcpt', kind: 'reply', code: 550, text: '5.1.1 No such user' },
    { state: 'failed', contact: 'gone', reachedBy: 'telegram' },
  ),
  mail(
    '552 after DATA (box is full)',
    { stage: 'data', kind: 'reply', code: 552, text: '5.2.2 Mailbox full' },
    { state: 'failed', reachedBy: 'telegram' },
  ),
  mail('dropped at RCPT', { stage: 'rcpt', kind: 'drop' }, {}),
  mail(
    'dropped at RCPT, on a second connection too',
    { stage: 'rcpt', kind: 'drop', times: 2 },
    { attempts: 2, met: 2 },
  ),
  mail('dropped at DATA, before a word of it', { stage: 'data', kind: 'drop' }, {}),
  mail(
    'dropped at DATA, on a second connection too',
    { stage: 'data', kind: 'drop', times: 2 },
    { attempts: 2, met: 2 },
  ),
  mail(
    'dropped in DATA, when it was taken',
    { stage: 'data', kind: 'drop-after-accept' },
    { attempts: 2, doubt: true },
  ),
  mail('hangs at RCPT (deadline)', { stage: 'rcpt', kind: 'hang' }, { attempts: 2 }, { holds: true }),
  mail(
    'hangs after DATA (deadline)',
    { stage: 'data', kind: 'hang' },
    { attempts: 2, doubt: true },
    { holds: true },
  ),
  mail(
    '535 at MAIL FROM (wrong password)',
    { stage: 'mail', kind: 'reply', code: 535, text: '5.7.8 Wrong credentials', match: () => true },
    { lane: 'stopped' },
  ),
];
