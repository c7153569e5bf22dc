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

type Said = { chatId: string; at: number };

/** People who type, one after the other; answers when the last one has. */
function say({ chatIds, texts, everyMs }: { chatIds: string[]; texts: string[]; everyMs: number }): void {
  const said: Said[] = [];
  const from = performance.now();
  const next = (): void => {
    // As many as should have typed by now, so that a late timer does not thin them out.
    const due = Math.min(chatIds.length, Math.floor((performance.now() - from) / everyMs) + 1);
    for (let count = said.length; count < due; count++) {
      const chatId = chatIds[count] ?? '';
      said.push({ chatId, at: performance.timeOrigin + performance.now() });
      telegram.person(chatId).type(texts[count % texts.length] ?? '');
    }
    if (said.length < chatIds.length) setTimeout(next, everyMs);
    else process.send?.(said);
  };
  next();
}

process.on('message', (asked) => {
  if (typeof asked === 'object' && asked !== null) {
    say(asked as Parameters<typeof say>[0]);
    return;
  }
  if (asked === 'counts') process.send?.({ count: telegram.acceptedCount, refusals: telegram.refusals });
  else process.send?.(telegram.accepted.map(({ at, chatId, text }) => ({ at, chatId, text })));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ root: telegram.root });
