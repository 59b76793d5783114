/** A tax, and where it is applied. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, orNull, Text } from "../core/index.js"

export const TaxId = brandedId("TaxId")
export type TaxId = typeof TaxId.Type

export const AppliedTaxId = brandedId("AppliedTaxId")
export type AppliedTaxId = typeof AppliedTaxId.Type

/** What a tax can be applied to by hand; fees, invoices and credit notes get theirs from the calculation. */
export const TaxableType = Schema.Literal("billing_entity", "customer", "plan", "charge", "add_on", "commitment")
export type TaxableType = typeof TaxableType.Type

export const Tax = Schema.Struct({
  id: TaxId,
  organization_id: OrganizationId,
  code: Schema.String,
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  /** A fraction as decimal text: `0.0875` is 8.75 %. */
  rate: Schema.String,
  category: Schema.NullOr(Schema.String),
  /** Whether it is on the organization level, the last one asked (I5). */
  applied_to_organization: Schema.Boolean,
  /** Of a tax that came with a tax integration's rates: whose it is. It stands on documents alone, and never changes. */
  provider_type: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type Tax = typeof Tax.Type

/** A tax on something of the host's choice; `tax_rate` is what its rate was then. */
export const AppliedTax = Schema.Struct({
  id: AppliedTaxId,
  tax_id: TaxId,
  taxable_type: TaxableType,
  taxable_id: Schema.String,
  tax_rate: Schema.String,
  created_at: Instant,
  updated_at: Instant
})
export type AppliedTax = typeof AppliedTax.Type

/** 0 to 9.9999 with at most 4 decimals, as text; kept without trailing zeros. */
const Rate = Schema.String.pipe(
  Schema.pattern(/^[0-9](?:\.[0-9]{1,4})?$/, { message: () => "expected a fraction from 0 to 9.9999 with at most 4 decimals, as text" })
)

export const CreateTax = Schema.Struct({
  code: Text.name(255),
  name: Text.name(255),
  description: orNull(Text.atMost(10_000)),
  rate: Rate,
  category: orNull(Text.atMost(100)),
  applied_to_organization: Schema.optionalWith(Schema.Boolean, { default: () => false })
})
export type CreateTaxInput = typeof CreateTax.Encoded

/** What is left out stays, null clears. A new rate holds for what is calculated from then on and touches no finalized document. */
export const UpdateTax = Schema.Struct({
  code: Schema.optional(Text.name(255)),
  name: Schema.optional(Text.name(255)),
  description: Schema.optional(Schema.NullOr(Text.atMost(10_000))),
  rate: Schema.optional(Rate),
  category: Schema.optional(Schema.NullOr(Text.atMost(100))),
  applied_to_organization: Schema.optional(Schema.Boolean)
})
export type UpdateTaxInput = typeof UpdateTax.Encoded
