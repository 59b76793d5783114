/** A fee: one line of an invoice, rounded once from its exact amount (decision N2), with all that explains it. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"

export const FeeId = brandedId("FeeId")
export type FeeId = typeof FeeId.Type

export const FeeType = Schema.Literal("charge", "subscription", "add_on", "credit", "commitment")
export type FeeType = typeof FeeType.Type

export const FeePaymentStatus = Schema.Literal("pending", "succeeded", "failed", "refunded")

/** Why a fee is what it is, kept on the fee: the terms as they were, the raw figures, and the rows of the model. */
export const FeeProperties = Schema.Struct({
  /** `late_usage` on a correction (P12), `minimum` on what is missing to a charge's minimum spend (P19). */
  reason: Schema.optional(Schema.String),
  /** A charge paid in advance: what an event cost, or what was carried into the window. */
  in_advance: Schema.optional(Schema.Literal("event", "carried")),
  /** Of a base fee: the days that it is for and those of the full period. */
  days: Schema.optional(Schema.Int),
  full_days: Schema.optional(Schema.Int),
  /** Of a base fee: the plan whose price it is. */
  plan_id: Schema.optional(Schema.String),
  /** Of a line of a one-off invoice: the taxes that were named on it. */
  tax_ids: Schema.optional(Schema.Array(Schema.String)),
  /** Its description was given by hand. */
  renamed: Schema.optional(Schema.Boolean),
  /** Of an add-on its code; of a line that a tax integration was asked about what it is known by there, where no metric is. */
  item_code: Schema.optional(Schema.String),
  /** Of a base fee: the plan's amount for a full period, minor units. */
  full_amount_cents: Schema.optional(Schema.String),
  /** On a progressive invoice: the amounts of the thresholds that caused it, minor units. */
  thresholds_cents: Schema.optional(Schema.Array(Schema.String)),
  charge_model: Schema.optional(Schema.String),
  charge_properties: Schema.optional(Schema.Unknown),
  aggregation_type: Schema.optional(Schema.String),
  /** The filter's values, and the values of the pricing group keys, where there are some. */
  filter: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) })),
  group: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) })),
  /** Units and amount before a negative result became zero (N8). */
  raw_units: Schema.optional(Schema.String),
  raw_amount: Schema.optional(Schema.String),
  breakdown: Schema.optional(Schema.Array(Schema.Unknown)),
  /** The price in words, from quantity to rounding. */
  text: Schema.optional(Schema.String),
  rounding_mode: Schema.optional(Schema.String)
})
export type FeeProperties = typeof FeeProperties.Type

/** One line of an invoice. `*_cents` are minor units; `units`, `precise_*` and `unit_amount_cents` decimal texts of at most 15 decimals. */
export const Fee = Schema.Struct({
  id: FeeId,
  organization_id: OrganizationId,
  invoice_id: Schema.NullOr(Schema.String),
  charge_id: Schema.NullOr(Schema.String),
  charge_filter_id: Schema.NullOr(Schema.String),
  subscription_id: Schema.NullOr(Schema.String),
  customer_id: Schema.String,
  commitment_id: Schema.NullOr(Schema.String),
  /** The application of an add-on that it bills. */
  applied_add_on_id: Schema.NullOr(Schema.String),
  /** Of a fee paid in advance: the event that it bills (P17). */
  event_id: Schema.NullOr(Schema.String),
  fee_type: FeeType,
  currency: Schema.String,
  amount_cents: Schema.BigIntFromSelf,
  precise_amount_cents: Schema.String,
  progressive_billing_credit_amount_cents: Schema.BigIntFromSelf,
  coupons_amount_cents: Schema.BigIntFromSelf,
  taxes_amount_cents: Schema.BigIntFromSelf,
  total_amount_cents: Schema.BigIntFromSelf,
  units: Schema.String,
  events_count: Schema.Int,
  unit_amount_cents: Schema.String,
  precise_unit_amount: Schema.String,
  payment_status: FeePaymentStatus,
  description: Schema.String,
  metric_code: Schema.NullOr(Schema.String),
  period_start: Schema.NullOr(Instant),
  period_end: Schema.NullOr(Instant),
  position: Schema.Int,
  properties: FeeProperties,
  created_at: Instant,
  updated_at: Instant
})
export type Fee = typeof Fee.Type
