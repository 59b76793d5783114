/** An organization: the root tenant, and the defaults of what is made in it. */
import { Schema } from "effect"
import { CurrencyCode, Instant, OrganizationId, orNull, Text, TimeZone } from "../core/index.js"

const Https = Text.atMost(2048).pipe(
  Schema.filter((url) => /^https:\/\/[^\s/]+\S*$/.test(url) && URL.canParse(url), { message: () => "expected an https address" })
)
const AccentColor = Schema.String.pipe(Schema.pattern(/^#[0-9A-Fa-f]{6}$/, { message: () => "expected a colour as #RRGGBB" }))

export const Organization = Schema.Struct({
  id: OrganizationId,
  name: Schema.String,
  /** What customers, billing entities, plans and add-ons get when they name none. */
  default_currency: CurrencyCode,
  timezone: TimeZone,
  logo_url: Schema.NullOr(Schema.String),
  portal_accent_color: Schema.NullOr(Schema.String),
  portal_welcome_message: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type Organization = typeof Organization.Type

/** What `Organizations.create` takes. `default_currency` (ISO 4217) is USD and `timezone` (IANA) UTC unless given. */
export const CreateOrganization = Schema.Struct({
  name: Text.name(255),
  default_currency: Schema.optionalWith(Schema.String, { default: () => "USD" }),
  timezone: Schema.optionalWith(TimeZone, { default: () => TimeZone.make("UTC") }),
  logo_url: orNull(Https),
  portal_accent_color: orNull(AccentColor),
  portal_welcome_message: orNull(Text.atMost(500)),
  /** The host's id of the user who is its first owner. */
  owner: orNull(Text.name(255))
})
export type CreateOrganizationInput = typeof CreateOrganization.Encoded

/** What `Organizations.update` takes: what is left out stays, null clears. */
export const UpdateOrganization = Schema.Struct({
  name: Schema.optional(Text.name(255)),
  default_currency: Schema.optional(Schema.String),
  timezone: Schema.optional(TimeZone),
  logo_url: Schema.optional(Schema.NullOr(Https)),
  portal_accent_color: Schema.optional(Schema.NullOr(AccentColor)),
  portal_welcome_message: Schema.optional(Schema.NullOr(Text.atMost(500)))
})
export type UpdateOrganizationInput = typeof UpdateOrganization.Encoded
