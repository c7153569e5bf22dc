// The links of a mail, and what mail programs do with them.

import type { Mail } from './mail.ts';

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };

/** Every http(s) address that the mail offers, in order, each once: from the HTML part, then from the text. */
export function linksOf(mail: Mail): string[] {
  const inHtml = [...mail.html.matchAll(/href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map((match) =>
    (match[1] ?? match[2] ?? '').replace(
      /&(amp|lt|gt|quot|#39|#x27);/g,
      (_, name: string) => NAMED[name] ?? '',
    ),
  );
  const inText = [...mail.text.matchAll(/https?:\/\/[^\s<>"')\]]+/g)].map(([url]) =>
    url.replace(/[.,;:!?]+$/, ''),
  );
  return [...new Set([...inHtml, ...inText])].filter((url) => /^https?:\/\//.test(url));
}

/** The first link that contains, or matches, `wanted`. @throws Error that lists the links which are there */
export function findLink(mail: Mail, wanted: string | RegExp = ''): string {
  const links = linksOf(mail);
  const found = links.find((url) => (typeof wanted === 'string' ? url.includes(wanted) : wanted.test(url)));
  if (found === undefined) {
    throw new Error(
      `no link ${String(wanted)} in "${mail.subject}"; there are: ${links.join(' ') || 'none'}`,
    );
  }
  return found;
}

/**
 * Presses "unsubscribe" beside the sender, as mail programs do by RFC 8058 §3.2: POST `List-Unsubscribe=One-Click`,
 * no cookie, no redirect followed. Plain http is let through to this machine only.
 * @returns the HTTP status of the answer
 * @throws Error when the headers don't offer it
 */
export async function unsubscribe(mail: Mail): Promise<number> {
  const url = oneClickUrl(mail);
  if (url === undefined) throw new Error(`"${mail.subject}" offers no one-click unsubscribe (RFC 8058)`);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
    redirect: 'manual',
  });
  await response.body?.cancel();
  if (response.status >= 300 && response.status < 400) {
    throw new Error(
      `the unsubscribe address answered with a redirect (${response.status}); RFC 8058 §3.1 forbids it`,
    );
  }
  return response.status;
}

/** The address for one-click unsubscribe, if both headers are there and right. */
export function oneClickUrl(mail: Mail): string | undefined {
  if (mail.headers['list-unsubscribe-post'] !== 'List-Unsubscribe=One-Click') return undefined;
  const offered = [...(mail.headers['list-unsubscribe'] ?? '').matchAll(/<([^<>]+)>/g)].map(
    ([, url]) => url ?? '',
  );
  return offered.find(
    (url) => /^https:\/\//.test(url) || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url),
  );
}
