/** A dunning campaign: from which overdue amount on customers are asked to pay, how often and how far apart. */
import { Schema } from "effect"
import { brandedId, CurrencyCode, Instant, MinorUnits, OrganizationId, orNull, pageFields, Text } from "../../core/index.js"

export const DunningCampaignId = brandedId("DunningCampaignId")
export type DunningCampaignId = typeof DunningCampaignId.Type

const CampaignStatus = Schema.Literal("active", "inactive")

/** Overdue minor units of a currency that start the campaign. */
export const CampaignThreshold = Schema.Struct({
  id: Schema.String,
  currency: CurrencyCode,
  amount_cents: Schema.BigIntFromSelf
})
export type CampaignThreshold = typeof CampaignThreshold.Type

export const DunningCampaign = Schema.Struct({
  id: DunningCampaignId,
  organization_id: OrganizationId,
  code: Schema.String,
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  max_attempts: Schema.Int,
  days_between_attempts: Schema.Int,
  bcc_emails: Schema.Array(Schema.String),
  status: CampaignStatus,
  thresholds: Schema.Array(CampaignThreshold),
  created_at: Instant,
  updated_at: Instant
})
export type DunningCampaign = typeof DunningCampaign.Type

const Threshold = Schema.Struct({ currency: Schema.String, amount_cents: MinorUnits })

const Thresholds = Schema.Array(Threshold).pipe(
  Schema.filter((all) => new Set(all.map(({ currency }) => currency)).size === all.length, {
    message: () => "expected at most one threshold for a currency"
  })
)

const atLeastOne = (most: number) => Schema.Int.pipe(Schema.between(1, most, { message: () => `expected 1 to ${most}` }))

const fields = {
  code: Text.name(255),
  name: Text.name(255),
  max_attempts: atLeastOne(100),
  days_between_attempts: atLeastOne(365),
  bcc_emails: Schema.Array(Text.Email).pipe(Schema.maxItems(50, { message: () => "expected at most 50 addresses" })),
  status: CampaignStatus,
  thresholds: Thresholds
}

/** What `DunningCampaigns.create` takes; amounts are minor units, days 24 hours each. */
export const CreateCampaign = Schema.Struct({
  code: fields.code,
  name: fields.name,
  description: orNull(Text.atMost(2000)),
  max_attempts: Schema.optionalWith(fields.max_attempts, { default: () => 3 }),
  days_between_attempts: Schema.optionalWith(fields.days_between_attempts, { default: () => 3 }),
  bcc_emails: Schema.optionalWith(fields.bcc_emails, { default: () => [] }),
  status: Schema.optionalWith(fields.status, { default: () => "active" as const }),
  thresholds: Schema.optionalWith(fields.thresholds, { default: () => [] })
})
export type CreateCampaignInput = typeof CreateCampaign.Encoded

/** What `DunningCampaigns.update` takes: what is left out stays; thresholds are replaced as a whole. */
export const UpdateCampaign = Schema.Struct({
  code: Schema.optional(fields.code),
  name: Schema.optional(fields.name),
  description: Schema.optional(Schema.NullOr(Text.atMost(2000))),
  max_attempts: Schema.optional(fields.max_attempts),
  days_between_attempts: Schema.optional(fields.days_between_attempts),
  bcc_emails: Schema.optional(fields.bcc_emails),
  status: Schema.optional(fields.status),
  thresholds: Schema.optional(fields.thresholds)
})
export type UpdateCampaignInput = typeof UpdateCampaign.Encoded

/** What `DunningCampaigns.list` takes. Sorted by `created_at`, `code` or `name`. */
export const ListCampaigns = Schema.Struct({ ...pageFields, status: Schema.optional(CampaignStatus) })
export type ListCampaignsInput = typeof ListCampaigns.Encoded
