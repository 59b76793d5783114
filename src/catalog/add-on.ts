/** An add-on: a one-time charge, and its applications to customers. */
import { Schema } from "effect"
import { brandedId, Instant, MinorUnits, OrganizationId, orNull, pageFields, Text } from "../core/index.js"

export const AddOnId = brandedId("AddOnId")
export type AddOnId = typeof AddOnId.Type

export const AppliedAddOnId = brandedId("AppliedAddOnId")
export type AppliedAddOnId = typeof AppliedAddOnId.Type

/** `amount_cents` are minor units of `amount_currency`. */
export const AddOn = Schema.Struct({
  id: AddOnId,
  organization_id: OrganizationId,
  code: Schema.String,
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  amount_cents: Schema.BigIntFromSelf,
  amount_currency: Schema.String,
  /** What stands on the invoice; its name unless set. */
  invoice_display_name: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type AddOn = typeof AddOn.Type

/** An add-on on a customer, with the amount that was invoiced. */
export const AppliedAddOn = Schema.Struct({
  id: AppliedAddOnId,
  organization_id: OrganizationId,
  add_on_id: AddOnId,
  customer_id: Schema.String,
  amount_cents: Schema.BigIntFromSelf,
  amount_currency: Schema.String,
  /** The invoice that bills it. */
  invoice_id: Schema.String,
  created_at: Instant,
  updated_at: Instant
})
export type AppliedAddOn = typeof AppliedAddOn.Type

export const CreateAddOn = Schema.Struct({
  code: Text.name(255),
  name: Text.name(255),
  description: orNull(Text.atMost(10_000)),
  amount_cents: MinorUnits,
  /** The organization's currency unless given. */
  amount_currency: Schema.optional(Schema.String),
  invoice_display_name: orNull(Text.name(255))
})
export type CreateAddOnInput = typeof CreateAddOn.Encoded

/** What is left out stays, null clears. What was invoiced keeps its figures. */
export const UpdateAddOn = Schema.Struct({
  code: Schema.optional(Text.name(255)),
  name: Schema.optional(Text.name(255)),
  description: Schema.optional(Schema.NullOr(Text.atMost(10_000))),
  amount_cents: Schema.optional(MinorUnits),
  amount_currency: Schema.optional(Schema.String),
  invoice_display_name: Schema.optional(Schema.NullOr(Text.name(255)))
})
export type UpdateAddOnInput = typeof UpdateAddOn.Encoded

/** Amount and currency in place of the add-on's. */
export const ApplyAddOn = Schema.Struct({
  add_on_code: Text.atMost(255),
  external_customer_id: Text.atMost(255),
  amount_cents: Schema.optional(MinorUnits),
  amount_currency: Schema.optional(Schema.String)
})
export type ApplyAddOnInput = typeof ApplyAddOn.Encoded

export const ListAppliedAddOns = Schema.Struct({
  ...pageFields,
  add_on_id: Schema.optional(Schema.String),
  customer_id: Schema.optional(Schema.String)
})
export type ListAppliedAddOnsInput = typeof ListAppliedAddOns.Encoded
