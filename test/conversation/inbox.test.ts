import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAccounts } from '../../src/channels/index.ts';
import { openInbox } from '../../src/conversation/index.ts';
import { openMetrics } from '../../src/observe/index.ts';
import {
  allHandled,
  answerTo,
  newCodes,
  newGuardian,
  newPupil,
  openTown,
  said,
  type Town,
} from '../flow/town.ts';
import { until } from '../harness/index.ts';

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
beforeEach(() => town.telegram.clearFaults());
const db = () => town.hub.db.prisma;

async function parent() {
  const pupil = await newPupil(town.hub, town.school, 'Hứa Thị Diệp');
  const guardian = await newGuardian(town.hub, town.school, [pupil]);
  const code = (await newCodes(town, town.school))(guardian, pupil);
  return { person: town.telegram.person(), guardian, code };
}

/** The inbox of another process on the same database; it only starts working when it is told to. */
function anotherInbox(clock = town.hub.clock) {
  const { hub } = town;
  const accounts = openAccounts(hub.db.prisma, hub.channels, hub.sealer, hub.log);
  const inbox = openInbox({
    db: hub.db,
    signer: hub.signer,
    sealer: hub.sealer,
    texts: hub.texts,
    clock,
    log: hub.log,
    metrics: openMetrics(),
    accounts,
    linkTriesPerHour: 5,
    messagesPerMinute: 1000,
    kinds: hub.kinds,
    rules: hub.rules,
    safetyConfirmMs: 60_000,
    office: { fromMin: 0, toMin: 1440 },
    post: { kick: () => undefined },
    attachments: hub.attachments,
    topics: [],
    accepted: (published, draft) => hub.accepted(published, draft),
    bell: hub.bell,
    forms: hub.forms,
    undelivered: async () => undefined,
    invite: async () => 0,
    confirmed: async () => undefined,
  });
  return { inbox, stop: () => inbox.stop().then(() => accounts.close()) };
}

let number = 990_000_000;
/** An update as Telegram words it; the chat must have been opened in the stand-in. */
const textUpdate = (chatId: string, text: string) => {
  const update_id = number++;
  const chat = { id: Number(chatId), type: 'private', first_name: 'x' };
  return {
    externalId: String(update_id),
    chatKey: chatId,
    payload: { update_id, message: { message_id: update_id, date: 1, chat, from: chat, text } },
  };
};

describe('The inbox', () => {
  it('loses no update when the answer to it fails: it is handled later', async () => {
    const { person, code, guardian } = await parent();
    const fault = town.telegram.fault({ kind: 'status', status: 500 });
    person.start(code);
    await until(
      'the first try to fail',
      async () => (await db().inboundUpdate.count({ where: { handledAt: null, error: { not: null } } })) > 0,
    );
    expect(fault.hits).toBe(1);
    expect(said(person)).toEqual([]);
    town.forward(10_000);
    // Any update wakes the inbox; in a quiet hub the sweep does.
    const other = town.telegram.person();
    other.start();
    await allHandled(town);
    expect(said(person).map((one) => one.text)).toEqual([expect.stringContaining('Diệp')]);
    expect(await db().contact.count({ where: { guardianId: guardian } })).toBe(1);
  });

  it('is woken by the sweep of the hub, so that nobody has to write again', async () => {
    const { person } = await parent();
    town.telegram.fault({ kind: 'status', status: 500 });
    person.start();
    await until(
      'the first try to fail',
      async () => (await db().inboundUpdate.count({ where: { handledAt: null, error: { not: null } } })) > 0,
    );
    town.forward(10_000);
    await until('the answer', () => said(person).length === 1, { withinMs: 18_000, everyMs: 50 });
  });

  it('answers a chat in the order in which it wrote, and a chat in trouble holds up no other', async () => {
    const { person, code } = await parent();
    const other = town.telegram.person();
    const hang = town.telegram.fault({
      kind: 'status',
      status: 500,
      match: (method, payload) => method === 'sendMessage' && String(payload.chat_id) === person.chatId,
    });
    person.start(code);
    person.type('/english');
    person.type('hello');
    await until('the first try to fail', async () => hang.hits === 1);
    expect((await answerTo(other, () => other.start())).text).toMatch(/^Xin chào/);
    expect(said(person)).toEqual([]);
    await until(
      'it to be given back',
      async () => (await db().inboundUpdate.count({ where: { error: { not: null }, handledAt: null } })) > 0,
    );
    town.forward(10_000);
    other.type('?');
    await until('all three answers', () => said(person).length === 3);
    expect(said(person).map((one) => one.text)).toEqual([
      expect.stringContaining('đã được nối với nhà trường'),
      expect.stringContaining('in English'),
      expect.stringContaining('Your family receives news about: Diệp'),
    ]);
  });

  it('gives an update up after six tries, says so in the log, and goes on behind it', async () => {
    const { person } = await parent();
    const fault = town.telegram.fault({
      kind: 'status',
      status: 500,
      times: Number.POSITIVE_INFINITY,
      match: (method, payload) => method === 'sendMessage' && String(payload.chat_id) === person.chatId,
    });
    const before = town.log.filter((line) => line.includes('update not handled')).length;
    const failures = () => town.log.filter((line) => line.includes('update not handled')).length - before;
    person.start();
    for (let tried = 1; tried <= 6; tried++) {
      await until(`try ${tried} to be given back`, () => failures() === tried);
      expect(fault.hits).toBe(tried);
      await until(
        'its next time',
        async () =>
          (await db().inboundUpdate.findFirst({ where: { chatKey: person.chatId } }))?.error != null,
      );
      town.forward(200_000);
      if (tried < 6) town.telegram.person().start();
    }
    expect(
      town.log.filter((line) => line.includes('"level":50') && line.includes('update not handled')),
    ).toHaveLength(1);
    fault.remove();
    expect((await answerTo(person, () => person.type('?'))).text).toMatch(/^Xin chào/);
  });

  it('stores an update once, however often it is brought, together with how far was read', async () => {
    const { person } = await parent();
    await answerTo(person, () => person.start());
    const { inbox, stop } = anotherInbox();
    const update = textUpdate(person.chatId, 'xin chào');
    await inbox.store(town.bot, [update, update]);
    await Promise.all([inbox.store(town.bot, [update]), inbox.store(town.bot, [update])]);
    expect(await db().inboundUpdate.count({ where: { externalId: update.externalId } })).toBe(1);
    inbox.kick();
    await until('the answer', () => said(person).length === 2);
    await inbox.store(town.bot, [update]);
    inbox.kick();
    await answerTo(person, () => person.type('?'));
    expect(said(person)).toHaveLength(3);
    await stop();
  });

  it('handles what a process that died had stored or begun, each once', async () => {
    const { person, code } = await parent();
    await answerTo(person, () => person.start());
    // Its clock is ahead, so that the hub's own inbox leaves alone what it stores.
    const dead = anotherInbox({ now: () => new Date(town.now().getTime() + 60_000) });
    await dead.inbox.store(town.bot, [
      textUpdate(person.chatId, code),
      textUpdate(person.chatId, '/english'),
    ]);
    // It had also taken the first one into its hands.
    await db().inboundUpdate.updateMany({
      where: { chatKey: person.chatId, handledAt: null },
      data: { attempts: 1 },
    });
    await dead.stop();
    const next = anotherInbox();
    await next.inbox.recover();
    await until('both answers', () => said(person).length === 3);
    expect(
      said(person)
        .slice(1)
        .map((one) => one.text),
    ).toEqual([expect.stringContaining('Diệp'), expect.stringContaining('in English')]);
    await next.stop();
    await allHandled(town);
    expect(await db().inboundUpdate.count({ where: { chatKey: person.chatId, handledAt: null } })).toBe(0);
  });

  it('two processes share the work and answer everything once, each chat in its order', async () => {
    const persons = Array.from({ length: 12 }, () => town.telegram.person());
    town.telegram.openChats([]);
    for (const person of persons) await answerTo(person, () => person.start());
    const [one, two] = [anotherInbox(), anotherInbox()];
    for (const person of persons)
      await one.inbox.store(
        town.bot,
        ['/english', '/tiengviet', '/english'].map((text) => textUpdate(person.chatId, text)),
      );
    one.inbox.kick();
    two.inbox.kick();
    await until('every answer', () => persons.every((person) => said(person).length >= 4));
    await Promise.all([one.stop(), two.stop()]);
    const languages = persons.map((person) =>
      said(person)
        .slice(1)
        .map(({ text }) => (text.startsWith('Xin chào') ? 'vi' : 'en')),
    );
    expect(languages).toEqual(persons.map(() => ['en', 'vi', 'en']));
  });

  it('keeps of a handled update its number and nothing that was written', async () => {
    const { person } = await parent();
    await answerTo(person, () => person.start());
    await answerTo(person, () => person.type('Cháu Diệp bị sốt, xin nghỉ'));
    await allHandled(town);
    const rows = await db().inboundUpdate.findMany({ where: { chatKey: person.chatId } });
    expect(rows.map((row) => row.payload)).toEqual([{}, {}]);
  });
});
