import { NoAnswer } from '../http.ts';

/**
 * What was uploaded once is sent again by the id that Telegram gave it (core.telegram.org/bots/api#sending-files): a
 * class gets a picture through one upload of the school's line, not through thirty.
 */
export interface SentFiles {
  /**
   * Waits while somebody else uploads the same.
   * @param call sends by an id, or, given null, with the bytes; its result names the id
   * @throws what `call` throws; NoAnswer when the deadline passes before anything was sent
   */
  send<T>(bytes: Buffer, deadline: AbortSignal, call: (id: string | null) => Promise<T>): Promise<T>;
}

/** @param isForgotten whether Telegram does not know an id any more, or never did */
export function openSentFiles(isForgotten: (error: unknown) => boolean): SentFiles {
  const ids = new WeakMap<Buffer, string>();
  const uploading = new WeakMap<Buffer, Promise<unknown>>();

  async function upload<T>(bytes: Buffer, call: (id: null) => Promise<T>): Promise<T> {
    const running = call(null);
    uploading.set(bytes, running);
    try {
      const taken = await running;
      const id = idOf(taken);
      if (id !== undefined) ids.set(bytes, id);
      return taken;
    } finally {
      if (uploading.get(bytes) === running) uploading.delete(bytes);
    }
  }

  return {
    async send(bytes, deadline, call) {
      const late = new Promise<void>((resolve) =>
        deadline.addEventListener('abort', () => resolve(), { once: true }),
      );
      for (;;) {
        const id = ids.get(bytes);
        const running = uploading.get(bytes);
        if (id !== undefined) {
          try {
            return await call(id);
          } catch (error) {
            if (!isForgotten(error)) throw error;
            if (ids.get(bytes) === id) ids.delete(bytes);
          }
        } else if (!running) return upload(bytes, call);
        else await Promise.race([running.catch(() => undefined), late]);
        if (deadline.aborted) throw new NoAnswer('notConnected', 'the deadline passed before the upload');
      }
    },
  };
}

/** Of a photo Telegram makes several sizes, the largest last. */
function idOf(taken: unknown): string | undefined {
  const { photo, document } = (typeof taken === 'object' && taken !== null ? taken : {}) as {
    photo?: unknown;
    document?: unknown;
  };
  const { file_id: id } = ((Array.isArray(photo) ? photo.at(-1) : document) ?? {}) as { file_id?: unknown };
  return typeof id === 'string' ? id : undefined;
}
