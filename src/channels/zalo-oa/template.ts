import type { Message, Outcome } from '../port.ts';
import type { OaTemplate } from './account.ts';
import type { Request } from './client.ts';

// Template messages (ZBS, formerly ZNS): paid, approved beforehand (facts/zalo-telegram.md §1.6).

/** The values that Zalo's template asks for; or the first that we have none for. */
export function fill(
  { params }: OaTemplate,
  values: Readonly<Record<string, unknown>>,
): { data: Record<string, string> } | { missing: string } {
  const data: Record<string, string> = {};
  for (const [param, variable] of Object.entries(params)) {
    const value = Object.hasOwn(values, variable) ? values[variable] : undefined;
    const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
    if (text.trim() === '') return { missing: variable };
    data[param] = text.normalize('NFC').trim();
  }
  return { data };
}

/** "0912345678" → "84912345678" */
export const internationalPhone = (national: string): string => national.replace(/^0/, '84');

/** Zalo gives it back with the receipt; at most 48 characters. */
const TRACKING_MOST = 48;

/** The call of a template message; or why there can be none. */
export async function templateRequest(
  template: OaTemplate,
  message: Message,
): Promise<{ request: Request } | { outcome: Outcome }> {
  const partsSent = message.partsSent ?? 0;
  const no = (reason: 'badContent' | 'windowClosed', detail: string) => ({
    outcome: { kind: 'rejected', reason, detail, partsSent } as const,
  });
  const filled = fill(template, message.paid?.values ?? {});
  if ('missing' in filled) return no('badContent', `the template asks for ${filled.missing}`);
  const about = { template_id: template.id, template_data: filled.data };
  if (template.by === 'user') {
    // Flat, as most sources have it; one puts the id into `recipient` (§8, 6).
    const json = { user_id: message.address, ...about };
    return { request: { path: '/v3.0/oa/message/template', json } };
  }
  const phone = await message.paid?.phone();
  if (!phone) return no('windowClosed', 'no phone number is known for a template by phone');
  const tracking_id = message.deliveryId.slice(0, TRACKING_MOST);
  const json = { phone: internationalPhone(phone), ...about, tracking_id, sending_mode: '1' };
  return { request: { host: 'phone', path: '/message/template', json } };
}
