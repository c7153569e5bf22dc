import { randomUUID } from 'node:crypto';
import { HubError } from '../errors.ts';
import type { Sealer, Signer } from '../security/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';
import { type CheckedFile, checkFile, type FileRefusal, type FileType } from './check.ts';
import { type Chat, mayChatHave, mayStillRead } from './rights.ts';
import { useAttachment } from './use.ts';

/** Where the pages give a file to whoever has its signed link; the token follows. */
export const FILE_PATH = '/files/';

const DAY_MS = 86_400_000;
/** What was sent and then used for nothing is forgotten soon. */
const UNUSED_MS = DAY_MS;
/** How long a link to a file is good; never longer than the file is kept. */
const LINK_MS = 7 * DAY_MS;
const UUID_LENGTH = 36;
/** A notice goes to a class: its file is opened once for all of it. */
const OPEN_MOST = 6;

/** What is known of a file without opening it. `id` may stand in a step's data, in a letter, on a notice. */
export type Attached = { id: string; type: FileType; name: string };

/** For whom a link is. It ends when that address is nobody's any more. */
export type LinkFor = { delivery: string } | { chat: Chat };

export interface Attachments {
  /** In bytes; what is longer need not be fetched. */
  readonly mostBytes: number;
  /** What this update has brought before, when it is handled again. */
  ofUpdate(updateId: string): Promise<Attached | null>;
  /** Checks a file and keeps it, sealed; once for each update. */
  keep(
    bytes: Buffer,
    about: { name?: string | undefined; from?: Chat; updateId?: string },
  ): Promise<Attached | FileRefusal>;
  /**
   * useAttachment() for ATTACHMENT_DAYS from now on.
   * @returns whether it is still there
   */
  use(tx: Pick<Prisma.TransactionClient, 'attachment'>, id: string, what: string): Promise<boolean>;
  /** What the chat's newest file was used for within the last `withinMs`; the rest of an album belongs to the same. */
  lastUse(from: Chat, withinMs: number): Promise<string | null>;
  /** Whether this chat may (still) have it: asked again when it goes out. */
  mayHave(id: string, chat: Chat): Promise<boolean>;
  /** For a message that goes out now; null: its time is over. */
  open(id: string): Promise<CheckedFile | null>;
  /** The signed link for those whose channel cannot carry it. */
  link(id: string, whom: LinkFor): string;
  /** @throws HubError `badLink` when it is altered, too old, or not for this family any more */
  openLink(token: string): Promise<CheckedFile>;
  /** Forgets those whose time is over. */
  clear(): Promise<void>;
}

export type AttachmentPorts = {
  db: PrismaClient;
  sealer: Sealer;
  signer: Signer;
  clock: Clock;
  siteUrl: () => string;
  mostBytes: number;
  days: number;
};

/** The files wait in the database, so that every process has them, and one backup has all. */
export function openAttachments(ports: AttachmentPorts): Attachments {
  const { db, sealer, signer, clock, mostBytes } = ports;
  const inMs = (ms: number) => new Date(clock.now().getTime() + ms);
  const about = { id: true, type: true, name: true } as const;
  const opened = new Map<string, Promise<CheckedFile>>();

  const attached = (row: { id: string; type: string; name: string } | null): Attached | null =>
    row && { ...row, type: row.type as FileType };

  async function load(id: string): Promise<CheckedFile> {
    const row = await db.attachment.findUniqueOrThrow({ where: { id } });
    const { type, name, width, height, sealed } = row;
    const bytes = sealer.unsealBytes(sealed, id);
    return { bytes, type: type as FileType, name, size: width && height ? { width, height } : null };
  }

  /** Many senders meet a new notice at once: all of them get the same bytes. */
  async function open(id: string): Promise<CheckedFile | null> {
    const isThere = await db.attachment.count({ where: { id, expiresAt: { gt: clock.now() } } });
    if (!isThere) return null;
    const file = opened.get(id) ?? load(id);
    opened.set(id, file);
    const [oldest] = opened.keys();
    if (opened.size > OPEN_MOST && oldest !== undefined) opened.delete(oldest);
    file.catch(() => opened.delete(id));
    return file;
  }

  const ofUpdate = async (updateId: string) =>
    attached(await db.attachment.findUnique({ where: { updateId: BigInt(updateId) }, select: about }));

  return {
    mostBytes,
    ofUpdate,
    async keep(bytes, { name, from, updateId }) {
      const file = await checkFile(bytes, name, mostBytes);
      if (typeof file === 'string') return file;
      const id = randomUUID();
      const { type } = file;
      await db.attachment.createMany({
        data: [
          {
            id,
            ...(from ?? {}),
            updateId: updateId === undefined ? null : BigInt(updateId),
            type,
            name: file.name,
            width: file.size?.width ?? null,
            height: file.size?.height ?? null,
            // For its own row: what was moved to another one does not open.
            sealed: sealer.sealBytes(file.bytes, id),
            createdAt: clock.now(),
            expiresAt: inMs(UNUSED_MS),
          },
        ],
        skipDuplicates: true,
      });
      // Two processes at the same update: the first one's is there.
      const kept = updateId === undefined ? null : await ofUpdate(updateId);
      return kept ?? { id, type, name: file.name };
    },
    use: (tx, id, what) => useAttachment(tx, id, what, ports.days, clock.now()),
    async lastUse(from, withinMs) {
      const row = await db.attachment.findFirst({
        where: { ...from, usedAt: { gt: inMs(-withinMs) } },
        orderBy: { usedAt: 'desc' },
        select: { usedFor: true },
      });
      return row?.usedFor ?? null;
    },
    mayHave: (id, chat) => mayChatHave(db, id, chat),
    open,
    link(id, whom) {
      const whose = 'delivery' in whom ? `d${whom.delivery}` : `c${whom.chat.accountId}:${whom.chat.address}`;
      return `${ports.siteUrl()}${FILE_PATH}${signer.sign('file', `${id} ${whose}`, inMs(LINK_MS))}`;
    },
    async openLink(token) {
      const named = signer.verify('file', token, clock.now());
      const [id, whose] = [named.slice(0, UUID_LENGTH), named.slice(UUID_LENGTH + 1)];
      const [, accountId = '', address = ''] = /^c([0-9a-f-]{36}):(.+)$/s.exec(whose) ?? [];
      const may = whose.startsWith('d')
        ? await mayStillRead(db, id, whose.slice(1))
        : accountId !== '' && (await mayChatHave(db, id, { accountId, address }));
      const file = may ? await open(id) : null;
      if (!file) throw new HubError('badLink');
      return file;
    },
    async clear() {
      await db.attachment.deleteMany({ where: { expiresAt: { lte: clock.now() } } });
      opened.clear();
    },
  };
}
