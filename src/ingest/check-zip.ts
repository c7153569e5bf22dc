// Looks at a zip before a parser sees it. The parser inflates whatever a part's stream holds, and so do we, with a bound:
// sizes written in a zip are claims, and a bomb's claims are lies.
import { inflateRawSync } from 'node:zlib';
import { badFile } from './bad-file.ts';
import type { FileLimits } from './limits.ts';

const END_OF_DIRECTORY = Buffer.from('PK\x05\x06', 'latin1');
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

type Part = { name: string; method: number; from: number; storedBytes: number; encrypted: boolean };

/** Parts in the order of the central directory; what a part is, its local header says, as for the parser (APPNOTE 4.3). */
function partsOf(bytes: Buffer, limits: FileLimits): Part[] {
  const end = bytes.lastIndexOf(END_OF_DIRECTORY);
  if (end < 0) throw badFile('damaged');
  const count = bytes.readUInt16LE(end + 10);
  if (count > limits.parts) throw badFile('unpacksTooBig');
  let at = bytes.readUInt32LE(end + 16);
  const parts: Part[] = [];
  for (let i = 0; i < count; i++) {
    if (bytes.readUInt32LE(at) !== CENTRAL_ENTRY) throw badFile('damaged');
    parts.push(partAt(bytes, bytes.readUInt32LE(at + 42), bytes.readUInt32LE(at + 20)));
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return parts;
}

function partAt(bytes: Buffer, at: number, storedBytes: number): Part {
  if (bytes.readUInt32LE(at) !== LOCAL_HEADER) throw badFile('damaged');
  const nameLength = bytes.readUInt16LE(at + 26);
  const nameAt = at + 30;
  return {
    name: bytes.toString('utf8', nameAt, nameAt + nameLength),
    method: bytes.readUInt16LE(at + 8),
    from: nameAt + nameLength + bytes.readUInt16LE(at + 28),
    storedBytes,
    encrypted: (bytes.readUInt16LE(at + 6) & 0x2041) !== 0,
  };
}

function unpackedSize(bytes: Buffer, part: Part, room: number): number {
  if (part.encrypted) throw badFile('password');
  if (part.method === STORED) return part.storedBytes;
  if (part.method !== DEFLATED) throw badFile('damaged');
  try {
    return inflateRawSync(bytes.subarray(part.from), { maxOutputLength: Math.max(1, room + 1) }).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw badFile('unpacksTooBig');
    throw badFile('damaged', {}, error);
  }
}

/**
 * Names of the parts of a zip that is safe to unpack.
 * @throws HubError `badFile`: unpacksTooBig, password, damaged
 */
export function checkZip(bytes: Buffer, limits: FileLimits): string[] {
  let parts: Part[];
  try {
    parts = partsOf(bytes, limits);
  } catch (error) {
    if (error instanceof RangeError) throw badFile('damaged', {}, error);
    throw error;
  }
  let unpacked = 0;
  for (const part of parts) {
    unpacked += unpackedSize(bytes, part, limits.unpackedBytes - unpacked);
    const suspicious = unpacked > limits.ratioFromBytes && unpacked > limits.unpackRatio * bytes.length;
    if (unpacked > limits.unpackedBytes || suspicious) throw badFile('unpacksTooBig');
  }
  return parts.map((part) => part.name);
}
