/** Takes what waits in the database and handles it, several at once; rests when nothing waits. */
export interface WorkLoop {
  /** Something may wait; returns at once. */
  kick(): void;
  /** Takes nothing more, and waits for what is under way. */
  stop(): Promise<void>;
}

export type Work<T> = {
  atOnce: number;
  /** Takes at most so many; nobody else has them then. */
  claim: (most: number) => Promise<readonly T[]>;
  /** Must not throw. */
  handle: (row: T) => Promise<void>;
  /** The database does not answer: it rests until the next kick. */
  broken: (error: unknown) => void;
};

export function openWorkLoop<T>({ atOnce, claim, handle, broken }: Work<T>): WorkLoop {
  let running: Promise<void> | null = null;
  let wanted = false;
  let stopping = false;
  let wake: () => void = () => undefined;
  const kicked = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  /** A slow one holds up nobody else. */
  async function work(): Promise<void> {
    const busy = new Set<Promise<void>>();
    for (;;) {
      wanted = false;
      const free = stopping ? 0 : atOnce - busy.size;
      for (const row of free ? await claim(free) : []) {
        const handling = handle(row).finally(() => busy.delete(handling));
        busy.add(handling);
      }
      if (wanted && !stopping && busy.size < atOnce) continue;
      if (busy.size) await Promise.race([...busy, kicked()]);
      else if (!wanted || stopping) return;
    }
  }

  const loop: WorkLoop = {
    kick() {
      wanted = true;
      wake();
      if (running || stopping) return;
      running = work()
        .catch(broken)
        .finally(() => {
          running = null;
          if (wanted && !stopping) loop.kick();
        });
    },
    async stop() {
      stopping = true;
      wake();
      await running;
    },
  };
  return loop;
}
