import type { SendMailOptions } from 'nodemailer';
import type { AccountConfig, Connection, Message, Outcome } from '../port.ts';
import { ChannelProblem } from '../problem.ts';
import { plainAddress } from './address.ts';
import { composeMail } from './compose.ts';
import { outcomeOf, problemOf } from './errors.ts';
import { newProgress, textBegan, watched } from './progress.ts';
import { type MailPool, openPool, secretsOf } from './transport.ts';

export function connect(account: AccountConfig, maxConnections: number): Connection {
  const sender = plainAddress(account.name);
  const pool = openPool(account.secret, maxConnections);
  const secrets = secretsOf(account.secret);
  const problem =
    sender === null ? 'the sender is not one plain address' : pool === null ? 'the SMTP URL is not one' : '';
  let closed = false;

  async function send(message: Message, deadline: AbortSignal): Promise<Outcome> {
    if (closed) return retry('channelStopped', 'the connection was closed');
    if ((message.partsSent ?? 0) > 0)
      return { kind: 'accepted', providerId: '', partsSent: message.partsSent ?? 0 };
    if (sender === null || pool === null)
      return { kind: 'person', reason: 'channelStopped', detail: problem, partsSent: 0 };
    if (deadline.aborted) return retry('timedOut', 'the deadline passed before the first byte');
    const composed = composeMail(message, sender);
    if (composed.kind === 'badAddress') {
      return {
        kind: 'rejected',
        reason: 'addressUnknown',
        contact: 'gone',
        detail: 'not one plain address',
        partsSent: 0,
      };
    }
    if (composed.kind === 'badContent')
      return { kind: 'rejected', reason: 'badContent', detail: composed.why, partsSent: 0 };
    return sendMail(pool, composed.mail, deadline, secrets);
  }

  return {
    send,
    async whoAmI() {
      if (pool === null || problem !== '') throw new ChannelProblem('notAuthorised', problem);
      await pool.verify().catch((error: unknown) => {
        throw problemOf(error, secrets);
      });
      return { name: account.name };
    },
    async close() {
      closed = true;
      pool?.close({ force: true });
    },
  };
}

async function sendMail(
  pool: MailPool,
  mail: SendMailOptions,
  deadline: AbortSignal,
  secrets: readonly string[],
): Promise<Outcome> {
  const progress = newProgress();
  try {
    const taken = await pool.sendMail(watched({ ...mail, signal: deadline }, progress));
    return { kind: 'accepted', providerId: taken.messageId, partsSent: 1 };
  } catch (error) {
    return outcomeOf(error, textBegan(progress), secrets);
  }
}

function retry(reason: 'channelStopped' | 'timedOut', detail: string): Outcome {
  return { kind: 'retry', scope: 'delivery', reason, detail, inDoubt: false, partsSent: 0 };
}
