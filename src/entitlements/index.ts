/** Features, what plans grant of them, and checks. */
export type { CheckEntitlementInput, EntitlementCheck } from "./check.js"
export {
  type CopiedEntitlements,
  type CopyEntitlementsInput,
  type CreateEntitlementInput,
  Entitlement,
  EntitlementId,
  type FeatureEntitlement,
  LimitType,
  type ListEntitlementsInput,
  type UpdateEntitlementInput
} from "./entitlement.js"
export { Entitlements, type EntitlementsShape } from "./entitlements.js"
export * from "./errors.js"
export { type CreateFeatureInput, Feature, FeatureId, FeatureType, type ListFeaturesInput, type UpdateFeatureInput } from "./feature.js"
export { Features, type FeaturesShape } from "./features.js"
export { type Grant, type GrantFacts, type GrantRow, grantedTo, type PeriodUsed } from "./grant.js"
export { type CountedFacts, EntitlementUsage } from "./live-usage.js"
export {
  EntitlementStore,
  type EntitlementStoreShape,
  type FeatureCount,
  type FeatureName,
  FeatureStore,
  type FeatureStoreShape,
  type GrantSubject
} from "./store.js"
export { isValueOf } from "./value.js"
