import { describe, expect, it } from 'vitest';
import { openPool, secretsOf } from '../../src/channels/email/transport.ts';

const optionsOf = (url: string) => {
  const pool = openPool(url, 2);
  pool?.close();
  return pool?.options;
};

describe('an SMTP URL', () => {
  it.each([
    ['smtps://u:p@mail.example', { host: 'mail.example', port: 465, secure: true, requireTLS: false }],
    ['smtp://u:p@mail.example', { host: 'mail.example', port: 587, secure: false, requireTLS: true }],
    ['smtp://u:p@mail.example:2525?ignoreTLS=true', { port: 2525, requireTLS: false, ignoreTLS: true }],
    ['smtp://127.0.0.1:25', { requireTLS: false }],
    ['smtp://[::1]:25', { host: '::1', requireTLS: false }],
    ['smtp://u%40truong:p%3Aw@mail.example', { auth: { user: 'u@truong', pass: 'p:w' } }],
    ['smtps://mail.example', { tls: { rejectUnauthorized: true } }],
    ['smtps://mail.example?tls.rejectUnauthorized=false', { tls: { rejectUnauthorized: false } }],
  ])('never gives a password away in the clear unless it says so: %s', (url, expected) => {
    expect(optionsOf(url)).toMatchObject(expected);
  });

  it('reaches none of the options that open files, addresses or logs', () => {
    const options = optionsOf(
      'smtp://mail.example?disableFileAccess=false&debug=true&logger=true&proxy=http://x&maxConnections=99',
    );
    expect(options).toMatchObject({ disableFileAccess: true, disableUrlAccess: true, maxConnections: 2 });
    for (const name of ['debug', 'logger', 'proxy']) expect(options).not.toHaveProperty(name);
  });

  it('names every form of its password that must stay hidden', () => {
    expect(secretsOf('smtp://u:p%3Aw@mail.example')).toEqual(
      expect.arrayContaining(['p:w', 'p%3Aw', 'cDp3']),
    );
  });

  it.each(['smtp://u:%@mail.example', 'smtp://u:%E0%A4%A@mail.example'])(
    'does not break on a password that is not encoded: %s',
    (url) => {
      expect(() => [openPool(url, 1)?.close(), secretsOf(url)]).not.toThrow();
    },
  );
});
