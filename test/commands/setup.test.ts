import { beforeAll, describe, expect, it } from 'vitest';
import { doctorCommand } from '../../src/commands/doctor.ts';
import { setupCommand } from '../../src/commands/setup.ts';
import { HubError } from '../../src/errors.ts';
import { startZaloBot } from '../../src/sandbox/index.ts';
import { checkPassword } from '../../src/security/index.ts';
import { atEnd } from '../harness/index.ts';
import { type Desk, openDesk, printed, SETUP } from './office.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
const db = () => desk.database.prisma;
const counts = async () => ({
  units: await db().orgUnit.count(),
  staff: await db().staff.count(),
  roles: await db().staffRole.count(),
  accounts: await db().channelAccount.count(),
});

describe('lienlac setup', () => {
  it('asks for what is missing, by the name of the option', async () => {
    expect((await desk.refused(setupCommand)).data).toEqual({ problem: '--school' });
    expect((await desk.refused(setupCommand, '--school', 'Trường A')).data).toEqual({
      problem: '--admin-name',
    });
    expect(
      (
        await desk.refused(
          setupCommand,
          '--school',
          'Trường A',
          '--admin-name',
          'X',
          '--admin-password',
          'short',
        )
      ).data.problem,
    ).toContain('--admin-password');
    expect((await desk.refused(setupCommand, ...SETUP, '--smtp-url', desk.mail.url)).data).toEqual({
      problem: '--mail-from',
    });
  });

  it('leaves nothing half made when something is missing', async () => {
    const before = await counts();
    await desk.refused(setupCommand, '--school', 'Trường nửa vời');
    expect(await counts()).toEqual(before);
  });

  it('connects a Zalo bot by its token, given or from ZALO_BOT_TOKEN, and refuses one that Zalo does not take', async () => {
    const zalo = await startZaloBot({ token: '7100000001:ZALO-secret', name: 'Bot Hoa Mai' });
    atEnd(() => zalo.stop());
    const { settings: plain, database } = await openDesk();
    const accounts = () => database.prisma.channelAccount.findMany();
    const school = ['--school', 'Trường Zalo', '--admin-name', 'X'];
    const settings = { ...plain, ZALO_BOT_API_ROOT: zalo.root };
    await expect(setupCommand([...school, '--zalo-bot-token', 'wrong'], settings)).rejects.toBeInstanceOf(
      HubError,
    );
    expect(await accounts()).toEqual([]);
    const { code } = await printed(() => setupCommand(school, { ...settings, ZALO_BOT_TOKEN: zalo.token }));
    expect(code).toBe(0);
    expect(await accounts()).toMatchObject([
      { channel: 'zalo-bot', name: `Bot Hoa Mai (${zalo.id})`, perSecond: 5, perAddressMs: 1050 },
    ]);
  });

  it('makes the school below its department, the administrator and the channels', async () => {
    const full = [
      ...SETUP,
      '--admin-email',
      'Hien@Example.com',
      '--admin-password',
      'một mật khẩu dài',
      '--telegram-token',
      desk.telegram.token,
      '--smtp-url',
      desk.mail.url,
      '--mail-from',
      'truong@example.com',
    ];
    expect((await desk.run(setupCommand, ...full)).code).toBe(0);
    const school = await db().orgUnit.findFirstOrThrow({
      where: { name: 'Trường TH&THCS Hoa Mai' },
      include: { parent: true },
    });
    expect(school).toMatchObject({
      kind: 'school',
      parent: { kind: 'department', name: 'Sở Giáo dục và Đào tạo Cao Bằng' },
    });
    const staff = await db().staff.findUniqueOrThrow({
      where: { email: 'hien@example.com' },
      include: { roles: true },
    });
    expect(staff.roles).toMatchObject([{ orgUnitId: school.id, role: 'administrator' }]);
    expect(await checkPassword('một mật khẩu dài', staff.password ?? '')).toBe(true);
    const accounts = await db().channelAccount.findMany({ orderBy: { channel: 'asc' } });
    expect(accounts).toMatchObject([
      { channel: 'email', name: 'truong@example.com', orgUnitId: school.id },
      { channel: 'telegram', name: 'TruongHoaMaiBot', orgUnitId: school.id },
    ]);
    for (const account of accounts)
      expect(Buffer.from(account.sealedSecret).toString('latin1')).not.toMatch(/secret_part|127\.0\.0\.1/);
    const before = await counts();
    const ids = accounts.map((one) => one.id);
    // The same again is the same.
    expect((await desk.run(setupCommand, ...full)).code).toBe(0);
    expect(await counts()).toEqual(before);
    expect(
      (await db().channelAccount.findMany({ orderBy: { channel: 'asc' } })).map((one) => one.id),
    ).toEqual(ids);
  }, 60_000);

  it('twice with an administrator who has no e-mail makes no second person', async () => {
    await desk.run(setupCommand, '--school', 'Trường Sơn Ca', '--admin-name', 'Lục Văn Sử');
    const before = await counts();
    await desk.run(setupCommand, '--school', 'trường  sơn ca', '--admin-name', 'Lục Văn Sử');
    expect(await counts()).toEqual(before);
  });

  it('with nothing but a new password changes nothing else', async () => {
    const before = await counts();
    await desk.run(
      setupCommand,
      ...SETUP,
      '--admin-email',
      'hien@example.com',
      '--admin-password',
      'một mật khẩu khác',
    );
    expect(await counts()).toEqual(before);
    const staff = await db().staff.findUniqueOrThrow({ where: { email: 'hien@example.com' } });
    expect(await checkPassword('một mật khẩu khác', staff.password ?? '')).toBe(true);
  }, 60_000);

  it("says at once, in the provider's words and without the secret, when a token or a mail server is wrong", async () => {
    const before = await counts();
    const token = '7000000001:WRONG-token_that_nobody_may_ever_read_x';
    const refused = await desk.refused(setupCommand, ...SETUP, '--telegram-token', token);
    expect(refused.data.problem).toMatch(/telegram: .*401/);
    expect(String(refused.data.problem)).not.toContain('WRONG');
    const mail = await desk.refused(
      setupCommand,
      ...SETUP,
      '--smtp-url',
      'smtp://u:hunter2@127.0.0.1:1',
      '--mail-from',
      'a@example.com',
    );
    expect(mail.data.problem).toMatch(/email: /);
    expect(String(mail.data.problem)).not.toContain('hunter2');
    expect(await counts()).toEqual(before);
  });

  it('does not give one school the bot of another', async () => {
    const refused = await desk.refused(
      setupCommand,
      '--school',
      'Trường Sơn Ca',
      '--telegram-token',
      desk.telegram.token,
    );
    expect(refused.data.problem).toMatch(/trường khác đang dùng.*used by another school/);
  });

  it('writes down who did what', async () => {
    const actions = (await db().auditEntry.findMany()).map((row) => row.action);
    for (const action of ['school.create', 'staff.administrator', 'channel.connect'])
      expect(actions).toContain(action);
  });
});

describe('lienlac doctor', () => {
  it('finds everything well on a hub that was set up', async () => {
    const { code, lines } = await desk.run(doctorCommand);
    expect([code, lines.filter((line) => !line.startsWith('✓'))]).toEqual([0, []]);
    expect(lines.join('\n')).toMatch(/PostgreSQL \d+.*UTF8/);
    expect(lines.join('\n')).not.toMatch(/secret_part|password/);
  });

  it('says which channel does not work, with the exit code of something wrong', async () => {
    desk.telegram.fault({
      kind: 'status',
      status: 401,
      description: 'Unauthorized',
      match: (method) => method === 'getMe',
    });
    const { code, lines } = await desk.run(doctorCommand, '--json');
    expect(code).toBe(1);
    const findings = lines.map((line) => JSON.parse(line) as { part: string; well: boolean; words: string });
    expect(findings.filter((one) => !one.well)).toMatchObject([
      { part: 'telegram TruongHoaMaiBot', words: expect.stringContaining('401') },
    ]);
    await db().channelAccount.updateMany({
      where: { channel: 'telegram' },
      data: { stoppedReason: '401 Unauthorized' },
    });
    expect((await desk.run(doctorCommand)).lines.join('\n')).toMatch(/✗ telegram.*đang dừng.*stopped/);
  });

  it('is set right by connecting the channel anew', async () => {
    await desk.run(setupCommand, ...SETUP, '--telegram-token', desk.telegram.token);
    expect((await desk.run(doctorCommand)).code).toBe(0);
  });
});

describe('lienlac doctor on an empty database', () => {
  it('says what is the first thing to do', async () => {
    const empty = await openDesk();
    const { code, lines } = await empty.run(doctorCommand);
    expect(code).toBe(1);
    expect(lines.filter((line) => line.startsWith('✗')).join('\n')).toMatch(
      /schools.*lienlac setup[\s\S]*channels.*lienlac setup/,
    );
  });
});
