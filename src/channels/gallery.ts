import { createHash } from 'node:crypto';
import type { Signer } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';

/** Where the pages serve a shown picture; its signed token follows. */
export const PICTURE_PATH = '/pictures/';

/**
 * How long a link is good. When Zalo fetches a picture is not documented (§8): while it sends, as other platforms do,
 * or when the phone shows it. An hour lets it stumble a while and is short for a link to a child's bill.
 */
const SHOWN_MS = 3_600_000;

/** For providers that take no picture but an address from which they fetch one. */
export interface Gallery {
  /** @returns the signed link; null when the hub's pages cannot be reached from outside. */
  show(png: Buffer): Promise<string | null>;
  /** Whether the provider can fetch from an address of our pages. */
  reaches(url: string): boolean;
  /** The picture behind a link; null when its time is over. @throws HubError `badLink` */
  open(token: string): Promise<Buffer | null>;
  /** Forgets the pictures whose time is over. */
  clear(): Promise<void>;
}

export type GalleryPorts = {
  db: PrismaClient;
  signer: Signer;
  clock: Clock;
  /** Where the pages are, without a slash at the end. */
  siteUrl: () => string;
  /** Where the provider is: one on this machine (a stand-in) sees this machine's pages. */
  providerUrl: string;
};

/** Pictures wait in the database: the process that serves them is not always the one that sends. */
export function openGallery({ db, signer, clock, siteUrl, providerUrl }: GalleryPorts): Gallery {
  const reaches = (url: string) => !isInside(url) || isInside(providerUrl);
  return {
    reaches,
    async show(png) {
      const site = siteUrl();
      if (!reaches(site)) return null;
      const id = createHash('sha256').update(png).digest('hex');
      const expiresAt = new Date(clock.now().getTime() + SHOWN_MS);
      await db.shownPicture.upsert({
        where: { id },
        create: { id, png: Uint8Array.from(png), expiresAt },
        update: { expiresAt },
      });
      return `${site}${PICTURE_PATH}${signer.sign('picture', id, expiresAt)}`;
    },
    async open(token) {
      const id = signer.verify('picture', token, clock.now());
      const row = await db.shownPicture.findUnique({ where: { id } });
      return row && row.expiresAt > clock.now() ? Buffer.from(row.png) : null;
    },
    async clear() {
      await db.shownPicture.deleteMany({ where: { expiresAt: { lte: clock.now() } } });
    },
  };
}

/** An address that is seen from this machine or this house only. */
function isInside(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|\[.*|127\..*|0\..*|10\..*|192\.168\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|.*\.local|[^.]*)$/.test(
    hostname,
  );
}
