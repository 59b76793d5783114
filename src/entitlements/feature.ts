/** A feature: something that plans grant, of one of three types. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, orNull, pageFields, Text } from "../core/index.js"

export const FeatureId = brandedId("FeatureId")
export type FeatureId = typeof FeatureId.Type

/** On or off, how much of it, or any text that the host reads. */
export const FeatureType = Schema.Literal("boolean", "quantity", "custom")
export type FeatureType = typeof FeatureType.Type

export const Feature = Schema.Struct({
  id: FeatureId,
  organization_id: OrganizationId,
  /** Unique in the organization. A quantity is held against the usage of the metric that has the same code. */
  code: Schema.String,
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  feature_type: FeatureType,
  created_at: Instant,
  updated_at: Instant
})
export type Feature = typeof Feature.Type

/** What `Features.create` takes. */
export const CreateFeature = Schema.Struct({
  code: Text.name(100),
  name: Text.name(255),
  description: orNull(Text.atMost(1024)),
  feature_type: FeatureType
})
export type CreateFeatureInput = typeof CreateFeature.Encoded

/** What `Features.update` takes: what is left out stays, null clears. The type never changes. */
export const UpdateFeature = Schema.Struct({
  code: Schema.optional(Text.name(100)),
  name: Schema.optional(Text.name(255)),
  description: Schema.optional(Schema.NullOr(Text.atMost(1024))),
  feature_type: Schema.optional(FeatureType)
})
export type UpdateFeatureInput = typeof UpdateFeature.Encoded

export const ListFeatures = Schema.Struct({ ...pageFields, feature_type: Schema.optional(FeatureType) })
/** What `Features.list` takes: a page, and a type. */
export type ListFeaturesInput = typeof ListFeatures.Encoded
