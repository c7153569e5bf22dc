import { describe, expect, it } from 'vitest';
import { providerWords } from '../../src/channels/words.ts';

describe("a provider's words", () => {
  it('are one short line without secrets, addresses and phones', () => {
    const words = providerWords('550\r\n lan@mail.example 0912345678 pass=bi-mat', ['bi-mat', '']);
    expect(words).toMatch(/^550 /);
    expect(words).not.toMatch(/lan@|0912345678|bi-mat|\n/);
    expect(providerWords('x'.repeat(1000), [])).toHaveLength(200);
  });
});
