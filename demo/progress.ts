import type { ImportReport } from '../src/ingest/index.ts';

/** What the demo is doing, on stderr: stdout is for its results. */
export type Progress = {
  /** One piece of work with its time; a text that it returns is shown behind it. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(line: string): void;
  imported(report: ImportReport): void;
  /** Says how long all of it took. */
  done(): void;
};

export function openProgress(): Progress {
  const begin = performance.now();
  const write = (text: string) => void process.stderr.write(text);
  const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
  return {
    async step(title, work) {
      const start = performance.now();
      write(`• ${title} …\n`);
      const result = await work();
      write(`  ${seconds(start)}${typeof result === 'string' ? ` – ${result}` : ''}\n`);
      return result;
    },
    note: (line) => write(`• ${line}\n`),
    imported({ file, rows, created, updated, unchanged, refused }) {
      write(
        `  ${file}: ${rows} dòng / rows, mới / created ${created}, đổi / updated ${updated}, như cũ / unchanged ${unchanged}, không nhận / refused ${refused.length}\n`,
      );
    },
    done: () => write(`Xong sau / Done in ${seconds(begin)}\n`),
  };
}
