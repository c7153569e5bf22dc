// What sends cost and how much of the month's and the day's quotas is left (facts/zalo-telegram.md §1.3, §1.5, §1.6).

import type { OaAccepted } from './oa.ts';
import { refused } from './refusal.ts';
import { dayOf, monthOf } from './user.ts';

/** A consultation message between 48 hours and 7 days, when the package's quota is used. */
export const CONSULTATION_DONG = 55;

export type PurseOptions = {
  /** Of the Zalo Cloud Account; null: there is none. */
  balanceDong: number | null;
  /** Templates by phone in a day. */
  dailyTemplates: number;
};

export class Purse {
  readonly #now: () => number;
  readonly #consultations: number;
  readonly #options: PurseOptions;
  readonly #used = new Map<string, number>();
  /** Everything that was charged, in đồng. */
  spentDong = 0;

  constructor(now: () => number, consultations: number, options: PurseOptions) {
    this.#now = now;
    this.#consultations = consultations;
    this.#options = options;
  }

  /** Null: there is no Zalo Cloud Account. */
  get balanceDong(): number | null {
    const { balanceDong } = this.#options;
    return balanceDong === null ? null : balanceDong - this.spentDong;
  }

  get consultations(): { remain: number; total: number } {
    const used = this.#used.get(`month ${monthOf(this.#now())}`) ?? 0;
    return { remain: Math.max(0, this.#consultations - used), total: this.#consultations };
  }

  get templates(): { remain: number; total: number } {
    const total = this.#options.dailyTemplates;
    return { remain: Math.max(0, total - (this.#used.get(`day ${dayOf(this.#now())}`) ?? 0)), total };
  }

  /** What a consultation message outside 48 hours costs now. @throws Refusal -211 when nothing pays for it */
  priceOfConsultation(): number {
    if (this.consultations.remain > 0) return 0;
    if ((this.balanceDong ?? 0) < CONSULTATION_DONG) throw refused(-211);
    return CONSULTATION_DONG;
  }

  book({ at, way, dong }: Pick<OaAccepted, 'at' | 'way' | 'dong'>): void {
    this.spentDong += dong;
    const key = way === 'charged' ? `month ${monthOf(at)}` : way === 'phone' ? `day ${dayOf(at)}` : undefined;
    if (key !== undefined) this.#used.set(key, (this.#used.get(key) ?? 0) + 1);
  }
}
