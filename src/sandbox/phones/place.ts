// The places that the page lists: chats and mailboxes, latest first.

import type { Mailbox, MailSandbox } from '../mail/start-mail.ts';
import type { Person } from '../telegram/person.ts';
import type { TelegramSandbox } from '../telegram/start-telegram.ts';
import type { ZaloBotPerson } from '../zalo-bot/person.ts';
import type { ZaloBotSandbox } from '../zalo-bot/start-zalo-bot.ts';
import type { ZaloOaPerson } from '../zalo-oa/person.ts';
import type { ZaloOaSandbox } from '../zalo-oa/start-zalo-oa.ts';

/** What `label` is asked about; `address` is a chat id or an e-mail address. */
export type PlaceAddress = { channel: 'telegram' | 'zalo-oa' | 'zalo-bot' | 'email'; address: string };

export type Place = {
  label: string;
  /** Path of its own page below the base. */
  path: string;
  /** Last thing that was said there. */
  preview: string;
  /** 0: nothing yet. */
  lastAt: number;
} & (
  | { kind: 'chat'; bot: TelegramSandbox; person: Person }
  | { kind: 'zalo'; desk: ZaloBotSandbox; person: ZaloBotPerson }
  | { kind: 'oa'; desk: ZaloOaSandbox; person: ZaloOaPerson }
  | { kind: 'mail'; box: Mailbox }
);

export type World = {
  telegrams: readonly TelegramSandbox[];
  zalos: readonly ZaloBotSandbox[];
  oas: readonly ZaloOaSandbox[];
  mail: MailSandbox | undefined;
  label: (place: PlaceAddress) => string | undefined;
};

export function chatPlace(world: World, bot: TelegramSandbox, person: Person): Place {
  const last = person.messages().at(-1);
  return {
    kind: 'chat',
    bot,
    person,
    label: world.label({ channel: 'telegram', address: person.chatId }) ?? person.firstName,
    path: `/t/${encodeURIComponent(bot.username)}/${person.chatId}`,
    preview: last?.text ?? '',
    lastAt: last?.at ?? 0,
  };
}

export function zaloPlace(world: World, desk: ZaloBotSandbox, person: ZaloBotPerson): Place {
  const last = person.messages().at(-1);
  return {
    kind: 'zalo',
    desk,
    person,
    label: world.label({ channel: 'zalo-bot', address: person.chatId }) ?? person.name,
    path: `/z/${desk.id}/${encodeURIComponent(person.chatId)}`,
    preview: last?.text ?? '',
    lastAt: last?.at ?? 0,
  };
}

export function oaPlace(world: World, desk: ZaloOaSandbox, person: ZaloOaPerson): Place {
  const last = person.messages().at(-1);
  return {
    kind: 'oa',
    desk,
    person,
    label: world.label({ channel: 'zalo-oa', address: person.userId }) ?? person.name,
    path: `/o/${desk.oaId}/${person.userId}`,
    preview: last?.text ?? '',
    lastAt: last?.at ?? 0,
  };
}

export function mailPlace(world: World, box: Mailbox): Place {
  const last = box.latest();
  return {
    kind: 'mail',
    box,
    label: world.label({ channel: 'email', address: box.address }) ?? box.address,
    path: `/m/${encodeURIComponent(box.address)}`,
    preview: last?.subject ?? '',
    lastAt: last?.at ?? 0,
  };
}

/** All places whose label, address or last words contain `search`, those with the latest news first. */
export function listPlaces(world: World, search: string): Place[] {
  const chats = world.telegrams.flatMap((bot) =>
    bot.persons().map((person) => chatPlace(world, bot, person)),
  );
  const zalos = world.zalos.flatMap((desk) => desk.persons().map((person) => zaloPlace(world, desk, person)));
  const oas = world.oas.flatMap((desk) => desk.persons().map((person) => oaPlace(world, desk, person)));
  const boxes = (world.mail?.mailboxes() ?? []).map((box) => mailPlace(world, box));
  const wanted = search.trim().toLocaleLowerCase('vi');
  const found = [...chats, ...zalos, ...oas, ...boxes].filter((place) =>
    `${place.label}\n${place.path}\n${place.preview}`.toLocaleLowerCase('vi').includes(wanted),
  );
  return found.sort((a, b) => b.lastAt - a.lastAt || a.label.localeCompare(b.label, 'vi'));
}

/** Grows whenever something on any screen has changed. */
export const versionOf = (world: World): number =>
  [...world.telegrams, ...world.zalos, ...world.oas].reduce(
    (sum, { version }) => sum + version,
    world.mail?.version ?? 0,
  );
