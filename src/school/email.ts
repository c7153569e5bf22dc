/** One address: ASCII, one @, a domain with a dot. Strict on purpose: what passes may stand in a mail header. */
const ADDRESS =
  /^[a-z0-9](?:[a-z0-9._%+'-]{0,62}[a-z0-9_+-])?@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$/;
const LONGEST = 254;

export type ReadEmails = {
  /** Lower case, without repeats. */
  emails: string[];
  /** Parts of the cell that are no address. */
  bad: string[];
};

/**
 * The e-mail addresses of one cell. Several may stand there, parted by ; , / or spaces. A line end inside a cell never
 * reaches an address, so an address can't smuggle a header into a mail (RFC 5322 §2.2).
 */
export function readEmails(cell: string): ReadEmails {
  const read: ReadEmails = { emails: [], bad: [] };
  for (const part of cell.normalize('NFKC').split(/[\s;,/\u200b]+/u)) {
    if (part === '') continue;
    const address = part.toLowerCase();
    const good = address.length <= LONGEST && ADDRESS.test(address) && !address.includes('..');
    if (!good) read.bad.push(part);
    else if (!read.emails.includes(address)) read.emails.push(address);
  }
  return read;
}
