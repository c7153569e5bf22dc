// What goes wrong with a mail on demand.

export type MailStage =
  /** Before the greeting; has no address. */
  | 'connect'
  /** MAIL FROM; the address is the sender's. */
  | 'mail'
  /** RCPT TO. */
  | 'rcpt'
  /** After DATA; the address is any of the recipients'. */
  | 'data';

export type MailFault = {
  stage: MailStage;
  kind: /** Answers `code` (default 451) with `text`. */
    | 'reply'
    /** Goes on after `delayMs`. */
    | 'delay'
    /** Cuts the connection; in `data` while the mail is coming in, before it is accepted. */
    | 'drop'
    /** `data` only: accepts the mail, then cuts the connection instead of saying so. */
    | 'drop-after-accept'
    /** Never answers. */
    | 'hang';
  /** Only for this address; default: for any. */
  address?: string;
  match?: (address: string) => boolean;
  /** How often; default 1, `Infinity` until removed. */
  times?: number;
  /** 400–599. */
  code?: number;
  text?: string;
  delayMs?: number;
};

export type MailFaultHandle = { readonly hits: number; remove(): void };

type Armed = MailFault & { left: number; hits: number };

export class MailFaults {
  #armed: Armed[] = [];

  add(fault: MailFault): MailFaultHandle {
    if (fault.kind === 'drop-after-accept' && fault.stage !== 'data') {
      throw new Error('only stage "data" accepts a mail, so only there it can be dropped afterwards');
    }
    const armed: Armed = { ...fault, left: fault.times ?? 1, hits: 0 };
    this.#armed.push(armed);
    return {
      get hits() {
        return armed.hits;
      },
      remove: () => {
        this.#armed = this.#armed.filter((other) => other !== armed);
      },
    };
  }

  clear(): void {
    this.#armed = [];
  }

  /** The oldest fault for this stage and one of these addresses; it is used up by one. */
  take(stage: MailStage, addresses: readonly string[]): MailFault | undefined {
    const fits = ({ address, match }: Armed): boolean =>
      (address === undefined && match === undefined) ||
      addresses.some((one) => one.toLowerCase() === address?.toLowerCase() || match?.(one) === true);
    const hit = this.#armed.find((fault) => fault.stage === stage && fits(fault));
    if (!hit) return undefined;
    hit.hits++;
    if (--hit.left <= 0) this.#armed = this.#armed.filter((other) => other !== hit);
    return hit;
  }
}
