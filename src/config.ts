// Every setting of the hub, with its default, its unit and why it is there. The only reader of process.env.
// The table in README.md is generated from here (npm run settings).

import { z } from 'zod';
import { HubError } from './errors.ts';

const minutesOfDay = (text: string): number | undefined => {
  const [, h, m] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return h === undefined ? undefined : Number(h) * 60 + Number(m);
};

/** "HH:MM" → minutes since midnight, school time. */
const clockTime = z.string().transform((text, context) => {
  const minutes = minutesOfDay(text);
  if (minutes === undefined) {
    context.addIssue({ code: 'custom', message: 'HH:MM' });
    return z.NEVER;
  }
  return minutes;
});

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** "Fri 17:00" → day of the week (0: Sunday) and minutes since midnight, school time. */
const weeklyTime = z.string().transform((text, context) => {
  const [day = '', time = ''] = text.trim().split(/\s+/);
  const minute = minutesOfDay(time);
  if (!DAYS.includes(day) || minute === undefined) {
    context.addIssue({ code: 'custom', message: `${DAYS.join(' | ')} HH:MM` });
    return z.NEVER;
  }
  return { day: DAYS.indexOf(day), minute };
});

const optionalText = z
  .string()
  .optional()
  .transform((text) => (text?.trim() ? text.trim() : undefined));

/** An address with one of these protocols, which the refusal names; the value itself may hold a password. */
const addressOf = (...protocols: readonly string[]) =>
  optionalText.refine(
    (text) =>
      text === undefined ||
      protocols.some((one) => text.startsWith(`${one}://`) && text.length > one.length + 3),
    {
      message: protocols.map((one) => `${one}://…`).join(', '),
    },
  );

type Setting = { schema: z.ZodType; fallback?: string; unit?: string; why: string };

export const SETTINGS = {
  PORT: {
    schema: z.coerce.number().int().min(0).max(65535),
    fallback: '8080',
    why: 'Port of the web pages and webhooks; 0 takes a free one.',
  },
  HOST: {
    schema: z.string().min(1),
    fallback: '127.0.0.1',
    why: 'Address to listen on; 0.0.0.0 in the container image.',
  },
  PUBLIC_URL: {
    schema: addressOf('https', 'http').transform((text) => text?.replace(/\/+$/, '')),
    why: 'How families reach the pages from outside, e.g. https://lienlac.truong.edu.vn. With https, Telegram and Zalo bring updates by webhook; without, the hub fetches them.',
  },
  DATA_DIR: {
    schema: z.string().min(1),
    fallback: './data',
    why: 'Folder of the embedded database and of SECRET_KEY.',
  },
  DATABASE_URL: {
    schema: addressOf('postgres', 'postgresql'),
    why: 'A PostgreSQL of your own (15 or later) instead of the embedded one.',
  },
  REDIS_URL: { schema: addressOf('redis', 'rediss'), why: 'BullMQ on this Redis instead of on PostgreSQL.' },
  SECRET_KEY: {
    schema: optionalText,
    why: 'Seals channel secrets and signs links; at least 32 characters. Made and kept in DATA_DIR if absent. Several processes need the same one.',
  },
  LOG_LEVEL: {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
    fallback: 'info',
    why: 'Least severe line that is logged.',
  },
  TELEGRAM_API_ROOT: {
    schema: z.url(),
    fallback: 'https://api.telegram.org',
    why: 'Where the Bot API is; another address where a carrier blocks it.',
  },
  TELEGRAM_PROXY: { schema: addressOf('http', 'https'), why: 'http(s) proxy for the Bot API.' },
  TELEGRAM_BOT_TOKEN: { schema: optionalText, why: 'One-school shortcut: setup connects this bot.' },
  ZALO_BOT_API_ROOT: {
    schema: z.url(),
    fallback: 'https://bot-api.zaloplatforms.com',
    why: "Where Zalo's Bot Platform is; https://bot-api.zapps.me is an older alias.",
  },
  ZALO_MEDIA_HOSTS: {
    schema: z
      .string()
      .regex(/^[a-z0-9.-]+(,[a-z0-9.-]+)*$/)
      .transform((text) => text.split(',')),
    fallback: 'zdn.vn',
    why: 'From these hosts, and those below them, pictures and files that people send on Zalo are fetched; from no others.',
  },
  ZALO_BOT_TOKEN: { schema: optionalText, why: 'One-school shortcut: setup connects this Zalo bot.' },
  ZALO_BOT_USERS: {
    schema: z.coerce.number().int().min(1),
    fallback: '50',
    unit: 'families',
    why: 'How many a Zalo bot may write to (Zalo’s free plan, as noted in 2026); those beyond are told another way.',
  },
  ZALO_BOT_MESSAGES: {
    schema: z.coerce.number().int().min(1),
    fallback: '3000',
    unit: 'messages a month',
    why: 'How many a Zalo bot may send (the same plan); beyond, families are told another way.',
  },
  ZALO_OA_API_ROOT: {
    schema: z.url(),
    fallback: 'https://openapi.zalo.me',
    why: 'Where the API of Zalo Official Accounts is.',
  },
  ZALO_OA_PHONE_ROOT: {
    schema: z.url(),
    fallback: 'https://business.openapi.zalo.me',
    why: 'Where Zalo takes paid templates by phone number.',
  },
  ZALO_OAUTH_ROOT: {
    schema: z.url(),
    fallback: 'https://oauth.zaloapp.com',
    why: 'Where Zalo asks for consent and gives tokens.',
  },
  SMTP_URL: {
    schema: addressOf('smtps', 'smtp'),
    why: 'One-school shortcut: setup connects this mail server, e.g. smtps://user:password@mail.example.vn.',
  },
  MAIL_FROM: { schema: optionalText, why: 'Sender address for SMTP_URL.' },
  QUIET_FROM: {
    schema: clockTime,
    fallback: '21:00',
    unit: 'HH:MM, Vietnam',
    why: 'Nothing but safety notices is sent from this hour …',
  },
  QUIET_TO: {
    schema: clockTime,
    fallback: '06:30',
    unit: 'HH:MM, Vietnam',
    why: '… until this one. What falls between is held, not dropped.',
  },
  DIGEST_AT: {
    schema: clockTime,
    fallback: '17:30',
    unit: 'HH:MM, Vietnam',
    why: 'When families that chose so are told the marks and news of the day in one message; of the week: MARKS_DIGEST.',
  },
  OFFICE_FROM: {
    schema: clockTime,
    fallback: '07:00',
    unit: 'HH:MM, Vietnam',
    why: 'From this hour on, Monday to Saturday, teachers get what parents write to them …',
  },
  OFFICE_TO: {
    schema: clockTime,
    fallback: '17:30',
    unit: 'HH:MM, Vietnam',
    why: '… until this one. What comes later is passed on the next day; “khẩn cấp” reaches whoever is on duty.',
  },
  LINK_CODE_DAYS: {
    schema: z.coerce.number().int().min(1).max(365),
    fallback: '60',
    unit: 'days',
    why: 'How long a link code on paper is good.',
  },
  CHAT_PER_MINUTE: {
    schema: z.coerce.number().int().min(1),
    fallback: '60',
    unit: 'messages',
    why: 'More than so many from one chat within a minute are not answered; the chat is told so.',
  },
  LINK_TRIES_PER_HOUR: {
    schema: z.coerce.number().int().min(1).max(100),
    fallback: '5',
    unit: 'wrong codes',
    why: 'Per chat; then the bot asks to wait.',
  },
  FEES_SETTLE_MINUTES: {
    schema: z.coerce.number().min(0).max(1440),
    fallback: '10',
    unit: 'minutes',
    why: 'New bills wait so long before families are told, so that several lists make one message.',
  },
  MARKS_SETTLE_MINUTES: {
    schema: z.coerce.number().min(0).max(1440),
    fallback: '30',
    unit: 'minutes',
    why: 'Changed marks wait so long after the last import of a class, so that many corrections make one message.',
  },
  MARKS_DIGEST: {
    schema: weeklyTime,
    fallback: 'Fri 17:00',
    unit: 'day HH:MM, Vietnam',
    why: 'When families that chose so are told the marks and news of the week in one message.',
  },
  MARKS_DEFAULT: {
    schema: z.enum(['atOnce', 'digest', 'weekly']),
    fallback: 'atOnce',
    why: 'How marks are told to guardians who have not chosen: at once, or in the digest of the day or the week.',
  },
  ATTACHMENT_MB: {
    schema: z.coerce.number().min(0.1).max(5),
    fallback: '5',
    unit: 'MB',
    why: 'Largest picture or PDF that is passed between families and teachers; Zalo takes no larger file.',
  },
  ATTACHMENT_DAYS: {
    schema: z.coerce.number().min(1).max(365),
    fallback: '30',
    unit: 'days',
    why: 'How long such a file is kept, sealed, after it was passed on.',
  },
  SAFETY_CONFIRM_MINUTES: {
    schema: z.coerce.number().min(0.01).max(10080),
    fallback: '60',
    unit: 'minutes',
    why: 'A safety notice is sent again, once, to those who have not confirmed by then.',
  },
  RETRY_HOURS: {
    schema: z.coerce.number().min(0.01).max(168),
    fallback: '24',
    unit: 'hours',
    why: 'How long a delivery is tried before the next contact has its turn.',
  },
  STOPPED_MINUTES: {
    schema: z.coerce.number().min(0.01).max(10080),
    fallback: '30',
    unit: 'minutes',
    why: 'A channel account has stopped and only a person can mend it: after this, families with another contact are told there.',
  },
  LEASE_SECONDS: {
    schema: z.coerce.number().int().min(2).max(600),
    fallback: '30',
    unit: 'seconds',
    why: 'In a cluster, the lane of a dead worker is free after this.',
  },
  STOP_SECONDS: {
    schema: z.coerce.number().int().min(1).max(300),
    fallback: '10',
    unit: 'seconds',
    why: 'How long a stopping hub waits for sends that are on the way.',
  },
} satisfies Record<string, Setting>;

export type Settings = { [K in keyof typeof SETTINGS]: z.infer<(typeof SETTINGS)[K]['schema']> };

/**
 * Reads the settings.
 * @throws HubError `badSetting` that names the first setting which is not allowed.
 */
export function readSettings(env: Record<string, string | undefined> = process.env): Settings {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const given = env[name]?.trim() ? env[name] : setting.fallback;
    const parsed = setting.schema.safeParse(given);
    if (!parsed.success) {
      throw new HubError('badSetting', { name, problem: parsed.error.issues[0]?.message ?? '' });
    }
    values[name] = parsed.data;
  }
  return values as Settings;
}
