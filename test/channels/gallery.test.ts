import { expect, it } from 'vitest';
import { openGallery } from '../../src/channels/index.ts';
import { openSigner } from '../../src/security/index.ts';
import { NOON, testDatabase } from '../harness/index.ts';

const database = await testDatabase();
const galleryAt = (siteUrl: string, providerUrl: string) =>
  openGallery({
    db: database.prisma,
    signer: openSigner('a secret key of tests, long enough'),
    clock: { now: () => NOON },
    siteUrl: () => siteUrl,
    providerUrl,
  });

it.each<[string, string, boolean]>([
  ['https://lienlac.truong.edu.vn', 'https://bot-api.zaloplatforms.com', true],
  ['http://203.0.113.7:8080', 'https://bot-api.zaloplatforms.com', true],
  ['http://localhost:8080', 'https://bot-api.zaloplatforms.com', false],
  ['http://127.0.0.1:8080', 'https://bot-api.zaloplatforms.com', false],
  ['http://[::1]:8080', 'https://bot-api.zaloplatforms.com', false],
  ['http://192.168.1.20:8080', 'https://bot-api.zaloplatforms.com', false],
  ['http://172.20.0.3', 'https://bot-api.zaloplatforms.com', false],
  ['http://maychu:8080', 'https://bot-api.zaloplatforms.com', false],
  ['http://localhost:8080', 'http://127.0.0.1:40001', true],
])('a picture at %s can be shown to %s: %s', async (site, provider, reachable) => {
  const url = await galleryAt(site, provider).show(Buffer.from('a picture'));
  expect(url?.startsWith(`${site}/pictures/`) ?? false).toBe(reachable);
  expect(await database.prisma.shownPicture.count()).toBe(reachable ? 1 : 0);
  await database.prisma.shownPicture.deleteMany();
});
