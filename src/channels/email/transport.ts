import {
  createTransport,
  type SMTPPoolOptions,
  type SMTPPoolSentMessageInfo,
  type Transporter,
} from 'nodemailer';
import { watchStreams } from './progress.ts';

/** What a mail may take at each step; the deadline of the whole send is the caller's. */
const CONNECT_MS = 10_000;
const GREETING_MS = 10_000;
const SILENCE_MS = 60_000;
/** Some servers close a connection after so many mails; we do it first, and politely. */
const MAILS_PER_CONNECTION = 100;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Opens a pool for an SMTP URL: `smtps://user:password@host` (TLS from the start, port 465) or
 * `smtp://user:password@host:587` (STARTTLS). TLS is required, except towards this machine; the URL may say otherwise:
 * `?ignoreTLS=true` sends in the clear, `?tls.rejectUnauthorized=false` takes any certificate. `?name=` is what we
 * call ourselves in EHLO. Nothing else of Nodemailer's options can be reached through the URL.
 * @returns null when the URL is not one of these
 */
export function openPool(smtpUrl: string, maxConnections: number): MailPool | null {
  const url = URL.canParse(smtpUrl) ? new URL(smtpUrl) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'smtps:';
  const inTheClear = url.searchParams.get('ignoreTLS') === 'true';
  const user = decoded(url.username);
  const name = url.searchParams.get('name');
  const pool = createTransport({
    pool: true,
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ignoreTLS: inTheClear,
    requireTLS: !secure && !inTheClear && !LOOPBACK.test(host),
    tls: { rejectUnauthorized: url.searchParams.get('tls.rejectUnauthorized') !== 'false' },
    ...(user === '' ? {} : { auth: { user, pass: decoded(url.password) } }),
    ...(name === null ? {} : { name }),
    maxConnections,
    maxMessages: MAILS_PER_CONNECTION,
    // One fresh connection when an idle one was closed under us; everything else is the lane's to retry.
    maxRequeues: 1,
    connectionTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    greetingTimeout: GREETING_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  watchStreams(pool);
  return pool;
}

export type MailPool = Transporter<SMTPPoolSentMessageInfo, SMTPPoolOptions>;

/** The password and the whole URL: what must never come out again, in every form in which it could. */
export function secretsOf(smtpUrl: string): string[] {
  const url = URL.canParse(smtpUrl) ? new URL(smtpUrl) : null;
  const password = url ? decoded(url.password) : '';
  return [smtpUrl, password, url?.password ?? '', Buffer.from(password).toString('base64')].filter(
    (one) => one !== '',
  );
}

/** What stands in the URL, percent-encoded or, as people type it, not. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
