/** A coupon, its applications to customers, and their uses on invoices. */
import { type DateTime, Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"

export const CouponId = brandedId("CouponId")
export type CouponId = typeof CouponId.Type

export const AppliedCouponId = brandedId("AppliedCouponId")
export type AppliedCouponId = typeof AppliedCouponId.Type

export const CouponType = Schema.Literal("fixed_amount", "percentage")
export type CouponType = typeof CouponType.Type

/** `once`: one invoice. `recurring`: as many as remain. `forever`: every one. */
export const CouponFrequency = Schema.Literal("once", "recurring", "forever")
export type CouponFrequency = typeof CouponFrequency.Type

export const CouponExpiration = Schema.Literal("no_expiration", "time_limit")

/** Of a coupon: whether it can still be applied. Of an application: whether it still takes something off. */
export const CouponStatus = Schema.Literal("active", "terminated")
export type CouponStatus = typeof CouponStatus.Type

/** A discount that can be applied to customers. `amount_cents` are minor units of `amount_currency`; `percentage_rate` is in percent, decimal text. */
export const Coupon = Schema.Struct({
  id: CouponId,
  organization_id: OrganizationId,
  code: Schema.String,
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  coupon_type: CouponType,
  amount_cents: Schema.NullOr(Schema.BigIntFromSelf),
  amount_currency: Schema.NullOr(Schema.String),
  percentage_rate: Schema.NullOr(Schema.String),
  frequency: CouponFrequency,
  /** Invoices that a `recurring` one reduces; else null. */
  frequency_duration: Schema.NullOr(Schema.Int),
  /** Whether it can be applied more than once at all (I9). */
  reusable: Schema.Boolean,
  expiration: CouponExpiration,
  /** From when on it can no longer be applied. */
  expiration_at: Schema.NullOr(Instant),
  status: CouponStatus,
  created_at: Instant,
  updated_at: Instant
})
export type Coupon = typeof Coupon.Type

/** A coupon on a customer. Amount, currency and rate are its own where they are set, else the coupon's. */
export const AppliedCoupon = Schema.Struct({
  id: AppliedCouponId,
  organization_id: OrganizationId,
  coupon_id: CouponId,
  customer_id: Schema.String,
  amount_cents: Schema.NullOr(Schema.BigIntFromSelf),
  amount_currency: Schema.NullOr(Schema.String),
  percentage_rate: Schema.NullOr(Schema.String),
  frequency: CouponFrequency,
  frequency_duration: Schema.NullOr(Schema.Int),
  /** Uses that are left of a `recurring` one; else null. */
  frequency_duration_remaining: Schema.NullOr(Schema.Int),
  status: CouponStatus,
  /** When its last use ended it, or somebody removed it. */
  terminated_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type AppliedCoupon = typeof AppliedCoupon.Type

/** What an application took off an invoice, minor units of the invoice's currency, above 0. Never deleted: a void marks it returned. */
export interface CouponUse {
  readonly id: string
  readonly organization_id: OrganizationId
  readonly applied_coupon_id: AppliedCouponId
  readonly invoice_id: string
  readonly amount_cents: bigint
  readonly returned_at: DateTime.Utc | null
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}
