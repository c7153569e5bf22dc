// E-mail through Nodemailer's pool. The account's secret is an SMTP URL, its name the sender's address.
//
// Order of reading: address (what we send to at all) → compose (the mail) → transport (the pool) → errors (the table:
// what a 550 means) → connection. Bounces that come back as mails are not read here.

import type { Channel } from '../port.ts';
import { connect } from './connection.ts';

/** A school's mail server, not a mailing house: few connections, and a pace that providers' free plans bear. */
const LIMITS = {
  /** Of a whole mail, HTML part included; far below the 10 MB that servers take. */
  textMax: 100_000,
  perSecond: 10,
  perAddressMs: 0,
  concurrency: 4,
  /** RFC 5321 §4.5.3.2 allows servers minutes; a lane cannot wait so long for one mail. */
  deadlineMs: 60_000,
} as const;

export function email(): Channel {
  return {
    name: 'email',
    limits: LIMITS,
    markup: 'mail',
    answers: 'buttons',
    open: (account) => connect(account, LIMITS.concurrency),
  };
}
