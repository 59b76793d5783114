/** A billing entity: a legal issuer of invoices, with numbering, address and terms of its own. */
import { Schema } from "effect"
import { brandedId, CurrencyCode, Instant, isCountry, OrganizationId, orNull, Text, TimeZone } from "../core/index.js"

export const BillingEntityId = brandedId("BillingEntityId")
export type BillingEntityId = typeof BillingEntityId.Type

/** How a figure between two minor units is settled on this issuer's documents (N7). */
export const RoundingModeName = Schema.Literal("half_away", "half_even", "down")

export const BillingEntity = Schema.Struct({
  id: BillingEntityId,
  organization_id: OrganizationId,
  code: Schema.String,
  name: Schema.String,
  legal_name: Schema.NullOr(Schema.String),
  address_line1: Schema.NullOr(Schema.String),
  address_line2: Schema.NullOr(Schema.String),
  city: Schema.NullOr(Schema.String),
  state: Schema.NullOr(Schema.String),
  /** ISO 3166, two capitals; XK and XI besides. */
  country: Schema.NullOr(Schema.String),
  zip_code: Schema.NullOr(Schema.String),
  tax_id: Schema.NullOr(Schema.String),
  email: Schema.NullOr(Schema.String),
  currency: CurrencyCode,
  timezone: TimeZone,
  document_locale: Schema.String,
  /** What its invoice numbers begin with; unique in the organization. */
  invoice_prefix: Schema.String,
  /** The number that its next invoice takes. */
  next_invoice_number: Schema.BigIntFromSelf,
  /** Days, for customers without a term of their own (I8). */
  invoice_grace_period: Schema.Int,
  net_payment_term: Schema.Int,
  invoice_footer: Schema.NullOr(Schema.String),
  rounding_mode: RoundingModeName,
  is_default: Schema.Boolean,
  created_at: Instant,
  updated_at: Instant
})
export type BillingEntity = typeof BillingEntity.Type

/** Days of a term: whole, ≥ 0. */
export const TermDays = Schema.Int.pipe(Schema.between(0, 36_500, { message: () => "expected a whole number of days, 0 to 36500" }))

// Kosovo and Northern Ireland have letters of their own in use, which ISO leaves free.
const Country = Schema.String.pipe(
  Schema.filter((code) => isCountry(code) || code === "XK" || code === "XI", {
    message: () => "expected a country as two capitals of ISO 3166, such as NO or GB"
  })
)
const Locale = Schema.String.pipe(
  Schema.pattern(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,6})?$/, { message: () => "expected a locale such as en or nb-NO" })
)

/** `INV-` with eight digits is how an organization that issues by itself numbers; a prefix must not read like that. */
export const isPrefix = (prefix: string): boolean => !/^INV-\d{8}/.test(prefix)

/** The prefix of an entity that names none: its code in capitals. */
export const prefixOf = (code: string): string => [...code.toUpperCase()].slice(0, 20).join("")

const Prefix = Text.name(20).pipe(Schema.filter(isPrefix, { message: () => "expected another prefix than INV- with eight digits" }))

const Counter = Schema.Union(Schema.BigIntFromSelf, Schema.Int.pipe(Schema.compose(Schema.BigIntFromNumber))).pipe(
  Schema.filter((value) => value >= 1n && value < 1n << 62n, { message: () => "expected a whole number from 1" })
)

/**
 * What `BillingEntities.create` takes. Left out: currency and zone are the organization's, the prefix is the code in capitals,
 * grace period 0 and payment term 30 days.
 */
export const CreateBillingEntity = Schema.Struct({
  code: Text.name(100),
  name: Text.name(255),
  legal_name: orNull(Text.atMost(255)),
  address_line1: orNull(Text.atMost(255)),
  address_line2: orNull(Text.atMost(255)),
  city: orNull(Text.atMost(255)),
  state: orNull(Text.atMost(255)),
  country: orNull(Country),
  zip_code: orNull(Text.atMost(255)),
  tax_id: orNull(Text.atMost(100)),
  email: orNull(Text.Email),
  currency: Schema.optional(Schema.String),
  timezone: Schema.optional(TimeZone),
  document_locale: Schema.optionalWith(Locale, { default: () => "en" }),
  invoice_prefix: Schema.optional(Prefix),
  next_invoice_number: Schema.optionalWith(Counter, { default: () => 1n }),
  invoice_grace_period: Schema.optionalWith(TermDays, { default: () => 0 }),
  net_payment_term: Schema.optionalWith(TermDays, { default: () => 30 }),
  invoice_footer: orNull(Text.atMost(1024)),
  rounding_mode: Schema.optionalWith(RoundingModeName, { default: () => "half_away" as const })
})
export type CreateBillingEntityInput = typeof CreateBillingEntity.Encoded

/** What `BillingEntities.update` takes: what is left out stays, null clears. The counter can be raised, not lowered. */
export const UpdateBillingEntity = Schema.Struct({
  code: Schema.optional(Text.name(100)),
  name: Schema.optional(Text.name(255)),
  legal_name: Schema.optional(Schema.NullOr(Text.atMost(255))),
  address_line1: Schema.optional(Schema.NullOr(Text.atMost(255))),
  address_line2: Schema.optional(Schema.NullOr(Text.atMost(255))),
  city: Schema.optional(Schema.NullOr(Text.atMost(255))),
  state: Schema.optional(Schema.NullOr(Text.atMost(255))),
  country: Schema.optional(Schema.NullOr(Country)),
  zip_code: Schema.optional(Schema.NullOr(Text.atMost(255))),
  tax_id: Schema.optional(Schema.NullOr(Text.atMost(100))),
  email: Schema.optional(Schema.NullOr(Text.Email)),
  currency: Schema.optional(Schema.String),
  timezone: Schema.optional(TimeZone),
  document_locale: Schema.optional(Locale),
  invoice_prefix: Schema.optional(Prefix),
  next_invoice_number: Schema.optional(Counter),
  invoice_grace_period: Schema.optional(TermDays),
  net_payment_term: Schema.optional(TermDays),
  invoice_footer: Schema.optional(Schema.NullOr(Text.atMost(1024))),
  rounding_mode: Schema.optional(RoundingModeName)
})
export type UpdateBillingEntityInput = typeof UpdateBillingEntity.Encoded
