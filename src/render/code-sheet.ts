// The papers that a form teacher hands out: one for each guardian, to be cut apart. A page to print from any browser.

import { escapeHtml } from './html.ts';

export type CodePaper = {
  /** "Lý Văn Nam · 6A1" */
  child: string;
  /** For whom it is: "Phụ huynh em …", or a name. */
  guardian: string;
  /** As it is typed: "ABCD-EFGH". */
  code: string;
  /** What a phone's camera opens; null: there is no such link, and the code is typed. */
  link: string | null;
};

export type SheetWords = { school: string; title: string; scan: string; type: string; until: string };

// Papers keep together, also where a page ends.
const STYLE = `
body { font-family: sans-serif; margin: 8mm; } h1 { font-size: 12pt; }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 0; }
section { border: 1px dashed #888; padding: 4mm; break-inside: avoid; font-size: 10pt; }
section svg { float: right; width: 30mm; height: 30mm; margin: 0 0 2mm 3mm; }
.code { font: bold 20pt monospace; margin: 2mm 0; } p { margin: 1mm 0; }`;

/** The papers as one page of HTML that holds everything: no script, nothing from outside. */
export async function codeSheet(papers: readonly CodePaper[], words: SheetWords): Promise<string> {
  const { default: qrcode } = await import('qrcode');
  const qr = (link: string) => qrcode.toString(link, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
  const sections = await Promise.all(
    papers.map(async ({ child, guardian, code, link }) =>
      [
        '<section>',
        link === null ? '' : await qr(link),
        `<p>${escapeHtml(words.school)}</p>`,
        `<p><strong>${escapeHtml(child)}</strong></p>`,
        `<p>${escapeHtml(guardian)}</p>`,
        `<p class="code">${escapeHtml(code)}</p>`,
        `<p>${escapeHtml(link === null ? words.type : words.scan)}</p>`,
        `<p>${escapeHtml(words.until)}</p>`,
        '</section>',
      ].join('\n'),
    ),
  );
  const title = escapeHtml(words.title);
  return `<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head>
<body><h1>${title}</h1><main>
${sections.join('\n')}
</main></body></html>
`;
}
