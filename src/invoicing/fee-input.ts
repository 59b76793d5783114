/** What the methods of fees take. */
import { Schema } from "effect"
import { MinorUnits, pageFields, Text } from "../core/index.js"
import { FeePaymentStatus, FeeType } from "./fee.js"

const Description = Text.name(500)

export const CreateFee = Schema.Struct({
  external_customer_id: Text.atMost(255),
  amount_cents: MinorUnits.pipe(Schema.filter((amount) => amount > 0n, { message: () => "expected more than 0" })),
  /** The customer's unless given. */
  currency: Schema.optional(Schema.String),
  description: Description
})
/** `amount_cents`: minor units, more than 0. */
export type CreateFeeInput = typeof CreateFee.Encoded

/** What nobody sets. */
export const FIGURES = [
  "amount_cents",
  "precise_amount_cents",
  "progressive_billing_credit_amount_cents",
  "coupons_amount_cents",
  "taxes_amount_cents",
  "total_amount_cents",
  "units",
  "events_count",
  "unit_amount_cents",
  "precise_unit_amount",
  "currency"
] as const

const figures = Object.fromEntries(FIGURES.map((field) => [field, Schema.optional(Schema.Unknown)])) as Readonly<
  Record<(typeof FIGURES)[number], Schema.optional<typeof Schema.Unknown>>
>

export const UpdateFee = Schema.Struct({
  description: Schema.optional(Description),
  payment_status: Schema.optional(FeePaymentStatus),
  ...figures
})
/** What is left out stays. */
export interface UpdateFeeInput {
  readonly description?: string | undefined
  readonly payment_status?: typeof FeePaymentStatus.Type | undefined
}

export const ListFees = Schema.Struct({
  ...pageFields,
  /** Null: those on no invoice, which wait for one or which the host collects. */
  invoice_id: Schema.optional(Schema.NullOr(Schema.String)),
  customer_id: Schema.optional(Schema.String),
  subscription_id: Schema.optional(Schema.String),
  charge_id: Schema.optional(Schema.String),
  fee_type: Schema.optional(FeeType),
  payment_status: Schema.optional(FeePaymentStatus)
})
/** What `Fees.list` takes. Sorted by `created_at`. */
export type ListFeesInput = typeof ListFees.Encoded
