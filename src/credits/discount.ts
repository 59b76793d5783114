/** Coupons over the fees of an invoice: discounts in order of application, and what a use makes of an application. Pure. */
import { Exact, type RoundingMode, split, sumOf } from "../core/index.js"
import type { AppliedCoupon, Coupon, CouponFrequency, CouponStatus } from "./coupon.js"

/** What a coupon takes off, with what its application overrides. */
export type Discount =
  | { readonly coupon_type: "fixed_amount"; readonly amount_cents: bigint; readonly amount_currency: string }
  /** In percent, 0 < rate ≤ 100. */
  | { readonly coupon_type: "percentage"; readonly percentage_rate: string }

/** What an application takes off, with what it overrides. */
export const discountOf = (applied: AppliedCoupon, coupon: Coupon): Discount =>
  coupon.coupon_type === "percentage"
    ? { coupon_type: "percentage", percentage_rate: applied.percentage_rate ?? coupon.percentage_rate! }
    : {
        coupon_type: "fixed_amount",
        amount_cents: applied.amount_cents ?? coupon.amount_cents!,
        amount_currency: applied.amount_currency ?? coupon.amount_currency!
      }

/** How many uses are left: a number for `recurring`, null for the others. */
export interface CouponUses {
  readonly frequency: CouponFrequency
  readonly frequency_duration_remaining: number | null
}

/** An active application of a coupon. */
export interface CouponTerms extends CouponUses {
  readonly discount: Discount
}

/** A fee as coupons see it: they take from what progressive invoices left of it. Minor units. */
export interface DiscountableFee {
  readonly amount_cents: bigint
  readonly progressive_billing_credit_amount_cents: bigint
}

/** An application's status and uses after an invoice. */
export interface CouponState {
  readonly status: CouponStatus
  readonly frequency_duration_remaining: number | null
}

interface CouponUse<C> extends CouponState {
  readonly coupon: C
  /** What it took off the invoice; 0: no use was taken. */
  readonly amount_cents: bigint
}

export interface Discounts<C> {
  readonly coupons_amount_cents: bigint
  /** Per fee, in order: its share of all discounts. */
  readonly fees: ReadonlyArray<bigint>
  /** Per application, in order. */
  readonly coupons: ReadonlyArray<CouponUse<C>>
}

const percentOf = (rest: bigint, rate: string, mode: RoundingMode): bigint =>
  Exact.toMinorUnits(Exact.share(Exact.unsafeFromText(rate), rest, 100n), 0, mode)

const amountOff = (discount: Discount, currency: string, mode: RoundingMode, rest: bigint): bigint => {
  if (discount.coupon_type === "percentage") return percentOf(rest, discount.percentage_rate, mode)
  return discount.amount_currency === currency ? discount.amount_cents : 0n
}

/** An application after a use. */
export const afterUse = ({ frequency, frequency_duration_remaining }: CouponUses): CouponState => {
  if (frequency === "forever") return { status: "active", frequency_duration_remaining }
  if (frequency === "once") return { status: "terminated", frequency_duration_remaining }
  const left = (frequency_duration_remaining ?? 1) - 1
  return { status: left > 0 ? "active" : "terminated", frequency_duration_remaining: left }
}

/** Whether an application ended by its uses, and not by hand. */
const isUsedUp = ({ frequency, frequency_duration_remaining }: CouponUses): boolean =>
  frequency === "once" || (frequency === "recurring" && frequency_duration_remaining === 0)

/** An application after a use was given back by a void: one that had been used up lives again, one that was removed does not (I7). */
export const afterReturn = (application: CouponUses & Pick<CouponState, "status">): CouponState => {
  const { frequency, frequency_duration_remaining: remaining } = application
  return {
    status: isUsedUp(application) ? "active" : application.status,
    frequency_duration_remaining: frequency === "recurring" ? (remaining ?? 0) + 1 : remaining
  }
}

/**
 * The discounts of a customer's active applications, oldest first, each on what the ones before it left: fixed amounts of
 * the invoice's currency at most the rest, percentages rounded once; each split over what is left of the fees. A use is
 * taken only where something came off.
 *
 * @see decisions I1, I9, N3
 */
export const applyCoupons = <C extends CouponTerms>(
  invoice: { readonly currency: string; readonly rounding_mode: RoundingMode },
  fees: ReadonlyArray<DiscountableFee>,
  coupons: ReadonlyArray<C>
): Discounts<C> => {
  const rests = fees.map((fee) => fee.amount_cents - fee.progressive_billing_credit_amount_cents)
  const shares = fees.map(() => 0n)
  const uses = coupons.map((coupon): CouponUse<C> => {
    const rest = sumOf(rests, (rest) => rest)
    const off = amountOff(coupon.discount, invoice.currency, invoice.rounding_mode, rest)
    const amount_cents = off < rest ? off : rest
    if (amount_cents === 0n) {
      return { coupon, amount_cents, status: "active", frequency_duration_remaining: coupon.frequency_duration_remaining }
    }
    split(amount_cents, rests).forEach((part, index) => {
      shares[index]! += part
      rests[index]! -= part
    })
    return { coupon, amount_cents, ...afterUse(coupon) }
  })
  return { coupons_amount_cents: sumOf(shares, (share) => share), fees: shares, coupons: uses }
}
