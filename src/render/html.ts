const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Text → HTML text or the inside of a double-quoted attribute. Only the four escapes that Telegram knows by name
 * (core.telegram.org/bots/api#html-style), which is also enough for a mail.
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);
}
