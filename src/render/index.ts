// Render: one source text becomes what each channel can show.
//
// In:  a template (LiquidJS, three marks: a blank line parts paragraphs, a newline parts lines, **bold**) and the
//      values of one recipient.
// Out: Telegram parts (HTML with <b> only, cut to the limit) or a mail (HTML and plain text).
// Promises: pure and quick (once per recipient); a value is never markup: `*`, `<`, `&` and `{{` in a teacher's text
//      come out as typed; nothing is read from a disk, a network or a clock; dates are school time under any TZ.
// Not here: where templates are kept and which one is chosen (notices), sending (channels), the texts (locales).
export type { Card, CardBlock, CardLine } from './card.ts';
export { type CodePaper, codeSheet } from './code-sheet.ts';
export {
  asTyped,
  type Document,
  type Line,
  type Paragraph,
  plainText,
  readDocument,
  type Span,
} from './document.ts';
export { type MailLink, type MailLook, type MailText, toMail } from './mail.ts';
export { openPainter, type Painter } from './painter.ts';
export { type Prepared, prepareTelegram } from './prepare.ts';
export { type RenderedText, renderText } from './render-text.ts';
export { drawReportCard, type ReportCard } from './report-card.ts';
export { toStyled } from './styled.ts';
export { toTelegram } from './telegram.ts';
export { type CompiledTemplate, compileTemplate, type TemplateSource } from './template.ts';
export { FALLBACK_LANGUAGE, openTexts, type Texts } from './texts.ts';
export { type Table, type TableCell, workbook } from './workbook.ts';
