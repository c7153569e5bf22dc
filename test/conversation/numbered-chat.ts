// A person on a channel without buttons: chooses by typing the number in front of a choice.

import { oaCommand } from '../../src/commands/oa.ts';
import type { ZaloOaPerson, ZaloOaSandbox } from '../../src/sandbox/index.ts';
import { printed } from '../commands/office.ts';
import type { Town } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import type { ChatChannel, Chatter } from './chats.ts';

const NUMBERED = /^(\d+)\. (.+)$/gm;
const numbered = (text: string) => [...text.matchAll(NUMBERED)];

type Where = {
  town: Town;
  channel: ChatChannel;
  lane: string;
  chatId: string;
  person: Pick<ZaloOaPerson, 'type' | 'messages'> & { sendImage?(bytes: Buffer, caption?: string): void };
};

export function numberedChatter({ town, channel, lane, chatId, person }: Where): Chatter {
  const got = () => person.messages().filter(({ from }) => from === 'bot');
  const said = () => got().map(({ text }) => text ?? '');
  const after = async (what: string, updates: number, act: () => void): Promise<string> => {
    const before = said().length;
    const where = { chatKey: chatId, accountId: lane };
    const { inboundUpdate } = town.hub.db.prisma;
    const handled = await inboundUpdate.count({ where });
    act();
    // An update is taken from Zalo when it is read, and is not in the database yet.
    await until(
      `${what} to be handled`,
      async () =>
        (await inboundUpdate.count({ where: { ...where, handledAt: { not: null } } })) === handled + updates,
      { withinMs: 25_000 },
    );
    return said().slice(before).join('\n');
  };
  const typeAll = (...texts: string[]) =>
    after(`"${texts}"`, texts.length, () => {
      for (const text of texts) person.type(text);
    });
  return {
    chatId,
    channel,
    said,
    got,
    send: (bytes, caption) => after('a picture', 1, () => person.sendImage?.(bytes, caption)),
    type: (text) => typeAll(text),
    typeAll,
    async choose(label) {
      const found = said()
        .toReversed()
        .flatMap(numbered)
        .find(([, , words = '']) => (typeof label === 'string' ? words === label : label.test(words)));
      if (!found?.[1]) throw new Error(`no number before ${label}; the last message: ${said().at(-1)}`);
      return typeAll(found[1]);
    },
    offers: () => numbered(said().at(-1) ?? '').map(([, , words = '']) => words),
  };
}

/** Connects an OA with tokens from its console; its webhook brings what people do. @returns the account */
export async function connectOa(town: Town, oa: ZaloOaSandbox): Promise<string> {
  const pair = oa.explorerPair();
  // A token may begin with "-".
  const tokens = [`--access-token=${pair.access_token}`, `--refresh-token=${pair.refresh_token}`];
  const app = ['--app-id', oa.appId, '--app-secret', oa.appSecret, '--webhook-key', oa.webhookKey];
  await printed(() => oaCommand(['connect', ...app, '--package', 'comprehensive', ...tokens], town.settings));
  await oa.setWebhook(`${town.hub.url}/webhooks/zalo-oa/${oa.appId}`);
  const made = await town.hub.db.prisma.channelAccount.findFirstOrThrow({ where: { channel: 'zalo-oa' } });
  return made.id;
}
