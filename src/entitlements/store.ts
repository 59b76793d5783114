/** The ports to where features and entitlements are kept. */
import { Context, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { Entitlement, FeatureEntitlement } from "./entitlement.js"
import type { EntitlementExists } from "./errors.js"
import type { Feature, FeatureType } from "./feature.js"
import type { GrantFacts } from "./grant.js"

export type FeatureName = { readonly id: string } | { readonly code: string }

/** How many plans have an entitlement of a feature. */
export interface FeatureCount {
  readonly feature_id: string
  readonly code: string
  readonly plans: number
}

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface FeatureStoreShape {
  readonly insert: (feature: Feature) => Effect.Effect<void, StorageError | CodeTaken>
  readonly save: (feature: Feature) => Effect.Effect<void, StorageError | CodeTaken>
  readonly find: (name: FeatureName) => Call<Feature | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lock: (name: FeatureName) => Call<Feature | undefined>
  /** The row with a lock that others may share: nobody deletes it meanwhile. Only in a transaction. */
  readonly lockShared: (name: FeatureName) => Call<Feature | undefined>
  readonly page: (filter: { readonly feature_type?: FeatureType | undefined }, request: PageRequest) => Call<PageRows<Feature>>
  /** How many plans have an entitlement of each, oldest feature first. */
  readonly counts: Call<ReadonlyArray<FeatureCount>>
  /** How many plans have an entitlement of it. */
  readonly entitled: (feature: Feature) => Effect.Effect<number, StorageError>
  readonly delete: (feature: Feature) => Effect.Effect<void, StorageError>
}

export class FeatureStore extends Context.Tag("billwright/FeatureStore")<FeatureStore, FeatureStoreShape>() {}

/** Whose access is asked for. */
export type GrantSubject =
  | { readonly kind: "customer"; readonly by: "id" | "external_id"; readonly value: string }
  | { readonly kind: "subscription"; readonly by: "id" | "external_id"; readonly value: string }

export interface EntitlementStoreShape {
  /** Fails with `EntitlementExists` where a plan has one of the feature. */
  readonly insert: (entitlement: Entitlement) => Effect.Effect<void, StorageError | EntitlementExists>
  /** Writes those whose plan has none of the feature; their plan is locked. */
  readonly insertAll: (entitlements: ReadonlyArray<Entitlement>) => Effect.Effect<void, StorageError>
  readonly save: (entitlement: Entitlement) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Call<FeatureEntitlement | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Call<FeatureEntitlement | undefined>
  /** Answers whether it was there. */
  readonly remove: (id: string) => Call<boolean>
  readonly page: (
    filter: { readonly plan_id?: string | undefined; readonly feature_id?: string | undefined },
    request: PageRequest
  ) => Call<PageRows<Entitlement>>
  /** All of a plan, by the feature's code. */
  readonly ofPlan: (plan_id: string) => Call<ReadonlyArray<FeatureEntitlement>>
  /** All of a subscription's plan, by the feature's code; undefined where there is no such subscription. */
  readonly ofSubscription: (
    ref: { readonly id: string } | { readonly external_id: string }
  ) => Call<ReadonlyArray<FeatureEntitlement> | undefined>
  /** All that a check needs but usage, in one statement. */
  readonly facts: (subject: GrantSubject, feature_code: string) => Call<GrantFacts>
}

export class EntitlementStore extends Context.Tag("billwright/EntitlementStore")<EntitlementStore, EntitlementStoreShape>() {}
