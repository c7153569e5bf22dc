import type { SendMailOptions } from 'nodemailer';
import type { MailPool } from './transport.ts';

/** Whether a mail's text began to flow, which is what makes a lost answer doubtful. */
export type Progress = { streams: { readonly readableDidRead: boolean }[] };

type WatchedMail = SendMailOptions & { progress?: Progress };

export const newProgress = (): Progress => ({ streams: [] });

/** Nodemailer hands the fields of a mail to its plugins as they are; ours rides along. */
export function watched(mail: SendMailOptions, progress: Progress): WatchedMail {
  return { ...mail, progress };
}

/**
 * True once a byte of the text was read for the wire, which happens after the server said "354" to DATA. Nodemailer's
 * own pool asks its stream the same question before it sends a mail again (pool-resource.js, `readableDidRead`).
 */
export function textBegan(progress: Progress): boolean {
  return progress.streams.some((stream) => stream.readableDidRead);
}

/** Lets the pool report the stream of each attempt. */
export function watchStreams(pool: Pick<MailPool, 'use'>): void {
  pool.use('stream', (mail, done) => {
    const { progress } = mail.data as WatchedMail;
    const { message } = mail;
    if (progress && message) {
      const make = message.createReadStream.bind(message);
      message.createReadStream = (options) => {
        const stream = make(options);
        progress.streams.push(stream);
        return stream;
      };
    }
    done();
  });
}
