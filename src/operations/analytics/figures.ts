/** What analytics reads come to: movements of recurring revenue that add up, rates and trends with one decimal. Pure. */
import { Exact } from "../../core/index.js"

/** Recurring revenue of a currency, in twelfths of minor units a month, so that a yearly price is whole. */
export interface RawMovement {
  readonly currency: string
  readonly opening: bigint
  readonly new: bigint
  readonly reactivation: bigint
  readonly expansion: bigint
  readonly contraction: bigint
  readonly churn: bigint
}

/** Minor units a month: opening + new + reactivation + expansion − contraction − churn = closing. */
export interface MrrMovement {
  readonly currency: string
  readonly opening_cents: bigint
  /** Of customers who had none before. */
  readonly new_cents: bigint
  /** Of customers who had some once, and none at the beginning. */
  readonly reactivation_cents: bigint
  readonly expansion_cents: bigint
  readonly contraction_cents: bigint
  /** Of customers who have none at the end. */
  readonly churn_cents: bigint
  readonly closing_cents: bigint
}

/** Whole minor units of twelfths, rounded once. */
const monthly = (twelfths: bigint): bigint => Exact.roundQuotient(twelfths, 12n)

/** Each figure is the difference of two rounded sums, so that nothing is lost between opening and closing (N3). */
export const movementOf = ({ churn, contraction, currency, expansion, new: fresh, opening, reactivation }: RawMovement): MrrMovement => {
  let sum = opening
  const step = (change: bigint): bigint => {
    const before = monthly(sum)
    sum += change
    return monthly(sum) - before
  }
  return {
    currency,
    opening_cents: monthly(opening),
    new_cents: step(fresh),
    reactivation_cents: step(reactivation),
    expansion_cents: step(expansion),
    contraction_cents: -step(-contraction),
    churn_cents: -step(-churn),
    closing_cents: monthly(sum)
  }
}

const oneDecimal = (tenths: bigint): string => {
  const size = tenths < 0n ? -tenths : tenths
  return `${tenths < 0n ? "-" : ""}${size / 10n}.${size % 10n}`
}

/** A part in per cent of a whole, with one decimal; null where the whole is 0. */
export const perCent = (part: bigint, whole: bigint): string | null =>
  whole === 0n ? null : oneDecimal(Exact.roundQuotient(part * 1000n, whole))

/** By how much per cent it is more than before: 120 after 100 is 20.0; null where there was nothing. */
export const trendOf = (now: bigint, before: bigint): string | null => perCent(now - before, before)

const DAY_SECONDS = 86_400n

/** The mean of so many seconds in all, in days with one decimal; null of nothing. */
export const meanDays = (seconds: bigint, count: bigint): string | null =>
  count === 0n ? null : oneDecimal(Exact.roundQuotient(seconds * 10n, count * DAY_SECONDS))
