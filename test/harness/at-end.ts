import { afterAll } from 'vitest';

// An afterAll() that is called while a beforeAll() runs is never heard of by Vitest. So one is placed when this module
// is loaded, and whoever opens something later, also within a hook, adds to its list.

const ends: (() => unknown)[] = [];

afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Does something after the file's last test; what was opened last ends first. */
export function atEnd(end: () => unknown): void {
  ends.push(end);
}
