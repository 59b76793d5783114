/** What `Plans.create` and `Plans.update` take. */
import { Schema } from "effect"
import { BillingInterval, listOf, MinorUnits, orNull, Text } from "../core/index.js"
import { ChargeEntry, type ChargeInput, type NewChargeInput } from "./charge-input.js"
import { CommitmentCounts } from "./commitment.js"

const TrialDays = Schema.Int.pipe(Schema.between(0, 36_500, { message: () => "expected a whole number of days, 0 to 36500" }))

const Charges = listOf(ChargeEntry, 1000)

export const CommitmentEntry = Schema.Struct({
  amount_cents: MinorUnits,
  counts: Schema.optionalWith(CommitmentCounts, { default: () => "all" as const }),
  invoice_display_name: orNull(Text.atMost(255))
})
export type CommitmentEntry = typeof CommitmentEntry.Type

export const CreatePlan = Schema.Struct({
  code: Text.name(255),
  name: Text.name(255),
  description: orNull(Text.atMost(10_000)),
  interval: BillingInterval,
  amount_cents: Schema.optionalWith(MinorUnits, { default: () => 0n }),
  currency: Schema.optional(Schema.String),
  trial_period_days: Schema.optionalWith(TrialDays, { default: () => 0 }),
  charges: Schema.optionalWith(Charges, { default: () => [] }),
  commitment: orNull(CommitmentEntry)
})

/** The base amount is in whole minor units, 0 unless given; the currency the organization's unless given. */
export type CreatePlanInput = Omit<typeof CreatePlan.Encoded, "charges"> & { readonly charges?: ReadonlyArray<NewChargeInput> | undefined }

export const UpdatePlan = Schema.Struct({
  code: Schema.optional(Text.name(255)),
  name: Schema.optional(Text.name(255)),
  description: Schema.optional(Schema.NullOr(Text.atMost(10_000))),
  interval: Schema.optional(BillingInterval),
  amount_cents: Schema.optional(MinorUnits),
  currency: Schema.optional(Schema.String),
  trial_period_days: Schema.optional(TrialDays),
  charges: Schema.optional(Charges),
  commitment: Schema.optional(Schema.NullOr(CommitmentEntry))
})

/** What is left out stays; `charges` states the whole set, `commitment: null` ends it. */
export type UpdatePlanInput = Omit<typeof UpdatePlan.Encoded, "charges"> & { readonly charges?: ReadonlyArray<ChargeInput> | undefined }
