// The Telegram stand-in as a process of its own, so that it takes no time of the process that is measured.
// Started by fork(); says where it listens, answers "count", ends with its parent.

import { startTelegram } from '../src/sandbox/index.ts';

const [token = '', chats = '0', first = '0', perSecond = '0', perChatMs = '0'] = process.argv.slice(2);
const telegram = await startTelegram({
  token,
  username: 'BenchBot',
  perSecond: Number(perSecond),
  perChatMs: Number(perChatMs),
  compact: true,
});
telegram.openChats(Array.from({ length: Number(chats) }, (_, n) => String(Number(first) + n + 1)));
process.on('message', () => process.send?.({ count: telegram.acceptedCount, refusals: telegram.refusals }));
process.on('disconnect', () => process.exit(0));
process.send?.({ root: telegram.root });
