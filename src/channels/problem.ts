/** Why a channel could not do something other than sending. */
export type ChannelProblemKind =
  /** The provider does not accept our credentials. A person must help. */
  | 'notAuthorised'
  /** Updates cannot be fetched while a webhook is set. Remove it (`setWebhook(null)`) or wait for webhooks. */
  | 'webhookActive'
  /** Somebody else fetches this account's updates: a second hub with the same token. A person must help. */
  | 'otherPoller'
  /** The provider asks us to wait `afterMs`. */
  | 'busy'
  /** No usable answer: network, block page, the provider's own fault. Try again later. */
  | 'unreachable'
  /** The provider says no to this one call. */
  | 'refused';

/** Thrown by `poll`, `setWebhook`, `edit` and `whoAmI`. `message` carries the provider's words, never a secret. */
export class ChannelProblem extends Error {
  readonly kind: ChannelProblemKind;
  readonly afterMs: number | undefined;

  constructor(kind: ChannelProblemKind, words: string, afterMs?: number) {
    super(`${kind}: ${words}`);
    this.name = 'ChannelProblem';
    this.kind = kind;
    this.afterMs = afterMs;
  }
}
