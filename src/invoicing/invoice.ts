/** An invoice: its shape, its states, and the dates that follow from its terms. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"

export const InvoiceId = brandedId("InvoiceId")
export type InvoiceId = typeof InvoiceId.Type

export const InvoiceStatus = Schema.Literal("draft", "finalized", "paid", "voided")
export type InvoiceStatus = typeof InvoiceStatus.Type

export const InvoiceType = Schema.Literal("subscription", "add_on", "credit", "one_off", "progressive_billing")
export type InvoiceType = typeof InvoiceType.Type

/** A line as the contract's mirror of the fees has it; the fees are the truth. */
export const LineItem = Schema.Struct({
  description: Schema.String,
  quantity: Schema.String,
  unit_price: Schema.String,
  amount: Schema.String,
  charge_id: Schema.NullOr(Schema.String),
  metric_code: Schema.NullOr(Schema.String)
})
export type LineItem = typeof LineItem.Type

/** Who issued the invoice to whom, as they were at finalization: later changes of either touch no document. */
export const Parties = Schema.Struct({
  issuer: Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) }),
  customer: Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) }),
  rounding_mode: Schema.Literal("half_away", "half_even", "down")
})
export type Parties = typeof Parties.Type

/** What a customer owes for a period, an add-on, a credit purchase or a one-off. `*_cents` are whole minor units of `currency`. */
export const Invoice = Schema.Struct({
  id: InvoiceId,
  organization_id: OrganizationId,
  /** Null until finalized (I2). */
  invoice_number: Schema.NullOr(Schema.String),
  customer_id: Schema.String,
  subscription_id: Schema.NullOr(Schema.String),
  billing_entity_id: Schema.NullOr(Schema.String),
  /** The issuer that was named on it, before that of its subscription or customer; null where none was. */
  named_billing_entity_id: Schema.NullOr(Schema.String),
  status: InvoiceStatus,
  invoice_type: InvoiceType,
  billing_period_start: Schema.NullOr(Instant),
  billing_period_end: Schema.NullOr(Instant),
  subtotal_cents: Schema.BigIntFromSelf,
  tax_amount_cents: Schema.BigIntFromSelf,
  total_cents: Schema.BigIntFromSelf,
  prepaid_credit_amount_cents: Schema.BigIntFromSelf,
  coupons_amount_cents: Schema.BigIntFromSelf,
  progressive_billing_credit_amount_cents: Schema.BigIntFromSelf,
  currency: Schema.String,
  line_items: Schema.Array(LineItem),
  parties: Parties,
  /** The customer's zone, in which its days are counted. */
  timezone: Schema.String,
  /** The instant that it bills: boundary, start, change, trial's end, resuming or end; the same whenever the run comes. */
  billed_at: Instant,
  /** From when a draft may be finalized: the beginning of the local day of `billed_at` + grace period. */
  finalize_at: Schema.NullOr(Instant),
  due_date: Schema.NullOr(Instant),
  issued_at: Schema.NullOr(Instant),
  paid_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type Invoice = typeof Invoice.Type
