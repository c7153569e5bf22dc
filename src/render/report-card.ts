// A report card as a picture: satori lays it out, resvg paints it. Readable on a phone five inches wide.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What stands on the card, all of it words already. */
export type ReportCard = {
  school: string;
  heading: string;
  child: string;
  className: string;
  /** The first is the subject. */
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  comments: readonly { label: string; text: string }[];
  results: readonly { label: string; text: string }[];
};

const WIDTH = 720;
/**
 * Letters of a comment: with two for each of fifteen subjects the picture stays below the 10 000 pixels of width and
 * height together that Telegram takes (Bot API, sendPhoto), and below 1 MB. The page has all of them.
 */
const COMMENT_MOST = 120;
/** Pixels to a unit of the layout; a card that would be too large a file with the first is painted with the next. */
const SCALES = [1.5, 1.2, 1] as const;
const BYTES_MOST = 1_000_000;

const INK = '#16202c';
const PALE = '#5b6b7c';
const BRAND = '#0b5c8a';
const LINE = '#d4dde6';

const SUBSETS = ['vietnamese', 'latin-ext', 'latin'] as const;
const WEIGHTS = [400, 700] as const;
const FAMILY = SUBSETS.join(', ');

type Node = { type: string; props: { style?: Record<string, unknown>; children?: unknown } };

const box = (style: Record<string, unknown>, children: unknown): Node => ({
  type: 'div',
  props: { style: { display: 'flex', ...style }, children },
});

let fonts: Promise<{ name: string; data: Buffer; weight: 400 | 700; style: 'normal' }[]> | undefined;

function loadFonts() {
  const { resolve } = createRequire(import.meta.url);
  fonts ??= Promise.all(
    SUBSETS.flatMap((name) =>
      WEIGHTS.map(async (weight) => ({
        name,
        weight,
        style: 'normal' as const,
        data: await readFile(
          resolve(`@fontsource/be-vietnam-pro/files/be-vietnam-pro-${name}-${weight}-normal.woff`),
        ),
      })),
    ),
  );
  return fonts;
}

function table({ columns, rows }: ReportCard): Node {
  const cells = (texts: readonly string[], style: Record<string, unknown>): Node =>
    box(
      { borderBottom: `1px solid ${LINE}`, ...style },
      texts.map((text, index) =>
        box(
          {
            padding: '9px 8px',
            flexGrow: index === 0 ? 2 : 1,
            flexBasis: 0,
            justifyContent: index === 0 ? 'flex-start' : 'center',
            textAlign: index === 0 ? 'left' : 'center',
            fontWeight: index === 0 || index === texts.length - 1 ? 700 : 400,
          },
          text || '–',
        ),
      ),
    );
  return box({ flexDirection: 'column', marginTop: 20, fontSize: 24 }, [
    cells(columns, { backgroundColor: '#e8f1f7', color: BRAND, fontSize: 20 }),
    ...rows.map((row) => cells(row, {})),
  ]);
}

const shorten = (text: string): string =>
  text.length > COMMENT_MOST ? `${text.slice(0, COMMENT_MOST - 1).trimEnd()}…` : text;

const pair = ({ label, text }: { label: string; text: string }): Node =>
  box({ marginTop: 8, flexWrap: 'wrap' }, [
    box({ fontWeight: 700, marginRight: 10 }, `${label}:`),
    box({ flexShrink: 1 }, shorten(text)),
  ]);

function layout(card: ReportCard): Node {
  const part = (list: ReportCard['comments']): Node[] =>
    list.length ? [box({ flexDirection: 'column', marginTop: 18, fontSize: 23 }, list.map(pair))] : [];
  return box(
    {
      flexDirection: 'column',
      width: WIDTH,
      padding: 32,
      backgroundColor: '#ffffff',
      color: INK,
      fontFamily: FAMILY,
      fontSize: 24,
    },
    [
      box({ color: PALE, fontSize: 22 }, card.school),
      box({ color: BRAND, fontSize: 28, fontWeight: 700, marginTop: 6 }, card.heading),
      box({ fontSize: 34, fontWeight: 700, marginTop: 14 }, card.child),
      box({ color: PALE, fontSize: 24 }, card.className),
      ...(card.rows.length ? [table(card)] : []),
      ...part(card.results),
      ...part(card.comments),
    ],
  );
}

/** The card as PNG, 1080 pixels wide (864 or 720 when it is very long), at most 1 MB. */
export async function drawReportCard(card: ReportCard): Promise<Buffer> {
  // Loaded with the first card, so that a hub that was killed is back a tenth of a second earlier.
  const [{ default: satori }, { renderAsync }] = await Promise.all([
    import('satori'),
    import('@resvg/resvg-js'),
  ]);
  const svg = await satori(layout(card) as Parameters<typeof satori>[0], {
    width: WIDTH,
    fonts: await loadFonts(),
  });
  let png: Buffer = Buffer.alloc(0);
  for (const scale of SCALES) {
    // Beside the event loop: while cards are painted, messages go out.
    const painted = await renderAsync(svg, {
      fitTo: { mode: 'width', value: WIDTH * scale },
      font: { loadSystemFonts: false },
    });
    png = painted.asPng();
    if (png.length <= BYTES_MOST) break;
  }
  return png;
}
