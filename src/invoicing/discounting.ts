/** What coupons take off documents as they become final: the customers' applications, oldest first, over documents in their order (I1, I9). Pure. */
import type { DateTime } from "effect"
import type { RoundingMode } from "../core/index.js"
import { type AppliedCoupon, applyCoupons, type CouponOnCustomer, discountOf } from "../credits/index.js"
import type { FeeLine } from "./assemble.js"

/** A document that becomes final and is reduced by coupons, with its lines before them. */
export interface Discountable {
  readonly customer_id: string
  readonly currency: string
  readonly rounding_mode: RoundingMode
  readonly lines: ReadonlyArray<FeeLine>
}

/** So much of an application on a document; minor units, above 0. */
export interface CouponTaken {
  readonly applied_coupon_id: AppliedCoupon["id"]
  readonly organization_id: AppliedCoupon["organization_id"]
  readonly amount_cents: bigint
}

/** A document's lines with what coupons take off them. */
export interface Discounted {
  readonly lines: ReadonlyArray<FeeLine>
  readonly coupons: ReadonlyArray<CouponTaken>
}

export interface AllDiscounted {
  /** In the order of the documents; null where there was none to discount. */
  readonly documents: ReadonlyArray<Discounted | null>
  /** The applications that some document used, as they are then. */
  readonly applications: ReadonlyArray<AppliedCoupon>
}

/** An application after a use; one that ended did so now. */
const usedOnce = (applied: AppliedCoupon, state: Pick<AppliedCoupon, "status" | "frequency_duration_remaining">, now: DateTime.Utc) => ({
  ...applied,
  ...state,
  terminated_at: state.status === "terminated" ? now : null,
  updated_at: now
})

/**
 * Discounts documents in their order, null being one that coupons leave alone; what one of them uses up, the next does not
 * have. `available` are the customers' active applications, oldest first.
 *
 * @see decisions I1, I9, N3
 */
export const discountAll = (
  documents: ReadonlyArray<Discountable | null>,
  available: ReadonlyArray<CouponOnCustomer>,
  now: DateTime.Utc
): AllDiscounted => {
  const states = new Map(available.map(({ applied }) => [applied.id, applied]))
  const used = new Set<AppliedCoupon["id"]>()
  const discounted = documents.map((document): Discounted | null => {
    if (document === null) return null
    const { currency, customer_id, lines, rounding_mode } = document
    const coupons = available.flatMap(({ applied: { id }, coupon }) => {
      const applied = states.get(id)!
      return applied.customer_id === customer_id && applied.status === "active"
        ? [{ ...applied, discount: discountOf(applied, coupon) }]
        : []
    })
    if (coupons.length === 0) return { lines, coupons: [] }
    const discounts = applyCoupons({ currency, rounding_mode }, lines, coupons)
    const taken = discounts.coupons.filter(({ amount_cents }) => amount_cents > 0n)
    for (const { coupon, frequency_duration_remaining, status } of taken) {
      states.set(coupon.id, usedOnce(states.get(coupon.id)!, { status, frequency_duration_remaining }, now))
      used.add(coupon.id)
    }
    return {
      lines: lines.map((line, index) => ({ ...line, coupons_amount_cents: discounts.fees[index]! })),
      coupons: taken.map(({ amount_cents, coupon: { id, organization_id } }) => ({ applied_coupon_id: id, organization_id, amount_cents }))
    }
  })
  return { documents: discounted, applications: [...used].map((id) => states.get(id)!) }
}
