// A picture or a PDF that somebody sends: fetched from the provider, checked, kept sealed, and then an answer to what was
// asked, a part of what was just passed on, or an offer to the teacher.

import type { Attached } from '../attachments/index.ts';
import { ChannelProblem } from '../channels/index.ts';
import { countUp, limits } from '../security/index.ts';
import { offerToTeacher } from './family/teacher.ts';
import type { Said } from './intake/contact-news.ts';
import { greet } from './menu.ts';
import { askNext, awaitsFile, type Done, type Standing, takeFile } from './steps.ts';
import type { Talk } from './talk.ts';
import { pass } from './threads/thread-matters.ts';
import { threadOf } from './threads/thread-of.ts';

const FETCH_MS = 20_000;
/** So often an update is handled anew when the provider does not answer; then the sender is told. */
const TRIES_MOST = 3;
/** What comes so soon behind a picture was picked together with it: an album is one message each. */
const ALBUM_MS = 60_000;
const CAPTION_MOST = 3000;

export async function answerFile(
  talk: Talk,
  standing: Standing,
  said: Extract<Said, { kind: 'file' }>,
): Promise<Done> {
  const { children, staff, say } = talk;
  if (!children.length && !staff.length) return { replies: await greet(talk) };
  const isAwaited = await awaitsFile(talk, standing);
  const album = isAwaited ? null : await albumOf(talk);
  const attachment = await fetchAndKeep(talk, said.file);
  // The question stands, if there is one.
  if ('refused' in attachment) return { replies: [{ text: attachment.refused }] };
  const typed = said.caption.slice(0, CAPTION_MOST);
  if (isAwaited) return takeFile(talk, standing, { typed, attachment });
  const thread = album && (await threadOf(talk, album));
  if (thread) return { replies: [{ text: await pass(talk, thread, typed, attachment.id) }] };
  const offer = await offerToTeacher(talk, standing.trail, typed, attachment);
  return offer ? askNext(talk, offer, []) : { replies: [{ text: say('talk:file.noPlace') }] };
}

/** The thread to which the chat has sent a file a moment ago. */
async function albumOf({ ports, account, address }: Talk): Promise<string | null> {
  const last = await ports.attachments.lastUse({ accountId: account.id, address }, ALBUM_MS);
  return last?.startsWith('thread:') ? last.slice('thread:'.length) : null;
}

async function fetchAndKeep(
  talk: Talk,
  file: Extract<Said, { kind: 'file' }>['file'],
): Promise<Attached | { refused: string }> {
  const { ports, account, address, updateId, say } = talk;
  const { attachments } = ports;
  const before = await attachments.ofUpdate(updateId);
  if (before) return before;
  const refused = (key: string) => ({ refused: say(`talk:file.${key}`, { mb: megabytes(talk) }) });
  if (!(await countUp(ports.db.pool, limits.files, `${account.id}:${address}`, ports.clock.now())))
    return refused('tooMany');
  const deadline = AbortSignal.timeout(FETCH_MS);
  const fetched = await account.connection
    .fetchFile?.(file, attachments.mostBytes, deadline)
    .catch(async (error: unknown) => {
      if (!(error instanceof ChannelProblem) || !(await wasTriedOften(talk))) throw error;
      return { kind: 'gone' as const };
    });
  if (fetched?.kind !== 'file') return refused(fetched?.kind ?? 'gone');
  const from = { accountId: account.id, address };
  const kept = await attachments.keep(fetched.bytes, { name: file.name, from, updateId });
  return typeof kept === 'string' ? refused(kept) : kept;
}

export const megabytes = ({ ports, language }: Pick<Talk, 'ports' | 'language'>): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(
    ports.attachments.mostBytes / (1024 * 1024),
  );

async function wasTriedOften({ ports, updateId }: Talk): Promise<boolean> {
  const update = await ports.db.prisma.inboundUpdate.findUnique({
    where: { id: BigInt(updateId) },
    select: { attempts: true },
  });
  return (update?.attempts ?? 0) >= TRIES_MOST;
}
