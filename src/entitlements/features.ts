/** The service of features. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  byName,
  type CodeTaken,
  CurrentOrganization,
  decodeInput,
  Ids,
  Immutable,
  type InvalidInput,
  named,
  type Page,
  pageOf,
  pageRequest,
  StillReferenced,
  type StorageError,
  Transactor
} from "../core/index.js"
import { FeatureNotFound } from "./errors.js"
import {
  CreateFeature,
  type CreateFeatureInput,
  type Feature,
  FeatureId,
  ListFeatures,
  type ListFeaturesInput,
  UpdateFeature,
  type UpdateFeatureInput
} from "./feature.js"
import { type FeatureCount, type FeatureName, FeatureStore } from "./store.js"

const decodeCreate = decodeInput(CreateFeature)
const decodeUpdate = decodeInput(UpdateFeature)
const decodeList = decodeInput(ListFeatures)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface FeaturesShape {
  /** Fails with `InvalidInput`, `CodeTaken`. */
  readonly create: (input: CreateFeatureInput) => Call<Feature, InvalidInput | CodeTaken>
  /** By id or code. Fails with `FeatureNotFound`. */
  readonly get: (name: FeatureName) => Call<Feature, FeatureNotFound>
  /** Sorted by `created_at`, `code` or `name`. */
  readonly list: (input?: ListFeaturesInput) => Call<Page<Feature>, InvalidInput>
  /** Fails with `InvalidInput`, `FeatureNotFound`, `CodeTaken`, and `Immutable` for the type. */
  readonly update: (name: FeatureName, input: UpdateFeatureInput) => Call<Feature, InvalidInput | FeatureNotFound | CodeTaken | Immutable>
  /** Fails with `FeatureNotFound`, and `StillReferenced` by `entitlements` while a plan grants it. */
  readonly delete: (name: FeatureName) => Call<void, FeatureNotFound | StillReferenced>
  /** How many plans have an entitlement of each feature, oldest feature first. */
  readonly planCounts: () => Call<ReadonlyArray<FeatureCount>>
}

export class Features extends Context.Tag("billwright/Features")<Features, FeaturesShape>() {
  static readonly layer: Layer.Layer<Features, never, FeatureStore | Transactor | Ids> = Layer.effect(
    Features,
    Effect.gen(function* () {
      const store = yield* FeatureStore
      const transactor = yield* Transactor
      const ids = yield* Ids

      const by = byName((id) => new FeatureNotFound({ id }))

      return Features.of({
        create: Effect.fn("Features.create")(function* (input) {
          const given = yield* decodeCreate(input)
          const organization_id = yield* CurrentOrganization
          const now = yield* DateTime.now
          const feature: Feature = { ...given, id: FeatureId.make(yield* ids.next), organization_id, created_at: now, updated_at: now }
          yield* transactor.transaction(store.insert(feature))
          return feature
        }),

        get: Effect.fn("Features.get")(by(store.find)),

        list: Effect.fn("Features.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "code", "name"])
          return pageOf(request, yield* store.page(given, request))
        }),

        update: Effect.fn("Features.update")(function* (name, input) {
          const given = yield* decodeUpdate(input)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              const before = yield* by(store.lock)(name)
              const after: Feature = { ...before, ...named(given), updated_at: yield* DateTime.now }
              if (after.feature_type !== before.feature_type) return yield* new Immutable({ field: "feature_type" })
              yield* store.save(after)
              return after
            })
          )
        }),

        delete: Effect.fn("Features.delete")(function* (name) {
          yield* transactor.transaction(
            Effect.gen(function* () {
              const feature = yield* by(store.lock)(name)
              const count = yield* store.entitled(feature)
              if (count > 0) return yield* new StillReferenced({ by: "entitlements", count })
              yield* store.delete(feature)
            })
          )
        }),

        planCounts: Effect.fn("Features.planCounts")(() => store.counts)
      })
    })
  )
}
