/** An entitlement: what access a plan grants to a feature. */
import { Schema } from "effect"
import { PlanId } from "../catalog/index.js"
import { brandedId, Instant, OrganizationId, pageFields, Text } from "../core/index.js"
import { FeatureId, type FeatureType } from "./feature.js"

export const EntitlementId = brandedId("EntitlementId")
export type EntitlementId = typeof EntitlementId.Type

/** What happens above a quantity: a hard limit denies what goes beyond it, a soft one only tells. */
export const LimitType = Schema.Literal("soft", "hard")
export type LimitType = typeof LimitType.Type

export const Entitlement = Schema.Struct({
  id: EntitlementId,
  organization_id: OrganizationId,
  plan_id: PlanId,
  feature_id: FeatureId,
  /** By the feature's type: `true` or `false`, a decimal ≥ 0 or `unlimited`, any text. */
  value: Schema.String,
  limit_type: LimitType,
  created_at: Instant,
  updated_at: Instant
})
export type Entitlement = typeof Entitlement.Type

/** An entitlement beside its feature. */
export interface FeatureEntitlement extends Entitlement {
  readonly feature_code: string
  readonly feature_name: string
  readonly feature_type: FeatureType
}

/** Checked by the feature's type once that is known. */
const Value = Schema.Union(Schema.String, Schema.Boolean, Schema.BigIntFromSelf, Schema.Number).annotations({
  message: () => ({ message: "expected a value of the feature's type", override: true })
})

/** What `Entitlements.create` takes. `value` by the feature's type; `limit_type` of a quantity is soft unless given. */
export const CreateEntitlement = Schema.Struct({
  plan_code: Text.name(255),
  feature_code: Text.name(100),
  value: Value,
  limit_type: Schema.optional(LimitType)
})
export type CreateEntitlementInput = typeof CreateEntitlement.Encoded

/** What `Entitlements.update` takes: what is left out stays. */
export const UpdateEntitlement = Schema.Struct({ value: Schema.optional(Value), limit_type: Schema.optional(LimitType) })
export type UpdateEntitlementInput = typeof UpdateEntitlement.Encoded

export const ListEntitlements = Schema.Struct({
  ...pageFields,
  plan_id: Schema.optional(Schema.String),
  feature_id: Schema.optional(Schema.String)
})
/** What `Entitlements.list` takes: a page, a plan, a feature. */
export type ListEntitlementsInput = typeof ListEntitlements.Encoded

/** What `Entitlements.copy` takes: from one plan to another. */
export const CopyEntitlements = Schema.Struct({ from_plan_code: Text.name(255), to_plan_code: Text.name(255) })
export type CopyEntitlementsInput = typeof CopyEntitlements.Encoded

/** What a copy came to: what the target had already stays, and counts as skipped. */
export interface CopiedEntitlements {
  readonly copied: number
  readonly skipped: number
}
