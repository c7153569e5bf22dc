import { constants, deflateRawSync } from 'node:zlib';

const MB = 1024 * 1024;

/** Blanks, deflated piece by piece: the bomb's maker must not be what fills the memory. */
function packedBlanks(megabytes: number): Buffer {
  // A piece that ends with a full flush stands alone; the empty last block ends the stream.
  const piece = deflateRawSync(Buffer.alloc(MB, 0x20), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const last = deflateRawSync(Buffer.alloc(0));
  return Buffer.concat([...Array.from({ length: megabytes }, () => piece), last]);
}

/** A zip with one part that really inflates to so many megabytes; its headers claim what we like. */
export function bomb(megabytes: number, claimedBytes: number): Buffer {
  const name = Buffer.from('xl/workbook.xml');
  const packed = packedBlanks(megabytes);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(claimedBytes, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(claimedBytes, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, central, name, end]);
}
