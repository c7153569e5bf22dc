import { parseArgs } from 'node:util';
import {
  type Accounts,
  ChannelProblem,
  challengeOf,
  changeOaSettings,
  finishOa,
  noteOa,
  oaTemplateSchema,
  openAccounts,
} from '../channels/index.ts';
import { HubError } from '../errors.ts';
import type { Office } from '../office.ts';
import { type FoundSchool, findClass } from '../school/index.ts';
import { OA_CALLBACK, oaWebhookPath } from '../web/index.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';

const OPTIONS = {
  school: { type: 'string' },
  'app-id': { type: 'string' },
  'app-secret': { type: 'string' },
  'webhook-key': { type: 'string' },
  verifier: { type: 'string' },
  package: { type: 'string' },
  'access-token': { type: 'string' },
  'refresh-token': { type: 'string' },
  charged: { type: 'string' },
  templates: { type: 'string' },
  cap: { type: 'string' },
  prompt: { type: 'string' },
  hint: { type: 'string' },
  proof: { type: 'string' },
  'signed-with': { type: 'string' },
  kind: { type: 'string' },
  id: { type: 'string' },
  by: { type: 'string' },
  price: { type: 'string' },
  param: { type: 'string', multiple: true },
  remove: { type: 'boolean', default: false },
  class: { type: 'string' },
  'group-id': { type: 'string' },
} as const;

type Values = ReturnType<typeof read>['values'];
const read = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true });

type Work = { office: Office; school: FoundSchool; values: Values; accounts: Accounts };

const LINK_MS = 3_600_000;

/**
 * lienlac oa connect | set | template | group: the school's Zalo Official Account.
 *
 * connect --app-id --app-secret --webhook-key [--package growth|comprehensive] [--verifier …]
 *         [--access-token … --refresh-token …]: without tokens it shows the link for consenting.
 * set     [--charged on|off] [--templates on|off] [--cap đồng] [--prompt on|off] [--hint on|off] [--package …]
 *         [--proof on|off] [--signed-with appId|oaId]
 * template --kind feeReminder --id 123 --by user|phone --price 300 --param student=child … | --kind … --remove
 * group   --class 6A1 --group-id …: class notices go there, too.
 */
export const oaCommand: Command = async (args, settings) => {
  const { values, positionals } = read(args);
  const work = { connect, set, template, group }[positionals[0] ?? ''];
  if (!work) throw new HubError('badInput', { problem: 'oa connect | set | template | group' });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const accounts = openAccounts(office.db.prisma, office.channels, office.sealer, office.log);
    try {
      await work({ office, school, values, accounts });
    } finally {
      await accounts.close();
    }
    return 0;
  });
};

const bad = (option: string) => new HubError('badInput', { problem: `--${option}` });
const portsOf = ({ db, clock }: Office) => ({ db: db.prisma, now: clock.now(), actor: CLI_ACTOR });

function oneOf<T extends string>(
  value: string | undefined,
  option: string,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new HubError('badInput', { problem: `--${option} ${allowed.join(' | ')}` });
  return found;
}
const onOff = (value: string | undefined, option: string): boolean | undefined => {
  const chosen = oneOf(value, option, ['on', 'off']);
  return chosen === undefined ? undefined : chosen === 'on';
};
const packageOf = (values: Values) => oneOf(values.package, 'package', ['growth', 'comprehensive']);

async function connect({ office, school, values, accounts }: Work): Promise<void> {
  const { id, verifier } = await noteOa(
    { ...portsOf(office), sealer: office.sealer },
    {
      orgUnitId: school.id,
      appId: needed(values['app-id'], 'app-id'),
      appSecret: needed(values['app-secret'], 'app-secret'),
      webhookKey: needed(values['webhook-key'], 'webhook-key'),
      package: packageOf(values) ?? 'growth',
      verifier: values.verifier,
    },
  );
  const access = values['access-token'];
  if (access !== undefined) {
    const refresh = needed(values['refresh-token'], 'refresh-token');
    const { connection } = await accounts.open(id);
    await connection.consent?.paste({ access, refresh });
    const name = await finishOa(portsOf(office), id, connection).catch((error: unknown) => {
      if (error instanceof ChannelProblem)
        throw new HubError('badInput', { problem: `zalo-oa: ${error.message}` }, { cause: error });
      throw error;
    });
    await office.bell.ring(id);
    return print(`Đã nối / connected: ${name}`);
  }
  const { url } = office.site;
  const until = new Date(office.clock.now().getTime() + LINK_MS);
  const appId = needed(values['app-id'], 'app-id');
  print(`Trong trang quản lý ứng dụng của Zalo / in Zalo's developer console:
  Callback URL      ${url}${OA_CALLBACK}
  Code challenge    ${challengeOf(verifier)}
  Webhook URL       ${url}${oaWebhookPath(appId)}
Rồi mở liên kết này trong vòng một giờ, bằng tài khoản quản trị OA / then open this within an hour, as an administrator of the OA:
  ${url}${OA_CALLBACK}/${office.signer.sign('connect', id, until)}`);
}

/** The school's only OA. @throws HubError `badInput` when there is none, or several. */
async function onlyOa({ office, school }: Work): Promise<string> {
  const rows = await office.db.prisma.channelAccount.findMany({
    where: { orgUnitId: school.id, channel: 'zalo-oa' },
    select: { id: true },
  });
  const [only] = rows;
  if (!only || rows.length > 1) throw new HubError('badInput', { problem: 'zalo-oa: oa connect' });
  return only.id;
}

async function set(work: Work): Promise<void> {
  const { office, values } = work;
  const cap = values.cap === undefined ? undefined : Number(values.cap.replace(/[.\s]/g, ''));
  const given = {
    package: packageOf(values),
    prompt: onOff(values.prompt, 'prompt'),
    hint: onOff(values.hint, 'hint'),
    proof: onOff(values.proof, 'proof'),
    signedWith: oneOf(values['signed-with'], 'signed-with', ['appId', 'oaId']),
  };
  const spend = {
    charged: onOff(values.charged, 'charged'),
    templates: onOff(values.templates, 'templates'),
    capDong: cap,
  };
  const changed = await changeOaSettings(portsOf(office), await onlyOa(work), (now) => ({
    ...now,
    ...known(given),
    spend: { ...now.spend, ...known(spend) },
  }));
  print(JSON.stringify(changed.spend));
}

const known = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

async function template(work: Work): Promise<void> {
  const { office, values } = work;
  const kind = needed(values.kind, 'kind');
  if (!office.kinds.has(kind)) throw bad(`kind ${[...office.kinds.keys()].join(' | ')}`);
  const made = values.remove ? undefined : readTemplate(values);
  const { templates } = await changeOaSettings(portsOf(office), await onlyOa(work), (now) => {
    const { [kind]: _, ...others } = now.templates;
    return { ...now, templates: made ? { ...others, [kind]: made } : others };
  });
  print(JSON.stringify(templates));
}

function readTemplate(values: Values) {
  const params = Object.fromEntries(
    (values.param ?? []).map((one) => {
      const [, param, variable] = /^([^=]+)=(.+)$/.exec(one) ?? [];
      if (!param || !variable) throw bad('param student=child');
      return [param, variable];
    }),
  );
  const parsed = oaTemplateSchema.safeParse({
    id: needed(values.id, 'id'),
    by: values.by ?? 'user',
    dong: Number(needed(values.price, 'price')),
    params,
  });
  if (!parsed.success) throw bad(String(parsed.error.issues[0]?.path[0] ?? 'id'));
  return parsed.data;
}

async function group(work: Work): Promise<void> {
  const { office, school, values } = work;
  const accountId = await onlyOa(work);
  const { prisma } = office.db;
  const found = await findClass(prisma, { schoolId: school.id, name: needed(values.class, 'class') });
  const groupId = needed(values['group-id'], 'group-id');
  const about = { schoolId: school.id, classId: found.id, stoppedReason: null };
  await prisma.classGroup.upsert({
    where: { accountId_groupId: { accountId, groupId } },
    create: { ...about, accountId, groupId, createdAt: office.clock.now() },
    update: about,
  });
  print(`Lớp ${found.name}: ${groupId}`);
}
