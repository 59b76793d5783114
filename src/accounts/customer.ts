/** A customer: who is billed. */
import { Schema } from "effect"
import { brandedId, CurrencyCode, Instant, JsonObject, OrganizationId, orNull, Text, TimeZone } from "../core/index.js"
import { BillingEntityId, TermDays } from "./billing-entity.js"

export const CustomerId = brandedId("CustomerId")
export type CustomerId = typeof CustomerId.Type

export const Customer = Schema.Struct({
  id: CustomerId,
  organization_id: OrganizationId,
  /** The host's own key; unique in the organization. */
  external_id: Schema.String,
  name: Schema.String,
  email: Schema.NullOr(Schema.String),
  currency: CurrencyCode,
  /** Periods, days and due dates are local to it. */
  timezone: TimeZone,
  billing_metadata: JsonObject,
  /** Days; null: the issuer's (I8). 0 is a value. */
  invoice_grace_period: Schema.NullOr(Schema.Int),
  net_payment_term: Schema.NullOr(Schema.Int),
  /** Whether credit notes settle later invoices by themselves (I3). */
  apply_credit_notes_automatically: Schema.Boolean,
  billing_entity_id: Schema.NullOr(BillingEntityId),
  created_at: Instant,
  updated_at: Instant
})
export type Customer = typeof Customer.Type

/** What `Customers.create` takes. Currency and zone are those of the named or default billing entity, else the organization's, unless given. */
export const CreateCustomer = Schema.Struct({
  external_id: Text.name(255),
  name: Text.name(255),
  email: orNull(Text.Email),
  currency: Schema.optional(Schema.String),
  timezone: Schema.optional(TimeZone),
  billing_metadata: Schema.optionalWith(JsonObject, { default: () => ({}) }),
  invoice_grace_period: orNull(TermDays),
  net_payment_term: orNull(TermDays),
  apply_credit_notes_automatically: Schema.optionalWith(Schema.Boolean, { default: () => true }),
  billing_entity_id: orNull(BillingEntityId)
})
export type CreateCustomerInput = typeof CreateCustomer.Encoded

/** What `Customers.update` takes: what is left out stays, null clears. */
export const UpdateCustomer = Schema.Struct({
  external_id: Schema.optional(Text.name(255)),
  name: Schema.optional(Text.name(255)),
  email: Schema.optional(Schema.NullOr(Text.Email)),
  currency: Schema.optional(Schema.String),
  timezone: Schema.optional(TimeZone),
  billing_metadata: Schema.optional(JsonObject),
  invoice_grace_period: Schema.optional(Schema.NullOr(TermDays)),
  net_payment_term: Schema.optional(Schema.NullOr(TermDays)),
  apply_credit_notes_automatically: Schema.optional(Schema.Boolean),
  billing_entity_id: Schema.optional(Schema.NullOr(BillingEntityId))
})
export type UpdateCustomerInput = typeof UpdateCustomer.Encoded
