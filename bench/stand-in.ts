// The Telegram stand-in as a process of its own, so that it takes no time of the process that is measured.
// Started by fork(); says where it listens, answers "counts" and "taken", ends with its parent.

import { startTelegram } from '../src/sandbox/index.ts';

const [token = '', chats = '0', first = '0', perSecond = '0', perChatMs = '0', compact = '1'] =
  process.argv.slice(2);
const telegram = await startTelegram({
  token,
  username: 'BenchBot',
  perSecond: Number(perSecond),
  perChatMs: Number(perChatMs),
  compact: compact === '1',
});
telegram.openChats(Array.from({ length: Number(chats) }, (_, n) => String(Number(first) + n + 1)));
process.on('message', (asked) => {
  if (asked === 'counts') process.send?.({ count: telegram.acceptedCount, refusals: telegram.refusals });
  else process.send?.(telegram.accepted.map(({ at, chatId, text }) => ({ at, chatId, text })));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ root: telegram.root });
