// Files on their way through a channel.

/** What goes out with a message. */
export type MessageAttachment = {
  bytes: Buffer;
  type: 'image/jpeg' | 'image/png' | 'application/pdf';
  /** A clean file name. */
  name: string;
  /** Of pictures, in pixels. */
  size: { width: number; height: number } | null;
  /** Where it can be fetched for a while, by a signed link to our pages. */
  link: string;
  /** Plain words with the link. */
  instead: string;
};

/** A file as an update names it. Nothing of it is to be believed. */
export type SentFile = {
  /** For the channel alone: an id, an address. */
  ref: string;
  name?: string;
};

export type FetchedFile =
  | { kind: 'file'; bytes: Buffer }
  /** More than was asked for; no more than that was read. */
  | { kind: 'tooLarge' }
  /** The provider does not have it (any more), or it is not the provider that has it. */
  | { kind: 'gone' };
