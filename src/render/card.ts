// A picture made of a QR code with a few lines of text under it, one or several below each other.
//
// Drawn here and not through somebody's image address: account, amount and a child's code are nobody else's matter.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { SKRSContext2D } from '@napi-rs/canvas';
import { grayPng } from './gray-png.ts';

export type CardLine = { text: string; look: 'plain' | 'strong' | 'large' };
export type CardBlock = {
  /** What the code says; ASCII, so that its length is its length in bytes. */
  qr: string;
  lines: readonly CardLine[];
};
export type Card = readonly CardBlock[];

/** Pixels. Phones show a picture some 240 points wide in a chat: the smallest text is then 12 points high. */
const WIDTH = 540;
const MARGIN = 20;
const LOOKS = {
  plain: { size: 27, weight: 400 },
  strong: { size: 34, weight: 700 },
  large: { size: 44, weight: 700 },
} as const;
const LINE_HEIGHT = 1.3;
/** ISO/IEC 18004: four modules of white around the code. */
const QUIET_ZONE = 4;
const QR_MODULE_MOST = 11;
const BETWEEN_BLOCKS = 60;
const INK = '#000000';
const PAPER = '#ffffff';

/** Each file has its own letters; a letter is taken from the first that has it. */
const FONT_PARTS = ['latin', 'latin-ext', 'vietnamese'] as const;
const FAMILY = FONT_PARTS.map((part) => `lienlac-${part}`).join(', ');

type Tools = Pick<typeof import('@napi-rs/canvas'), 'createCanvas'> & {
  createQr: typeof import('qrcode').create;
};
let tools: Promise<Tools> | undefined;

/** The drawing libraries are loaded with the first picture: a hub that sends none does not carry it. */
function loadTools(): Promise<Tools> {
  tools ??= Promise.all([import('@napi-rs/canvas'), import('qrcode')]).then(([loaded, { default: qr }]) => {
    const { resolve } = createRequire(import.meta.url);
    for (const part of FONT_PARTS) {
      for (const { weight } of [LOOKS.plain, LOOKS.strong]) {
        const file = resolve(
          `@fontsource/be-vietnam-pro/files/be-vietnam-pro-${part}-${weight}-normal.woff2`,
        );
        loaded.GlobalFonts.register(readFileSync(file), `lienlac-${part}`);
      }
    }
    return { createCanvas: loaded.createCanvas, createQr: qr.create };
  });
  return tools;
}

/**
 * Draws a card as PNG, about 540 pixels wide; each code with error correction M (15 %) and whole pixels per module.
 * @throws when a code holds more than a QR code can (some 2 300 signs)
 */
export async function drawCard(card: Card): Promise<Buffer> {
  const { createCanvas, createQr } = await loadTools();
  const pen = createCanvas(1, 1).getContext('2d');
  const blocks = card.map((block) =>
    measure(block, createQr(block.qr, { errorCorrectionLevel: 'M' }).modules, pen),
  );
  const between = BETWEEN_BLOCKS * (blocks.length - 1);
  const height = blocks.reduce((sum, block) => sum + block.height, between) + MARGIN;
  const page = createCanvas(WIDTH, height);
  const to = page.getContext('2d');
  to.fillStyle = PAPER;
  to.fillRect(0, 0, WIDTH, height);
  to.fillStyle = INK;
  let top = 0;
  for (const [index, block] of blocks.entries()) {
    if (index > 0) {
      to.fillRect(MARGIN, top + BETWEEN_BLOCKS / 2, WIDTH - 2 * MARGIN, 2);
      top += BETWEEN_BLOCKS;
    }
    drawBlock(block, to, top);
    top += block.height;
  }
  return grayPng(page.data(), WIDTH, height);
}

type Modules = { size: number; get(row: number, column: number): number };
type Measured = {
  modules: Modules;
  modulePx: number;
  rows: CardLine[];
  height: number;
};

function measure({ lines }: CardBlock, modules: Modules, pen: SKRSContext2D): Measured {
  const modulePx = Math.max(2, Math.min(QR_MODULE_MOST, Math.floor(WIDTH / (modules.size + 2 * QUIET_ZONE))));
  const rows = lines.flatMap((line) => wrap(line, pen));
  const text = rows.reduce((sum, { look }) => sum + LOOKS[look].size * LINE_HEIGHT, 0);
  return { modules, modulePx, rows, height: modulePx * (modules.size + 2 * QUIET_ZONE) + Math.ceil(text) };
}

function drawBlock({ modules, modulePx, rows }: Measured, to: SKRSContext2D, top: number): void {
  const { size } = modules;
  const left = Math.floor((WIDTH - modulePx * size) / 2);
  const first = top + QUIET_ZONE * modulePx;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (modules.get(row, column))
        to.fillRect(left + column * modulePx, first + row * modulePx, modulePx, modulePx);
    }
  }
  let y = top + modulePx * (size + 2 * QUIET_ZONE);
  to.textAlign = 'center';
  to.textBaseline = 'middle';
  for (const { text, look } of rows) {
    const height = LOOKS[look].size * LINE_HEIGHT;
    setFont(to, look);
    to.fillText(text, WIDTH / 2, y + height / 2, WIDTH - 2 * MARGIN);
    y += height;
  }
}

/** Breaks a line between words; a word that is too long alone is drawn narrower. */
function wrap({ text, look }: CardLine, pen: SKRSContext2D): CardLine[] {
  setFont(pen, look);
  const rows: string[] = [];
  for (const word of text.normalize('NFC').split(/\s+/).filter(Boolean)) {
    const longer = rows.length ? `${rows.at(-1)} ${word}` : word;
    if (rows.length && pen.measureText(longer).width <= WIDTH - 2 * MARGIN) rows[rows.length - 1] = longer;
    else rows.push(word);
  }
  return rows.map((row) => ({ text: row, look }));
}

function setFont(pen: SKRSContext2D, look: CardLine['look']): void {
  pen.font = `${LOOKS[look].weight} ${LOOKS[look].size}px ${FAMILY}`;
}
