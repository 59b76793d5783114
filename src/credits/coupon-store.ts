/** The port to where coupons, their applications and their uses are kept. What a billing run needs is batch-shaped. */
import { Context, type DateTime, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { AppliedCoupon, Coupon, CouponUse } from "./coupon.js"

export type CouponName = { readonly id: string } | { readonly code: string }

/** An application with its coupon. */
export interface CouponOnCustomer {
  readonly applied: AppliedCoupon
  readonly coupon: Coupon
}

/** How often a coupon was applied: in all, to one customer, and there still active. */
interface Applications {
  readonly all: number
  readonly active_of_customer: number
}

/** What was given of a coupon in one currency, without what was returned; minor units. */
export interface DiscountGiven {
  readonly currency: string
  readonly amount_cents: bigint
}

export interface CouponCounts {
  readonly applied: number
  readonly active: number
  readonly terminated: number
  /** Uses that are left of active applications; null where one of them lasts forever. */
  readonly uses_remaining: number | null
  readonly discounts: ReadonlyArray<DiscountGiven>
}

/** What a list of applications is narrowed to. */
interface AppliedCouponFilter {
  readonly customer_id?: string | undefined
  readonly coupon_id?: string | undefined
  readonly status?: AppliedCoupon["status"] | undefined
}

/** An application and what its uses make of it. */
type AppliedCouponState = Pick<
  AppliedCoupon,
  "id" | "organization_id" | "status" | "frequency_duration_remaining" | "terminated_at" | "updated_at"
>

export interface CouponStoreShape {
  readonly insert: (coupon: Coupon) => Effect.Effect<void, StorageError | CodeTaken>
  readonly save: (coupon: Coupon) => Effect.Effect<void, StorageError | CodeTaken>
  readonly remove: (id: string) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly find: (name: CouponName) => Effect.Effect<Coupon | undefined, StorageError, CurrentOrganization>
  /** The row with its lock, under which it is applied; only in a transaction. */
  readonly lock: (name: CouponName) => Effect.Effect<Coupon | undefined, StorageError, CurrentOrganization>
  readonly page: (
    filter: { readonly status?: Coupon["status"] | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<Coupon>, StorageError, CurrentOrganization>
  readonly counts: (coupon_id: string) => Effect.Effect<CouponCounts, StorageError, CurrentOrganization>
  /** How often it was applied; the coupon's row is locked. */
  readonly applications: (coupon_id: string, customer_id: string | null) => Effect.Effect<Applications, StorageError, CurrentOrganization>
  /** Stores an application; the database refuses a second one of a coupon that is not reusable, or active on the same customer. */
  readonly apply: (applied: AppliedCoupon) => Effect.Effect<void, StorageError>
  readonly findApplied: (id: string) => Effect.Effect<AppliedCoupon | undefined, StorageError, CurrentOrganization>
  readonly lockApplied: (id: string) => Effect.Effect<AppliedCoupon | undefined, StorageError, CurrentOrganization>
  readonly saveApplied: (states: ReadonlyArray<AppliedCouponState>) => Effect.Effect<void, StorageError>
  readonly pageApplied: (
    filter: AppliedCouponFilter,
    request: PageRequest
  ) => Effect.Effect<PageRows<AppliedCoupon>, StorageError, CurrentOrganization>
  /** Active applications of these customers with their coupons, oldest first, the applications' rows locked. */
  readonly lockActive: (
    customer_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<CouponOnCustomer>, StorageError, CurrentOrganization>
  readonly insertUses: (uses: ReadonlyArray<CouponUse>) => Effect.Effect<void, StorageError>
  /** Applications with a use on this invoice that was not returned, locked, ascending by id. */
  readonly lockUsed: (invoice_id: string) => Effect.Effect<ReadonlyArray<AppliedCoupon>, StorageError, CurrentOrganization>
  /** Marks the uses on an invoice as returned. */
  readonly returnUses: (invoice_id: string, at: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
}

export class CouponStore extends Context.Tag("billwright/CouponStore")<CouponStore, CouponStoreShape>() {}
