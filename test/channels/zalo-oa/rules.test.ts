import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { CODES } from '../../../src/channels/zalo-oa/codes.ts';
import { outcomeOf, problemOf } from '../../../src/channels/zalo-oa/errors.ts';
import { groupText, withoutMentions } from '../../../src/channels/zalo-oa/group.ts';
import { challengeOf, consentUrl, newVerifier } from '../../../src/channels/zalo-oa/oauth.ts';
import { CHARGED_DONG, chooseWay } from '../../../src/channels/zalo-oa/policy.ts';
import { appSecretProof } from '../../../src/channels/zalo-oa/proof.ts';
import { isSigned, macOf } from '../../../src/channels/zalo-oa/signature.ts';
import { isCovered, readQuota } from '../../../src/channels/zalo-oa/spending.ts';
import { fill, internationalPhone } from '../../../src/channels/zalo-oa/template.ts';
import { windowOf } from '../../../src/channels/zalo-oa/window.ts';
import { NOON } from '../../harness/index.ts';

const log: Record<string, unknown>[] = [];
const judge = {
  now: () => NOON,
  log: pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line)) }),
  accountId: 'a',
  secrets: ['s3cret'],
};
const refused = (code: number, words = 'no') => ({ kind: 'refused', code, words }) as const;

/** What the facts say of each code (§1.10), written down once more, by hand, as what follows for a message. */
const EXPECTED: Record<number, string> = {
  [-32]: 'retry lane channelBusy',
  [-100]: 'rejected badContent',
  [-108]: 'rejected refused',
  [-114]: 'rejected refused',
  [-115]: 'rejected channelStopped',
  [-118]: 'rejected refused',
  [-119]: 'rejected refused',
  [-124]: 'person channelStopped',
  [-126]: 'rejected channelStopped',
  [-127]: 'rejected channelStopped',
  [-131]: 'rejected channelStopped',
  [-133]: 'retry delivery channelBusy',
  [-135]: 'rejected channelStopped',
  [-136]: 'rejected channelStopped',
  [-137]: 'rejected channelStopped',
  [-139]: 'rejected refused',
  [-141]: 'rejected refused',
  [-144]: 'rejected capReached',
  [-146]: 'rejected channelStopped',
  [-147]: 'rejected capReached',
  [-200]: 'retry delivery channelDown',
  [-201]: 'rejected badContent',
  [-204]: 'person channelStopped',
  [-205]: 'person channelStopped',
  [-209]: 'person channelStopped',
  [-210]: 'rejected badContent',
  [-211]: 'rejected capReached',
  [-212]: 'person channelStopped',
  [-213]: 'rejected addressUnknown gone',
  [-214]: 'retry delivery channelBusy',
  [-216]: 'person channelStopped',
  [-217]: 'rejected blocked blocked',
  [-218]: 'retry delivery capReached',
  [-219]: 'person channelStopped',
  [-220]: 'person channelStopped',
  [-221]: 'person channelStopped',
  [-223]: 'person channelStopped',
  [-224]: 'person channelStopped',
  [-227]: 'rejected addressUnknown gone',
  [-230]: 'rejected windowClosed',
  [-232]: 'rejected windowClosed',
  [-233]: 'rejected badContent',
  [-234]: 'retry delivery channelBusy',
  [-235]: 'person channelStopped',
  [-237]: 'rejected channelStopped',
  [-238]: 'rejected channelStopped',
  [-240]: 'rejected badContent',
  [-241]: 'rejected channelStopped',
  [-242]: 'rejected badContent',
  [-244]: 'rejected refused',
  [-248]: 'rejected badContent',
  [-249]: 'rejected badContent',
  [-305]: 'rejected refused',
  [-311]: 'rejected refused',
  [-320]: 'rejected channelStopped',
  [-321]: 'rejected channelStopped',
  [-403]: 'rejected channelStopped',
  [-1241]: 'rejected badContent',
  [-1340]: 'rejected badContent',
  [-1341]: 'rejected badContent',
  [-1441]: 'retry delivery capReached',
  [-1472]: 'retry delivery capReached',
};

describe('The table of Zalo’s codes', () => {
  it('has every code of the facts, each once', () => {
    const codes = CODES.map((row) => row.code);
    expect(codes.toSorted((a, b) => a - b)).toEqual(
      Object.keys(EXPECTED)
        .map(Number)
        .toSorted((a, b) => a - b),
    );
  });

  it.each(Object.entries(EXPECTED))('says of %s: %s', (code, expected) => {
    const outcome = outcomeOf(refused(Number(code)), 1, judge);
    const said = [
      outcome.kind,
      ...(outcome.kind === 'retry' ? [outcome.scope] : []),
      ...('reason' in outcome ? [outcome.reason] : []),
      ...(outcome.kind === 'rejected' && outcome.contact ? [outcome.contact] : []),
    ];
    expect(said.join(' ')).toBe(expected);
    expect(outcome.partsSent).toBe(1);
    if (outcome.kind === 'retry') expect(outcome.inDoubt).toBe(false);
  });

  it('fails the attempt at a code that nobody knows, says so in the log, and never loops', () => {
    for (const code of [-1, 7, -99999, 404]) {
      log.length = 0;
      expect(outcomeOf(refused(code), 0, judge)).toMatchObject({ kind: 'rejected', reason: 'refused' });
      expect(log).toMatchObject([{ level: 50, code }]);
    }
  });

  it('puts off what a person may not get today to the next day, when nobody is asleep', () => {
    for (const [at, morning] of [
      ['2026-10-05T12:00:00+07:00', '2026-10-06T08:00:00+07:00'],
      ['2026-10-05T03:00:00+07:00', '2026-10-06T08:00:00+07:00'],
      ['2026-10-05T23:59:00+07:00', '2026-10-06T08:00:00+07:00'],
    ] as const)
      expect(outcomeOf(refused(-218), 0, { ...judge, now: () => new Date(at) }), at).toMatchObject({
        afterMs: new Date(morning).getTime() - new Date(at).getTime(),
      });
  });

  it('ends the tries at -200, puts night off to the morning, and hides what is secret in Zalo’s words', () => {
    expect(outcomeOf(refused(-200), 0, judge)).toMatchObject({ mostAttempts: 4 });
    const night = { ...judge, now: () => new Date('2026-10-05T16:30:00Z') };
    expect(outcomeOf(refused(-234), 0, night)).toMatchObject({ afterMs: 6.5 * 3_600_000 });
    expect(outcomeOf(refused(-234), 0, judge)).toMatchObject({ afterMs: 3_600_000 });
    expect(JSON.stringify(outcomeOf(refused(-201, 's3cret of 0912345678'), 0, judge))).not.toMatch(
      /s3cret|0912345678/,
    );
  });

  it('tells those who ask something else what to do', () => {
    const kindOf = (code: number) => problemOf(refused(code), []).kind;
    expect([-32, -216, -204, -201, -237, -5].map(kindOf)).toEqual([
      'busy',
      'notAuthorised',
      'notAuthorised',
      'refused',
      'refused',
      'refused',
    ]);
  });
});

describe('The window', () => {
  const MINUTE = 60_000;
  /** Counts the minutes one by one. */
  const slowly = (minutesSince: number | null): string => {
    if (minutesSince === null) return 'templateOnly';
    let free = true;
    let charged = true;
    for (let minute = 1; minute <= minutesSince; minute++) {
      if (minute > 48 * 60 - 1) free = false;
      if (minute > 7 * 24 * 60 - 1) charged = false;
    }
    return free ? 'free' : charged ? 'charged' : 'templateOnly';
  };

  it('is free for 48 hours, charged for seven days, and ends a minute before Zalo’s', () => {
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 0, max: 9 * 24 * 60 })),
        fc.date({ noInvalidDate: true }),
        (ago, now) => {
          const at = ago === null ? null : new Date(now.getTime() - ago * MINUTE);
          fc.pre(at === null || !Number.isNaN(at.getTime()));
          expect(windowOf(at, now)).toBe(slowly(ago));
        },
      ),
    );
  });

  it('changes at its edges to the millisecond', () => {
    const at = (ms: number) => windowOf(new Date(NOON.getTime() - ms), NOON);
    const hour = 60 * MINUTE;
    expect([at(48 * hour - MINUTE), at(48 * hour - MINUTE + 1)]).toEqual(['free', 'charged']);
    expect([at(168 * hour - MINUTE), at(168 * hour - MINUTE + 1)]).toEqual(['charged', 'templateOnly']);
    // A clock ahead of ours.
    expect(at(-5000)).toBe('free');
  });
});

describe('What the school allows', () => {
  const template = { id: '1', by: 'user', dong: 300, params: {} } as const;
  const spend = (charged: boolean, templates: boolean) => ({
    spend: { charged, templates, capDong: 1000 },
    templates: { feeReminder: template },
  });

  it('is nothing that costs, as long as it has not said otherwise', () => {
    for (const window of ['charged', 'templateOnly'] as const)
      expect(chooseWay(window, 'feeReminder', spend(false, false))).toEqual({ way: 'none' });
    expect(chooseWay('free', undefined, spend(false, false))).toEqual({ way: 'message', dong: 0 });
  });

  it('is the cheaper way where there are two, and a template only for a kind that has one', () => {
    const all = spend(true, true);
    expect(chooseWay('charged', 'feeReminder', all)).toEqual({ way: 'message', dong: CHARGED_DONG });
    expect(chooseWay('charged', 'feeReminder', spend(false, true))).toMatchObject({ way: 'template' });
    expect(chooseWay('templateOnly', 'feeReminder', all)).toEqual({ way: 'template', template, dong: 300 });
    expect(chooseWay('templateOnly', 'classNotice', all)).toEqual({ way: 'none' });
    expect(chooseWay('templateOnly', 'constructor', all)).toEqual({ way: 'none' });
  });

  it('is never money for an answer in a chat', () => {
    for (const window of ['charged', 'templateOnly'] as const)
      expect(chooseWay(window, undefined, spend(true, true))).toEqual({ way: 'none' });
  });
});

describe('The signature of a webhook', () => {
  const body = '{"app_id":"123","timestamp":"1700000000000","event_name":"user_send_text"}';
  const mac = '9434d04ceed2ce1ecd29f899534ea81f9519191a7b8741bf718064f4f2ca8457';
  const who = { id: '123', key: 'oa-secret' };
  const raw = (text: string) => new Uint8Array(Buffer.from(text));

  it('is that of the facts, with "mac=" and without', () => {
    expect(isSigned(who, raw(body), `mac=${mac}`, undefined)).toBe(true);
    expect(isSigned(who, raw(body), mac, undefined)).toBe(true);
    // Also when the bytes lie within a larger buffer, as requests do.
    expect(isSigned(who, new Uint8Array(Buffer.from(`xx${body}`)).subarray(2), mac, undefined)).toBe(true);
  });

  it('fits nothing else', () => {
    for (const [text, header] of [
      [`${body} `, mac],
      [body.replace('123', '124'), mac],
      [body, `mac=${mac.slice(0, -1)}0`],
      [body, ''],
      [body, undefined],
      ['{}', mac],
      ['', mac],
    ] as const)
      expect(isSigned(who, raw(text), header, undefined), `${text} ${header}`).toBe(false);
    expect(isSigned({ ...who, key: 'app-secret' }, raw(body), mac, undefined)).toBe(false);
    expect(isSigned({ ...who, id: '124' }, raw(body), mac, undefined)).toBe(false);
  });

  it('may have its time in the header, and is not led astray by a time in what somebody wrote', () => {
    const without = '{"app_id":"123"}';
    const signed = (text: string, at: string) => macOf(who.id, raw(text), at, who.key);
    expect(isSigned(who, raw(without), signed(without, '1700000000000'), '1700000000000')).toBe(true);
    expect(isSigned(who, raw(without), signed(without, '1700000000000'), '1700000000001')).toBe(false);
    const typed = '{"message":{"text":"\\"timestamp\\":\\"5\\"","timestamp":7},"timestamp":"1700000000000"}';
    expect(isSigned(who, raw(typed), signed(typed, '1700000000000'), undefined)).toBe(true);
  });
});

describe('appsecret_proof', () => {
  it('is that of the facts', () => {
    expect(appSecretProof('accessToken', 'appSecretKey')).toBe(
      '0584869ec908cfecf20763760e69c4baca98ac64aaeb6a938f47ca758dfe779f',
    );
  });
});

describe('The consent page', () => {
  it('gets what the facts say, and a challenge of the stored verifier (RFC 7636, appendix B)', () => {
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    expect(challengeOf(verifier)).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
    expect(newVerifier()).toMatch(/^[\w-]{43}$/);
    const url = new URL(
      consentUrl('https://oauth.test', { appId: '7', redirectUri: 'https://s.vn/c', verifier, state: 'z' }),
    );
    expect(`${url.origin}${url.pathname}`).toBe('https://oauth.test/v4/oa/permission');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      app_id: '7',
      redirect_uri: 'https://s.vn/c',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      state: 'z',
    });
  });
});

describe('A template', () => {
  const template = {
    id: '1',
    by: 'user',
    dong: 300,
    params: { student: 'child', amount: 'amount' },
  } as const;

  it('is filled with what it asks for and nothing else', () => {
    expect(fill(template, { child: ' Hân ', amount: 450000, body: 'x' })).toEqual({
      data: { student: 'Hân', amount: '450000' },
    });
  });

  it('is not sent with a hole in it', () => {
    for (const values of [{ child: 'Hân' }, { child: 'Hân', amount: ' ' }, { child: 'Hân', amount: null }])
      expect(fill(template, values)).toEqual({ missing: 'amount' });
  });

  it('goes to a number in the form that Zalo takes', () => {
    expect(internationalPhone('0912345678')).toBe('84912345678');
  });
});

describe('A quota in an answer', () => {
  it('is read as numbers or texts, in either form, and may be absent', () => {
    expect(readQuota({ quota: { quota_type: 'sub_quota', remain: '480', total: 500 } })).toEqual({
      name: 'sub_quota',
      remain: 480,
      total: 500,
    });
    expect(readQuota({ quota: { dailyQuota: '500', remainingQuota: '499' } })).toEqual({
      name: 'daily',
      remain: 499,
      total: 500,
    });
    expect(readQuota({ quota: { quota_type: 'reply' } })).toEqual({
      name: 'reply',
      remain: null,
      total: null,
    });
    for (const data of [{}, { quota: null }, { quota: 'x' }, { quota: {} }])
      expect(readQuota(data)).toBeNull();
  });

  it('says whether a message cost money; silence counts as yes', () => {
    const of = (name: string) => isCovered({ name, remain: 1, total: 2 });
    expect(['reply', 'sub_quota', 'reward_quota', 'purchase_quota', 'x'].map(of)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(isCovered(null)).toBe(false);
  });
});

describe('A text for a class group', () => {
  it('rings nobody, whatever was typed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('[@', ']', '[', '@', 'an', ' '), { maxLength: 30 }), (bits) => {
        expect(withoutMentions(bits.join(''))).not.toMatch(/\[@[^\]]*\]/);
      }),
    );
    expect(withoutMentions('Họp lúc 7 giờ [@123] nhé [phòng 2]')).toBe('Họp lúc 7 giờ  nhé [phòng 2]');
  });

  it('says what the notice says to all', () => {
    const said = { kind: 'classNotice', title: 'Họp', body: 'Mời [@all] đến.', sender: 'Cô Hoa' } as const;
    expect(groupText(said, (text) => [text])).toEqual(['Họp\n\nMời  đến.\n\nCô Hoa']);
  });
});
