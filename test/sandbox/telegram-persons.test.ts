import { describe, expect, it } from 'vitest';
import { until } from '../harness/until.ts';
import { botUnderTest, refusalOf } from './bot-under-test.ts';

describe('a person and a Telegraf bot', () => {
  it('talk: Start with a code, a button, its answer and the changed message', async () => {
    const { telegram, bot } = await botUnderTest();
    const heard: string[] = [];
    bot.start(async (ctx) => {
      heard.push(`start ${ctx.payload} ${ctx.from.language_code}`);
      await ctx.reply('Phụ huynh đồng ý chứ?', {
        reply_markup: { inline_keyboard: [[{ text: 'Đồng ý', callback_data: 'yes' }]] },
      });
    });
    bot.action('yes', async (ctx) => {
      await ctx.answerCbQuery('Cảm ơn');
      await ctx.editMessageText('Đã đồng ý');
    });
    bot.on('my_chat_member', (ctx) => void heard.push(ctx.myChatMember.new_chat_member.status));
    const polling = bot.launch();
    const lan = telegram.person(undefined, { firstName: 'Lan', languageCode: 'en' });
    lan.start('K7M2');
    await until('the question is on the screen', () =>
      lan.messages().some(({ buttons }) => buttons.length > 0),
    );
    lan.press('Đồng ý');
    await until('the message has changed', () => lan.messages().at(-1)?.text === 'Đã đồng ý');
    expect(lan.toast()).toBe('Cảm ơn');
    lan.block();
    lan.unblock();
    await until('the bot has heard of the block', () => heard.length === 3);
    expect(heard).toEqual(['start K7M2 en', 'kicked', 'member']);
    bot.stop();
    await polling;
  });

  it('cannot do what the app would not offer', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person('7', { firstName: 'Lan' });
    expect(() => lan.type('x')).toThrow('Lan (7): can only type after Start; the chat is new');
    expect(() => lan.start('không được')).toThrow('a deep link cannot carry');
    expect(() => lan.unblock()).toThrow('only a blocked bot');
    lan.start();
    await send.sendMessage('7', 'x', {
      reply_markup: { inline_keyboard: [[{ text: 'Trang', url: 'https://x.vn' }]] },
    });
    expect(() => lan.press('Đã nhận')).toThrow('has no button "Đã nhận"; there are: "Trang"');
    expect(() => lan.press('Trang')).toThrow('opens https://x.vn');
    lan.block();
    expect(() => lan.press('Trang')).toThrow('the chat is blocked');
  });

  it('unblock a blocked bot by pressing Start, as in the app', async () => {
    const { telegram } = await botUnderTest();
    const lan = telegram.person('7');
    lan.start();
    lan.block();
    lan.start();
    expect(telegram.pendingUpdates().map((update) => Object.keys(update)[1])).toEqual([
      'message',
      'my_chat_member',
      'my_chat_member',
      'message',
    ]);
  });

  it('cannot be answered to a press that never was, or long ago', async () => {
    let now = 0;
    const { telegram, send } = await botUnderTest({ clock: () => now });
    const lan = telegram.person('7');
    lan.start();
    await send.sendMessage('7', 'x', {
      reply_markup: { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] },
    });
    const tooOld = {
      code: 400,
      description: 'Bad Request: query is too old and response timeout expired or query ID is invalid',
    };
    expect(await refusalOf(send.answerCbQuery('1'))).toMatchObject(tooOld);
    const press = lan.press('a');
    await send.answerCbQuery(press);
    now += 20 * 60_000;
    expect(await refusalOf(send.answerCbQuery(press))).toMatchObject(tooOld);
  });

  it('of a group are told apart from a private chat', async () => {
    const { telegram } = await botUnderTest();
    telegram.group('6A1').say({ userId: '7', firstName: 'Lan' }, '/start');
    const message = telegram.pendingUpdates().at(-1)?.message;
    expect(message).toMatchObject({ chat: { type: 'group', title: '6A1' }, from: { id: 7 }, text: '/start' });
  });
});
