/** The profile of an OEM: what the operator has agreed with it. */
import { Schema } from "effect"
import { Instant, OrganizationId, orNull, Text, TimeZone } from "../core/index.js"
import { UserId } from "./user.js"

const Days = Schema.Int.pipe(Schema.between(1, 3650, { message: () => "expected 1 to 3650 days" }))

export const OemProfile = Schema.Struct({
  /** The OEM's user, of role oem; `oem` of leads, reports and submissions is this id. */
  id: UserId,
  organization_id: OrganizationId,
  /** Its reports are counted in this zone. */
  timezone: TimeZone,
  /** Days from a lead received to its installation completed. */
  sla_days: Schema.Int,
  /** The customer whose invoices are its revenue; null where it is not billed. */
  customer_id: Schema.NullOr(Schema.String),
  /** The add-on that a closed installation is billed with; null where none is. */
  add_on_id: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type OemProfile = typeof OemProfile.Type

export const CreateOem = Schema.Struct({
  /** The OEM's user. */
  user: UserId,
  timezone: Schema.optionalWith(TimeZone, { default: () => "UTC" as typeof TimeZone.Type }),
  sla_days: Schema.optionalWith(Days, { default: () => 21 }),
  external_customer_id: orNull(Text.atMost(255)),
  add_on_code: orNull(Text.atMost(255))
})
/** UTC, 21 days, not billed, unless told otherwise. */
export type CreateOemInput = typeof CreateOem.Encoded

/** What is left out stays, null clears. */
export const UpdateOem = Schema.Struct({
  timezone: Schema.optional(TimeZone),
  sla_days: Schema.optional(Days),
  external_customer_id: Schema.optional(Schema.NullOr(Text.atMost(255))),
  add_on_code: Schema.optional(Schema.NullOr(Text.atMost(255)))
})
export type UpdateOemInput = typeof UpdateOem.Encoded
