import { beforeAll, describe, expect, it } from 'vitest';
import { CHAT_CHANNELS, type ChatTown, linkedFamily, openChatTown } from './chats.ts';

let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown({ CHAT_PER_MINUTE: '6' });
});

describe.each(CHAT_CHANNELS)('A chat on %s that writes without end', (channel) => {
  it('is told once, not answered for the rest of the minute, and answered again in the next', async () => {
    const { person } = await linkedFamily(town, channel, { className: channel === 'telegram' ? '6A' : '7A' });
    const other = town.person(channel);
    // From here on a minute of its own.
    town.forward(60_000 - (town.now().getTime() % 60_000));
    for (let count = 0; count < 6; count++)
      expect(await person.type('?')).toContain('Gia đình đang nhận tin');
    expect(await person.type('?')).toContain('Xin nhắn chậm lại');
    expect(await person.type('/hocphi')).toBe('');
    expect(await other.type('?')).toMatch(/mã 8 ký tự/);
    town.forward(60_000);
    expect(await person.type('?')).toContain('Gia đình đang nhận tin');
  });
});

it.each([
  ['Another bot', { from: { id: 4_242, is_bot: true, first_name: 'Bot' } }],
  [
    'What a bot writes in a person’s name',
    { from: { id: 4_242, is_bot: false }, via_bot: { id: 7, is_bot: true } },
  ],
  ['Our own echo', { from: { id: 7_000_000_001, is_bot: true, first_name: 'Trường Hoa Mai' } }],
])('%s is not answered, so that two bots do not talk for ever', async (_who, by) => {
  const chat = { id: 4_242, type: 'private', first_name: 'Bot' };
  const before = town.telegram.acceptedCount;
  const message = { message_id: 9, date: 1, chat, ...by, text: 'Xin chào' };
  town.telegram.pushUpdate('message', message);
  await town.settled();
  expect(town.telegram.acceptedCount).toBe(before);
});
