import { domainToASCII } from 'node:url';

/** RFC 5321 §4.5.3.1: 64 octets before the @, 254 in all (erratum 1690). */
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$/;

export type PlainAddress = { address: string; domain: string };

/**
 * One plain address (`name@host.tld`), with a host of other letters in its ASCII form. Everything else is null:
 * lists, groups, comments, quoted names, line ends. So nothing that comes from a file can bring a second recipient
 * or a header (CWE-93).
 */
export function plainAddress(text: string): PlainAddress | null {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = asciiDomain(text.slice(at + 1));
  const address = `${local}@${domain}`;
  const plain = local.length <= 64 && address.length <= 254 && LOCAL.test(local) && DOMAIN.test(domain);
  return plain ? { address, domain } : null;
}

/** domainToASCII forgives line ends, escapes and more, so it only sees letters, digits, dots and hyphens. */
function asciiDomain(domain: string): string {
  return /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) ? domainToASCII(domain) : '';
}
