import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

/** What an independent reader (ZXing C++) finds in a picture, from top to bottom. */
export async function readQr(png: Uint8Array): Promise<string[]> {
  const wasmBinary = readFileSync(
    createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'),
  );
  await prepareZXingModule({
    overrides: { wasmBinary: Uint8Array.from(wasmBinary).buffer },
    fireImmediately: true,
  });
  const found = await readBarcodes(Uint8Array.from(png), { formats: ['QRCode'], tryHarder: true });
  return found
    .toSorted((a, b) => a.position.topLeft.y - b.position.topLeft.y)
    .filter((code) => code.isValid)
    .map((code) => code.text);
}
