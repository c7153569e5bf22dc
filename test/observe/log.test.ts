import { describe, expect, it } from 'vitest';
import { mask, openLog } from '../../src/observe/index.ts';

it.each([
  ['a mail address', 'user Lan.Anh+1@mail.example.vn unknown', 'Lan.Anh'],
  ['a phone', 'call 0912345678 now', '0912345678'],
  ['a phone in groups', 'call 0912 345 678 or 0912.345.678', '345'],
  ['a chat', 'chat 700000003 not found', '700000003'],
  ["a pupil's code", 'pupil 2600000001', '2600000001'],
  ['a password without a user', 'redis://:hunter2@cache:6379', 'hunter2'],
  ['a phone with the country', 'call +84912345678', '912345678'],
  ['a bot token', 'POST /bot7000000001:TEST-this_is_the_secret_part_of_it/sendMessage', 'secret_part'],
  ['a password in an address', 'connect smtps://user:hunter2@mail.example.vn', 'hunter2'],
])('%s in words that come from elsewhere is masked', (_what, words, secret) => {
  expect(mask(words)).not.toContain(secret);
});

it('what helps to find the fault stays readable', () => {
  const words =
    'delivery 018f0000-1234-7000-8000-000000000000 failed at src/outbox/claim.ts:120:15 after 15000 ms, 2026-11-23T03:00:00Z, code 57014, 127.0.0.1:5432';
  expect(mask(words)).toBe(words);
});

describe('A log line', () => {
  const written = (fields: Record<string, unknown>, level: 'debug' | 'error' = 'error'): string => {
    const lines: string[] = [];
    const log = openLog('debug', { write: (line: string) => void lines.push(line) });
    log[level](fields, 'what happened');
    return lines.join('');
  };

  it('keeps out what must never be written, wherever somebody put it', () => {
    const line = written({
      noticeId: 'n1',
      phone: 'P1',
      contact: { address: 'A1', name: 'N1' },
      token: 'T1',
      account: { secret: 'S1', email: 'E1' },
      vars: { mark: 'M1' },
      text: 'X1',
    });
    expect(line).not.toMatch(/"(?:P1|A1|N1|T1|S1|E1|M1|X1)"/);
    expect(JSON.parse(line)).toMatchObject({ noticeId: 'n1', msg: 'what happened', phone: '[kept out]' });
  });

  it('masks the words and the stack of an error', () => {
    const line = written({ err: new Error('mail to lan@example.com via smtp://u:hunter2@host') });
    expect(line).not.toMatch(/lan@|hunter2/);
    expect(JSON.parse(line).err).toMatchObject({
      type: 'Error',
      message: 'mail to [email] via smtp://[credentials]@host',
    });
  });

  it.each([
    ['a text', 'lan@example.com failed'],
    ['nothing', undefined],
    ['null', null],
    ['a thing', { code: 7 }],
    ['an error without a stack', Object.assign(new Error('x'), { stack: undefined })],
  ])('does not fall over %s that was thrown instead of an error', (_what, err) => {
    expect(written({ err, inboundId: '1' })).toContain('"inboundId":"1"');
    expect(written({ err })).not.toContain('lan@');
  });

  it('masks what led to an error', () => {
    expect(written({ err: new Error('outer', { cause: new Error('to lan@example.com') }) })).not.toContain(
      'lan@',
    );
    expect(
      written({ err: new AggregateError([new Error('to lan@example.com')], 'all failed') }),
    ).not.toContain('lan@');
  });
});
