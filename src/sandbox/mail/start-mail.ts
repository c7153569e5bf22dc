// Starts a stand-in for a mail server, on a port of this machine. Mails go nowhere; they lie in boxes.

import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { MailFault, MailFaultHandle } from './faults.ts';
import type { Mail } from './mail.ts';
import { MailRefusal, PostOffice } from './post-office.ts';

export type MailOptions = {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default: a free one. */
  port?: number;
  /** Milliseconds since 1970; default the machine's clock. */
  clock?: () => number;
  /** Path of an append-only JSONL file with the mails. */
  journal?: string;
  /** With it, AUTH is asked for and must be right; without, AUTH is offered and any is taken. */
  auth?: { user: string; password: string };
  /** Domains to which it delivers; others get 554. Default: all. */
  domains?: readonly string[];
  /** Largest mail; default 10 MiB. */
  maxBytes?: number;
  /** Never told an address or a text. */
  log?: (event: string, data: Record<string, unknown>) => void;
};

export interface Mailbox {
  readonly address: string;
  /** Oldest first. */
  mails(): readonly Mail[];
  latest(): Mail | undefined;
}

export interface MailSandbox {
  /** For SMTP_URL, e.g. smtp://127.0.0.1:40025 */
  readonly url: string;
  readonly port: number;
  /** One entry per mail and recipient, in order of acceptance; a mail that came twice stands here twice. */
  readonly accepted: readonly Mail[];
  readonly refusals: Readonly<Record<number, number>>;
  /** Grows with every mail. */
  readonly version: number;
  /** Message-IDs that came more than once to one recipient, with their number. */
  duplicates(): ReadonlyMap<string, number>;
  maxInWindow(ms: number): number;
  fault(fault: MailFault): MailFaultHandle;
  clearFaults(): void;
  /** The box of an address, upper and lower case alike; empty until a mail came. */
  mailbox(address: string): Mailbox;
  /** Boxes in which something lies, and those that were asked for. */
  mailboxes(): Mailbox[];
  /** Hangs up on everybody. */
  stop(): Promise<void>;
}

export async function startMail(options: MailOptions = {}): Promise<MailSandbox> {
  const sockets = new Map<number, Socket>();
  const log = options.log ?? (() => {});
  const office = new PostOffice({
    clock: options.clock ?? Date.now,
    journal: options.journal,
    domains: options.domains?.map((domain) => domain.toLowerCase()),
    log,
    cut: (session) => sockets.get(session.remotePort)?.destroy(),
  });
  const server = smtpServer(options, office);
  server.server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.once('close', () => sockets.delete(port));
  });
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  server.removeAllListeners('error');
  // A client that hangs up is its own business.
  server.on('error', (error: Error) => log('connection lost', { error: error.message }));
  const { port } = server.server.address() as AddressInfo;
  const asked = new Set<string>();

  return {
    url: `smtp://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    accepted: office.accepted,
    refusals: office.refusals,
    get version() {
      return office.version;
    },
    duplicates: () => countDuplicates(office.accepted),
    maxInWindow: (ms) => office.times.maxInWindow(ms),
    fault: (fault) => office.faults.add(fault),
    clearFaults: () => office.faults.clear(),
    mailbox(address) {
      asked.add(address.toLowerCase());
      return mailboxOf(office, address.toLowerCase());
    },
    mailboxes: () =>
      [...new Set([...asked, ...office.accepted.map(({ to }) => to.toLowerCase())])].map((address) =>
        mailboxOf(office, address),
      ),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          office.close();
          resolve();
        });
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

function smtpServer(options: MailOptions, office: PostOffice): SMTPServer {
  return new SMTPServer({
    name: 'hop-thu-thu.test',
    banner: 'Lien Lac sandbox',
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    authOptional: options.auth === undefined,
    allowInsecureAuth: true,
    size: options.maxBytes ?? 10 * 1024 * 1024,
    closeTimeout: 1000,
    onAuth(auth, _session, done) {
      const { user, password } = options.auth ?? {};
      const right = options.auth === undefined || (auth.username === user && auth.password === password);
      if (right) done(null, { user: auth.username ?? 'any' });
      else done(office.refuse(535, '5.7.8 Authentication credentials invalid'));
    },
    onConnect: (session, done) => settle(office.connect(session), done),
    onMailFrom: (address, session, done) => settle(office.mailFrom(address, session), done),
    onRcptTo: (address, session, done) => settle(office.rcptTo(address, session), done),
    onData(stream, session: SMTPServerSession, done) {
      office.data(stream, session).then(
        (words) => done(null, words),
        (error: unknown) => {
          // The rest of the mail must be read before the answer can be.
          stream.resume();
          if (stream.readableEnded || stream.destroyed) done(asError(error));
          else stream.once('end', () => done(asError(error)));
        },
      );
    },
  });
}

function settle(decision: Promise<void>, done: (error?: Error | null) => void): void {
  decision.then(
    () => done(),
    (error: unknown) => done(asError(error)),
  );
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new MailRefusal(451, '4.3.0 Internal error');

const mailboxOf = (office: PostOffice, address: string): Mailbox => {
  const mails = (): Mail[] => office.accepted.filter(({ to }) => to.toLowerCase() === address);
  return { address, mails, latest: () => mails().at(-1) };
};

function countDuplicates(mails: readonly Mail[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { to, messageId } of mails) {
    const key = `${messageId} ${to.toLowerCase()}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return new Map(
    [...counts]
      .filter(([, count]) => count > 1)
      .map(([key, count]) => [key.slice(0, key.indexOf(' ')), count]),
  );
}
