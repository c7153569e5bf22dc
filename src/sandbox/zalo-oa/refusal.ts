// What the OpenAPI says when it says no: HTTP 200 with `error` (facts/zalo-telegram.md §1.1 and §1.10). The codes are the
// documented ones, the words are ours. Where the facts name no code for something that must be refused, the nearest
// general one stands here: -201 for what a parameter may not be, -210 for what is too long or too large, -213 for
// somebody who is unknown or has left.

const WORDS = {
  [-32]: 'requests of this minute exceeded',
  [-100]: 'attachment has expired',
  [-108]: 'phone number is invalid',
  [-115]: 'Zalo Cloud Account has not enough balance',
  [-118]: 'no Zalo account for this phone number',
  [-124]: 'access token is invalid',
  [-126]: 'development mode: only for admins',
  [-131]: 'template is not approved',
  [-133]: 'not at night',
  [-136]: 'OA has no Zalo Cloud Account',
  [-139]: 'user refuses this kind of message',
  [-144]: 'daily quota is used',
  [-201]: 'parameter is invalid',
  [-210]: 'parameter is over its limit',
  [-211]: 'out of quota',
  [-213]: 'user does not follow the OA',
  [-216]: 'access token is invalid',
  [-218]: 'receive quota of the user is reached',
  [-220]: 'access token is expired or removed',
  [-224]: 'OA package is too low',
  [-227]: 'user is banned or inactive',
  [-230]: 'no interaction in the past 7 days',
  [-232]: 'user has never interacted, or too long ago',
  [-233]: 'message type is not valid',
  [-234]: 'not at night',
  [-237]: 'group is disabled',
  [-238]: 'group asset is used or disabled',
  [-240]: 'this API is closed',
  [-242]: 'appsecret_proof is wrong',
  [-244]: 'user restricts this kind of message',
  [-249]: 'template cannot go by user id',
  [-320]: 'Zalo Cloud Account is missing',
  [-321]: 'Zalo Cloud Account has no balance',
  [-403]: 'OA is not in the group',
  [-1241]: 'appsecret_proof is wrong',
} as const;

export type OaCode = keyof typeof WORDS;

/** A call that the OA's API refuses. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, words: string) {
    super(words);
    this.name = 'Refusal';
    this.code = code;
  }

  toBody(): string {
    return JSON.stringify({ error: this.code, message: this.message });
  }
}

/** @param why what exactly, for whoever reads a failing test */
export const refused = (code: OaCode, why?: string): Refusal =>
  new Refusal(code, why === undefined ? WORDS[code] : `${WORDS[code]}: ${why}`);

/** A path that is none of this host's; the facts say nothing of what Zalo answers there. */
export class NoSuchPath extends Error {}
