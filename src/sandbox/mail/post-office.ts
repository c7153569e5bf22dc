// What the SMTP server decides at each stage, and where the mails lie.

import type { SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { AcceptTimes } from '../accept-times.ts';
import { type Journal, openJournal } from '../journal.ts';
import { type MailFault, MailFaults, type MailStage } from './faults.ts';
import { type Mail, readMail } from './mail.ts';

export type PostOfficeOptions = {
  clock: () => number;
  journal: string | undefined;
  /** Domains to which it delivers; undefined: to all. */
  domains: readonly string[] | undefined;
  log: (event: string, data: Record<string, unknown>) => void;
  /** Cuts the connection of that session. */
  cut: (session: SMTPServerSession) => void;
};

/** An SMTP refusal; smtp-server sends `responseCode` and the message. */
export class MailRefusal extends Error {
  readonly responseCode: number;
  constructor(code: number, text: string) {
    super(text);
    this.name = 'MailRefusal';
    this.responseCode = code;
  }
}

const ADDRESS = /^[^\s@<>,;:"]+@[^\s@<>,;:"]+\.[^\s@<>,;:".]+$/;
/** Never settles: the client waits until its own patience ends. */
const never = (): Promise<never> => new Promise(() => {});

export class PostOffice {
  readonly accepted: Mail[] = [];
  readonly refusals: Record<number, number> = {};
  readonly faults = new MailFaults();
  readonly times = new AcceptTimes();
  readonly #options: PostOfficeOptions;
  readonly #journal: Journal<Mail>;
  version = 0;

  constructor(options: PostOfficeOptions) {
    this.#options = options;
    const { records, journal } = openJournal<Mail>(options.journal);
    this.#journal = journal;
    for (const mail of records) this.#remember(mail);
  }

  /** @throws MailRefusal */
  async connect(session: SMTPServerSession): Promise<void> {
    await this.#strike('connect', [], session);
  }

  /** @throws MailRefusal */
  async mailFrom({ address }: SMTPServerAddress, session: SMTPServerSession): Promise<void> {
    await this.#strike('mail', [address], session);
    if (!ADDRESS.test(address)) throw this.refuse(553, `5.1.7 <${address}>: sender address is not valid`);
  }

  /** @throws MailRefusal */
  async rcptTo({ address }: SMTPServerAddress, session: SMTPServerSession): Promise<void> {
    await this.#strike('rcpt', [address], session);
    if (!ADDRESS.test(address)) throw this.refuse(553, `5.1.3 <${address}>: recipient address is not valid`);
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    if (this.#options.domains && !this.#options.domains.includes(domain)) {
      throw this.refuse(554, `5.7.1 <${address}>: Relay access denied`);
    }
  }

  /** Takes the mail; the returned text stands behind "250". @throws MailRefusal */
  async data(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const to = session.envelope.rcptTo.map(({ address }) => address);
    const fault = await this.#strike('data', to, session);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (stream.sizeExceeded) throw this.refuse(552, '5.3.4 Message size exceeds fixed limit');
    const mail = await readMail(Buffer.concat(chunks));
    if (typeof mail === 'string') throw this.refuse(550, mail);
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    for (const address of to) this.#keep({ at: this.#options.clock(), from, to: address, ...mail });
    if (fault?.kind === 'drop-after-accept') {
      this.#options.cut(session);
      return never();
    }
    return `2.0.0 Ok: queued as ${this.accepted.length}`;
  }

  /** Counts a refusal and makes it. */
  refuse(code: number, text: string): MailRefusal {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
    this.#options.log('refused', { code });
    return new MailRefusal(code, text);
  }

  close(): void {
    this.#journal.close();
  }

  /** Lets a fault strike that comes before acceptance; hands the other one back. */
  async #strike(
    stage: MailStage,
    addresses: readonly string[],
    session: SMTPServerSession,
  ): Promise<MailFault | undefined> {
    const fault = this.faults.take(stage, addresses);
    switch (fault?.kind) {
      case 'reply':
        throw this.refuse(fault.code ?? 451, fault.text ?? '4.3.0 Scripted fault, try again later');
      case 'delay':
        await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 0));
        return undefined;
      case 'drop':
        this.#options.cut(session);
        return never();
      case 'hang':
        return never();
      default:
        return fault;
    }
  }

  #keep(mail: Mail): void {
    this.#journal.append(mail);
    this.#remember(mail);
  }

  #remember(mail: Mail): void {
    this.accepted.push(mail);
    this.times.add(mail.at);
    this.version++;
  }
}
