/**
 * Waits until `condition` holds and returns its value: tests wait for what they want to see, never for a time.
 * @param what names the awaited thing in the failure message.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { withinMs = 10_000, everyMs = 5 } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + withinMs;
  let last: unknown;
  do {
    try {
      const value = await condition();
      if (value !== false && value !== undefined && value !== null)
        return value as NonNullable<Exclude<T, false>>;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  } while (Date.now() < end);
  throw new Error(`waited ${withinMs} ms for: ${what}`, { cause: last });
}
