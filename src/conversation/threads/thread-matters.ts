import { dayText, timeText } from '../day.ts';
import type { Matter, Place, Talk } from '../talk.ts';
import { type ThreadHere, threadOf } from './thread-of.ts';
import { callUrgent, writeToGuardian, writeToTeacher } from './threads.ts';

const ID = /^\d{1,18}$/;

/** "Trả lời" below a message of a thread: the same for both sides. */
export const reply: Matter = {
  name: 'reply',
  words: ['/traloi'],
  unlisted: true,
  who: 'anybody',
  async answer(talk, { argument, pressed }) {
    const thread = pressed ? await threadOf(talk, argument) : null;
    return thread
      ? ({ matter: 'reply', step: 'text', data: { thread: thread.id } } satisfies Place)
      : [{ text: talk.say('talk:thread.over') }];
  },
  steps: {
    text: {
      async ask(talk, data) {
        const thread = await threadOf(talk, data.thread ?? '');
        if (!thread) return null;
        const { side, ...about } = thread;
        return { text: talk.say(`talk:thread.ask.${side}`, about), typed: true, files: true };
      },
      async take(talk, data, { typed, attachment }) {
        const thread = await threadOf(talk, data.thread ?? '');
        if (!thread || !(typed || attachment)) return { replies: [{ text: talk.say('talk:thread.over') }] };
        return { replies: [{ text: await pass(talk, thread, typed ?? '', attachment?.id) }] };
      },
    },
  },
};

/** Passes words, and what was sent with them, to the other side of a thread. @returns what is said of it */
export async function pass(
  talk: Talk,
  thread: ThreadHere,
  typed: string,
  attachmentId?: string,
): Promise<string> {
  const { say, children, ports } = talk;
  const { givenName, teacher } = thread;
  if (thread.side === 'staff') {
    const at = await writeToGuardian(talk, thread.id, typed, attachmentId);
    if (!at) return say('talk:thread.noChat', { givenName });
    const when = { time: timeText(at), date: dayText(at) };
    return at > ports.clock.now()
      ? say('talk:thread.heldForGuardian', { givenName, ...when })
      : say('talk:thread.sentToGuardian', { givenName });
  }
  const { guardianId, pupilId, staffId } = await ports.db.prisma.chatThread.findUniqueOrThrow({
    where: { id: thread.id },
  });
  const child = children.find((one) => one.guardianId === guardianId && one.pupilId === pupilId);
  if (!child) return say('talk:thread.over');
  const passed = await writeToTeacher(talk, child, staffId, typed, attachmentId);
  const when = passed.heldUntil && { time: timeText(passed.heldUntil), date: dayText(passed.heldUntil) };
  if (!passed.hasChat) return say('talk:teacher.kept', { givenName, teacher });
  return when
    ? say('talk:teacher.held', { givenName, teacher, ...when })
    : say('talk:teacher.sent', { givenName, teacher });
}

/** "Khẩn cấp" below what waits for office hours. */
export const urgent: Matter = {
  name: 'urgent',
  words: ['/khancap'],
  unlisted: true,
  async answer(talk, { argument, pressed }) {
    if (!pressed || !ID.test(argument)) return [{ text: talk.say('talk:teacher.howUrgent') }];
    const told = await callUrgent(talk, argument);
    if (told === null) return [{ text: talk.say('talk:thread.over') }];
    return [
      { text: talk.say(told ? 'talk:teacher.urgentSent' : 'talk:teacher.urgentNobody'), inPlace: true },
    ];
  },
};
