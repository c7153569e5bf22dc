import { deflateSync } from 'node:zlib';
import { loadImage } from '@napi-rs/canvas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openAttachments } from '../../src/attachments/index.ts';
import { openSealer, openSigner } from '../../src/security/index.ts';
import { NOON, testDatabase } from '../harness/index.ts';
import { asFromPhone, jpeg, pdf, png, webp } from '../harness/pictures.ts';

const DAY_MS = 86_400_000;
const MOST = 200_000;
const database = await testDatabase();
const db = database.prisma;
let now = NOON;
const KEY = 'a secret key of tests, long enough';
const openWith = (mostBytes = MOST) =>
  openAttachments({
    db,
    sealer: openSealer(KEY),
    signer: openSigner(KEY),
    clock: { now: () => now },
    siteUrl: () => 'https://lienlac.truong.edu.vn',
    mostBytes,
    days: 30,
  });
const attachments = openWith();
let update = 0;
const keep = async (bytes: Buffer, name?: string) => {
  const kept = await attachments.keep(bytes, { name, updateId: String(++update) });
  if (typeof kept === 'string') throw new Error(kept);
  return kept;
};
const SECRET = 'GPS 22.665 106.257 nha rieng';

describe('What a file is', () => {
  it.each([
    ['a JPEG', jpeg(), 'image/jpeg', 'anh.jpg'],
    ['a PNG', png(), 'image/png', 'anh.png'],
    ['a WebP, which becomes a JPEG', webp(), 'image/jpeg', 'anh.jpg'],
    ['a PDF', pdf(), 'application/pdf', 'tep.pdf'],
  ] as const)('is decided by its bytes: %s', async (_, bytes, type, name) => {
    expect(await keep(bytes)).toMatchObject({ type, name });
  });

  it.each([
    ['don.pdf.exe', pdf(), 'don.pdf.pdf'],
    ['anh.jpg', pdf(), 'anh.pdf'],
    ['../../etc/passwd', png(), 'passwd.png'],
    ['C:\\Users\\Lan\\Đơn xin nghỉ.docx', jpeg(), 'Đơn xin nghỉ.jpg'],
    ['a"\r\nContent-Type: text/html', pdf(), 'html.pdf'],
    ['...', pdf(), 'tep.pdf'],
    [`${'x'.repeat(300)}.pdf`, pdf(), `${'x'.repeat(80)}.pdf`],
  ] as const)('not by its name %j, which is cleaned', async (given, bytes, name) => {
    const kept = await keep(bytes, given);
    expect(kept.name).toBe(name);
  });

  it.each([
    ['a program with the name of a picture', Buffer.from('MZ\x90\0 this program cannot be run'), 'wrongType'],
    ['a page', Buffer.from('<html><script>alert(1)</script>'), 'wrongType'],
    ['a drawing with scripts', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'wrongType'],
    ['a GIF', Buffer.from('GIF89a...........'), 'wrongType'],
    ['nothing', Buffer.alloc(0), 'wrongType'],
    ['the beginning of a JPEG', jpeg().subarray(0, 60), 'wrongType'],
    ['the beginning of a PNG', png().subarray(0, 30), 'wrongType'],
    ['the beginning of a WebP', webp().subarray(0, 32), 'wrongType'],
    ['one byte too much', Buffer.concat([pdf(), Buffer.alloc(MOST + 1 - pdf().length)]), 'tooLarge'],
  ] as const)('and %s is refused', async (_, bytes, why) => {
    expect(await attachments.keep(bytes, { name: 'anh.jpg' })).toBe(why);
  });

  it('is looked at without falling over, whatever the bytes', async () => {
    const heads = [
      jpeg().subarray(0, 24),
      png().subarray(0, 24),
      webp().subarray(0, 24),
      Buffer.from('%PDF-'),
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 400 }), async (head, tail) => {
        await attachments.keep(Buffer.concat([head, tail]), {});
      }),
      { numRuns: 150 },
    );
    await db.attachment.deleteMany();
  });
});

describe('What a phone adds to a picture', () => {
  it('is gone, and the picture still stands upright', async () => {
    const bytes = asFromPhone(jpeg({ width: 40, height: 30 }), { orientation: 6, secret: SECRET });
    const { id } = await keep(bytes);
    const file = await attachments.open(id);
    expect(file?.bytes.toString('latin1')).not.toContain('GPS');
    const [shown, before] = await Promise.all([loadImage(file?.bytes ?? ''), loadImage(bytes)]);
    expect([shown.width, shown.height]).toEqual([before.width, before.height]);
    expect(file?.bytes.includes(Buffer.from([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]))).toBe(true);
    const plain = await attachments.open((await keep(jpeg())).id);
    expect(plain?.bytes.includes('Exif')).toBe(false);
    expect(plain?.size).toEqual({ width: 40, height: 30 });
  });

  it('is gone from a PNG, too', async () => {
    const whole = png();
    const chunk = (name: string, data: Buffer) => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(data.length);
      head.write(name, 4, 'latin1');
      return Buffer.concat([head, data, Buffer.alloc(4)]);
    };
    const at = whole.length - 12;
    const added = [
      chunk('tEXt', Buffer.from(`Comment\0${SECRET}`)),
      chunk('zTXt', deflateSync(Buffer.from(SECRET))),
      chunk('eXIf', Buffer.from(SECRET)),
    ];
    const bytes = Buffer.concat([whole.subarray(0, at), ...added, whole.subarray(at), Buffer.from(SECRET)]);
    const file = await attachments.open((await keep(bytes)).id);
    expect(file?.bytes.equals(whole)).toBe(true);
  });
});

describe('A kept file', () => {
  it('is sealed in the database, and opens in its own row only', async () => {
    const [one, other] = [await keep(pdf('mật')), await keep(pdf('khác'))];
    const row = await db.attachment.findUniqueOrThrow({ where: { id: one.id } });
    expect(Buffer.from(row.sealed).toString('latin1')).not.toContain('PDF');
    await db.attachment.update({ where: { id: other.id }, data: { sealed: row.sealed } });
    await expect(attachments.open(other.id)).rejects.toMatchObject({ code: 'cannotUnseal' });
    expect((await attachments.open(one.id))?.bytes.equals(pdf('mật'))).toBe(true);
  });

  it('is kept once for an update, however often and by how many that is handled', async () => {
    const about = { updateId: String(++update) };
    const [one, two] = await Promise.all([attachments.keep(pdf(), about), openWith().keep(pdf(), about)]);
    expect(one).toEqual(two);
    expect(await attachments.ofUpdate(about.updateId)).toEqual(one);
    expect(await db.attachment.count({ where: { updateId: BigInt(about.updateId) } })).toBe(1);
  });

  it('is forgotten after a day when nobody used it, and else after its time', async () => {
    now = NOON;
    await db.attachment.deleteMany();
    const [unused, used] = [await keep(pdf()), await keep(png())];
    await attachments.open(used.id);
    now = new Date(NOON.getTime() + DAY_MS - 1);
    await attachments.clear();
    expect(await attachments.use(db, used.id, 'thread:1')).toBe(true);
    now = new Date(NOON.getTime() + DAY_MS);
    expect(await attachments.open(unused.id)).toBeNull();
    await attachments.clear();
    expect(await db.attachment.findMany({ select: { id: true } })).toEqual([{ id: used.id }]);
    expect(await attachments.open(used.id)).not.toBeNull();
    now = new Date(NOON.getTime() + 31 * DAY_MS);
    expect(await attachments.open(used.id)).toBeNull();
    expect(await attachments.use(db, used.id, 'thread:2')).toBe(false);
    await attachments.clear();
    expect(await db.attachment.count()).toBe(0);
    now = NOON;
  });
});
