// What a helper opens is closed without its tests' doing. The hooks stand in each-file.ts, which Vitest runs for every
// test file; these lists live as long as the process, which runs many files.

const lists = { file: [] as (() => unknown)[], test: [] as (() => unknown)[] };

/** Does something after the file's last test; what was opened last ends first. */
export function atEnd(end: () => unknown): void {
  lists.file.push(end);
}

/** The same after the test that runs. */
export function afterThisTest(end: () => unknown): void {
  lists.test.push(end);
}

export async function endAll(of: keyof typeof lists): Promise<void> {
  for (const end of lists[of].splice(0).reverse()) await end();
}
