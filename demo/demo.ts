// The demo: the hub's whole flow on the sample school, through the real wire of the sandbox.

import { parseArgs } from 'node:util';
import { Hono } from 'hono';
import { type Hub, startHub } from '../src/app.ts';
import { draftClassNotice } from '../src/classroom/index.ts';
import type { Command } from '../src/commands/command.ts';
import { describeReport } from '../src/commands/report.ts';
import { untilStopped } from '../src/commands/serve.ts';
import type { ImportReport } from '../src/ingest/index.ts';
import { type NoticeReport, type Published, reportOf, sumsAgree } from '../src/notices/index.ts';
import { openLog } from '../src/observe/index.ts';
import { draftSafetyNotice } from '../src/safety/index.ts';
import {
  phonesApp,
  RunningClock,
  startMail,
  startTelegram,
  startZaloBot,
  startZaloOa,
} from '../src/sandbox/index.ts';
import { findClass } from '../src/school/index.ts';
import { listen } from '../src/web/index.ts';
import { describeFees, type FeesShown, feesAgree, playFees } from './fees.ts';
import { sendDemoForm } from './form.ts';
import { type ShownMarks, showMarks } from './marks.ts';
import { connectOa, linkOa, oaUserId, SILENCE_MS, talkAgain } from './oa.ts';
import {
  castParents,
  changeMinds,
  confirmAddresses,
  linkChats,
  refuseMails,
  type Town,
  watchPhones,
} from './parents.ts';
import { openProgress, type Progress } from './progress.ts';
import { DEMO_PACE, importSamples, setUpSchool } from './school.ts';
import { DATA_DIR, demoSettings, isFree } from './settings.ts';
import { clearStage, journalOf, type Stage, saveStage, unfinishedStage } from './stage.ts';
import { until } from './until.ts';
import { linkZalo, zaloId } from './zalo.ts';

const BOT = { token: '7000000001:SANDBOX-0000000000000000000000000000', username: 'TruongHoaMaiBot' };
const ZALO_BOT = { token: '7100000001:SANDBOX-0000000000000000000000000000', name: 'Bot Trường Hoa Mai' };
const OA = { name: 'Trường TH&THCS Hoa Mai', package: 'comprehensive' } as const;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Seven o'clock in the morning of the next day, at school. */
const nextMorning = (at: Date): Date =>
  new Date(Math.floor((at.getTime() + 7 * 60 * MINUTE_MS) / DAY_MS) * DAY_MS + DAY_MS);

/** lienlac demo [--once] [--json]: see README. `--once` ends by itself; `--json` makes the last line one JSON object. */
export const demoCommand: Command = async (args, given) => {
  const { values } = parseArgs({
    args,
    options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const progress = openProgress();
  const before = unfinishedStage(DATA_DIR);
  const settings = await demoSettings(given, before?.webPort);
  const clock = new RunningClock(before?.aheadMs ?? 0);
  const stage: Stage = before ?? {
    run: String(Date.now()),
    startedAt: new Date().toISOString(),
    mailPort: 0,
    finished: false,
  };
  if (before) progress.note('Lần chạy trước bị ngắt: làm tiếp / The last run was cut off: going on');
  else await progress.step('Dọn sân khấu / Clearing the stage', () => clearStage(settings));
  const telegram = await startTelegram({
    ...BOT,
    perSecond: 30 * DEMO_PACE,
    journal: journalOf(settings.DATA_DIR, 'telegram'),
  });
  const zalo = await startZaloBot({ ...ZALO_BOT, journal: journalOf(settings.DATA_DIR, 'zalo-bot') });
  const oa = await startZaloOa({
    ...OA,
    clock: () => clock.now().getTime(),
    journal: journalOf(settings.DATA_DIR, 'zalo-oa'),
  });
  const mail = await startMail({
    journal: journalOf(settings.DATA_DIR, 'mail'),
    port: (await isFree(stage.mailPort)) ? stage.mailPort : 0,
  });
  saveStage(settings.DATA_DIR, { ...stage, mailPort: mail.port });
  const log = openLog(given.LOG_LEVEL === 'info' ? 'error' : given.LOG_LEVEL, process.stderr);
  const hub = await progress.step('Cơ sở dữ liệu, kênh, trang / Database, channels, pages', () =>
    startHub(
      {
        ...settings,
        TELEGRAM_API_ROOT: telegram.root,
        ZALO_BOT_API_ROOT: zalo.root,
        ZALO_OA_API_ROOT: oa.apiRoot,
        ZALO_OA_PHONE_ROOT: oa.phoneRoot,
        ZALO_OAUTH_ROOT: oa.oauthRoot,
      },
      { web: true, lanes: true },
      { log, clock },
    ),
  );
  Object.assign(stage, { mailPort: mail.port, webPort: Number(new URL(hub.url ?? '').port) });
  saveStage(settings.DATA_DIR, stage);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= hub
      .stop()
      .then(async () => void (await Promise.all([telegram.stop(), zalo.stop(), oa.stop(), mail.stop()])));
    return stopped;
  };
  try {
    const schoolId = await setUpSchool(hub, telegram, zalo, mail);
    await connectOa(hub, schoolId, oa);
    await hub.follow();
    const imports = await progress.step('Nhập danh sách của trường / Importing the school’s files', () =>
      importSamples(hub, schoolId, progress.imported),
    );
    const town: Town = { parents: await castParents(hub, schoolId), telegram, zalo, oa, mail, office: hub };
    refuseMails(town);
    await hub.invite(schoolId, 'demo');
    await progress.step(
      'Phụ huynh nối Telegram, Zalo và thư / Parents link Telegram, Zalo and e-mail',
      async () => {
        const [chats, official, zalos, addresses] = await Promise.all([
          linkChats(town),
          linkOa(town),
          linkZalo(town),
          confirmAddresses(town),
        ]);
        await changeMinds(town);
        return `${chats} Telegram, ${official} Zalo OA, ${zalos} Zalo Bot, ${addresses} e-mail`;
      },
    );
    await progress.step(
      'Ba ngày trôi qua, có người nhắn lại / Three days pass, some write again',
      async () => {
        if (!stage.aheadMs) {
          stage.aheadMs = SILENCE_MS;
          clock.skip(SILENCE_MS);
          saveStage(settings.DATA_DIR, stage);
        }
        await talkAgain(town);
      },
    );
    const phones = watchPhones(town);
    // Bills and marks are told while some families have not confirmed the notices yet.
    const [{ reports, fees }, marks] = await Promise.all([
      sendNotices(hub, schoolId, stage, progress, () => playFees(hub, schoolId, town, progress)),
      progress.step('Nhập bảng điểm, báo điểm cho phụ huynh / Importing gradebooks, telling marks', () =>
        showMarks(hub, schoolId, town, before !== null),
      ),
    ]);
    marks.imports.forEach(progress.imported);
    imports.push(...marks.imports);
    await phones.stop();
    saveStage(settings.DATA_DIR, { ...stage, finished: true });

    const agreed = reports.every((report) => report.finished && sumsAgree(report)) && feesAgree(fees);
    progress.done();
    for (const report of reports) process.stdout.write(`\n${describeReport(report, hub.texts)}\n`);
    process.stdout.write(`\n${describeFees(fees, hub)}\n`);
    for (const line of describeMarks(marks)) process.stdout.write(`${line}\n`);
    if (!agreed) process.stderr.write('\nCác tổng không khớp / The sums do not agree\n');
    if (values.once) {
      if (values.json) process.stdout.write(`${JSON.stringify(asJson(imports, reports, fees))}\n`);
      return agreed ? 0 : 1;
    }
    process.stdout.write(`\n${await sendDemoForm(hub, schoolId, stage.run)}\n`);
    const titles = new Map(
      town.parents.flatMap(
        (parent) =>
          [
            [parent.chatId, parent.title],
            [zaloId(parent), parent.title],
            [oaUserId(parent), parent.title],
            ...(parent.email ? [[parent.email, parent.title]] : []),
          ] as [string, string][],
      ),
    );
    const app = new Hono().route(
      '/',
      phonesApp([telegram], mail, {
        zalos: [zalo],
        oas: [oa],
        clock: () => clock.now().getTime(),
        label: ({ address }) => titles.get(address),
      }),
    );
    const phonesPage = await listen(app, '127.0.0.1', 0);
    process.stdout.write(
      `\nĐiện thoại của phụ huynh / The parents' phones:  ${phonesPage.url}\nLiên Lạc:  ${hub.url}\nCtrl+C để dừng / to stop\n`,
    );
    if (values.json) process.stdout.write(`${JSON.stringify(asJson(imports, reports, fees))}\n`);
    return await untilStopped(
      { stop: async () => void (await Promise.all([phonesPage.close(), stop()])), log },
      settings,
    );
  } finally {
    await stop();
  }
};

/** One class notice and one COVID safety notice; waits until both are finished. A killed run's notices are the same. */
async function sendNotices(
  hub: Hub,
  schoolId: string,
  stage: Stage,
  progress: Progress,
  meanwhile: () => Promise<FeesShown>,
): Promise<{ reports: NoticeReport[]; fees: FeesShown }> {
  const about = (name: string) => ({
    schoolId,
    createdBy: 'demo',
    idempotencyKey: `demo-${stage.run}-${name}`,
  });
  const from = nextMorning(new Date(new Date(stage.startedAt).getTime() + SILENCE_MS));
  const { id: classId } = await findClass(hub.db.prisma, { schoolId, name: '6A1' });
  const classNotice = draftClassNotice(
    {
      classId,
      title: 'Họp phụ huynh cuối học kỳ I',
      body: 'Kính mời gia đình dự họp lúc 7 giờ 30 sáng Chủ nhật, tại phòng học của lớp. Gia đình mang theo sổ liên lạc của em.',
      sender: 'Cô Nông Thị Hiền, giáo viên chủ nhiệm lớp 6A1',
      asksToConfirm: true,
    },
    about('class'),
  );
  const safetyNotice = draftSafetyNotice(
    {
      cause: 'covid',
      level: 2,
      action: 'classOnline',
      title: 'Học trực tuyến để phòng dịch COVID-19',
      body: 'Thầy cô sẽ gửi lịch học qua kênh này. Gia đình nào không có mạng hoặc thiết bị, xin báo cho giáo viên chủ nhiệm.',
      from,
      to: new Date(from.getTime() + 7 * DAY_MS),
      authority: 'Hiệu trưởng Trường TH&THCS Hoa Mai',
      letterNo: '112/TB-THCSHM',
    },
    about('safety'),
    new Date(hub.clock.now().getTime() + hub.settings.SAFETY_CONFIRM_MINUTES * MINUTE_MS),
  );
  const published: Published[] = [];
  for (const draft of [classNotice, safetyNotice]) published.push(await hub.publish(draft));
  const reports = () => Promise.all(published.map(({ id }) => reportOf(hub.db.prisma, schoolId, id)));
  const fees = await meanwhile();
  const finished = await progress.step(
    'Gửi hai thông báo, nhắc người chưa xác nhận / Sending two notices, reminding the unconfirmed',
    () =>
      until(async () => {
        const now = await reports();
        return now.every((report) => report.finished) ? now : null;
      }, 'both notices to be finished'),
  );
  return { reports: finished, fees };
}

/** What parents read of marks, one message of each kind. */
const describeMarks = ({ news, correction, digest, card }: ShownMarks): string[] =>
  Object.entries({
    'Điểm mới / new marks': news,
    'Đính chính / a correction': correction,
    'Tổng hợp tuần, hai con / a digest of two children': digest,
    'Phiếu kết quả (kèm ảnh) / a report card (with its picture)': card,
  }).flatMap(([title, text]) => ['', `── ${title} ──`, text]);

function asJson(imports: ImportReport[], notices: NoticeReport[], fees: FeesShown) {
  return {
    fees: { ...fees.table.total, unmatched: fees.unmatched.length, reminded: fees.reminded },
    imports: imports.map(({ file, rows, created, updated, unchanged, refused }) => ({
      file,
      rows,
      created,
      updated,
      unchanged,
      refused: refused.map(({ row, column, value, reason }) => ({ row, column, value, reason })),
    })),
    notices: notices.map(({ kind, title, audience, reached, confirmed, notReached, finished }) => ({
      kind,
      title,
      audience,
      reached: { telegram: 0, 'zalo-oa': 0, 'zalo-bot': 0, email: 0, ...reached },
      confirmed,
      notReached,
      finished,
    })),
  };
}
