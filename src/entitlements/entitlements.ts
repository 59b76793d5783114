/** The service of entitlements: what plans grant, and checks of who has access to what. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerNotFound } from "../accounts/index.js"
import { type Plan, type PlanName, PlanNotFound, PlanStore, SamePlan, SubscriptionNotFound } from "../catalog/index.js"
import {
  byId,
  CurrentOrganization,
  canName,
  decodeInput,
  Ids,
  InvalidInput,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { freshCache } from "./cache.js"
import { type CheckEntitlementInput, type CheckFacts, CheckInput, changesAt, decide, type EntitlementCheck, subjectOf } from "./check.js"
import {
  type CopiedEntitlements,
  CopyEntitlements,
  type CopyEntitlementsInput,
  CreateEntitlement,
  type CreateEntitlementInput,
  type Entitlement,
  EntitlementId,
  type FeatureEntitlement,
  type LimitType,
  ListEntitlements,
  type ListEntitlementsInput,
  UpdateEntitlement,
  type UpdateEntitlementInput
} from "./entitlement.js"
import { type EntitlementExists, EntitlementNotFound, FeatureNotFound } from "./errors.js"
import type { FeatureType } from "./feature.js"
import type { PeriodUsed } from "./grant.js"
import { EntitlementUsage } from "./live-usage.js"
import { EntitlementStore, FeatureStore, type GrantSubject } from "./store.js"
import { entitlementValue } from "./value.js"

const decodeCreate = decodeInput(CreateEntitlement)
const decodeUpdate = decodeInput(UpdateEntitlement)
const decodeList = decodeInput(ListEntitlements)
const decodeCopy = decodeInput(CopyEntitlements)
const decodeCheck = decodeInput(CheckInput)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface EntitlementsShape {
  /**
   * Lets a plan grant a feature, once each: for all of its subscriptions, whatever version of the plan they are on.
   *
   * Fails with `InvalidInput` (the value is not of the feature's type, a hard limit of what is no quantity), `PlanNotFound`,
   * `FeatureNotFound`, `EntitlementExists`.
   *
   * @see spec billing 5.2, 5.4
   */
  readonly create: (
    input: CreateEntitlementInput
  ) => Call<FeatureEntitlement, InvalidInput | PlanNotFound | FeatureNotFound | EntitlementExists>
  /** Fails with `EntitlementNotFound`. */
  readonly get: (id: string) => Call<FeatureEntitlement, EntitlementNotFound>
  /** Sorted by `created_at`. Fails with `InvalidInput`. */
  readonly list: (input?: ListEntitlementsInput) => Call<Page<Entitlement>, InvalidInput>
  /** Fails with `InvalidInput`, `EntitlementNotFound`. */
  readonly update: (id: string, input: UpdateEntitlementInput) => Call<FeatureEntitlement, InvalidInput | EntitlementNotFound>
  /** Fails with `EntitlementNotFound`. */
  readonly delete: (id: string) => Call<void, EntitlementNotFound>
  /** Copies all of a plan to another one. Fails with `InvalidInput`, `PlanNotFound`, `SamePlan`. */
  readonly copy: (input: CopyEntitlementsInput) => Call<CopiedEntitlements, InvalidInput | PlanNotFound | SamePlan>
  /** All of a plan, by the feature's code. Fails with `PlanNotFound`. */
  readonly ofPlan: (name: PlanName) => Call<ReadonlyArray<FeatureEntitlement>, PlanNotFound>
  /** All of a subscription's plan, by the feature's code. Fails with `SubscriptionNotFound`. */
  readonly ofSubscription: (
    ref: { readonly id: string } | { readonly external_id: string }
  ) => Call<ReadonlyArray<FeatureEntitlement>, SubscriptionNotFound>
  /**
   * Whether a customer, or one subscription, has access to a feature, and why: no entitlement is no error. A quantity is held against the
   * usage of the running period, where a metric has the feature's code. Kept in memory for at most a second, never over a commit of this
   * process; inside a transaction it always reads.
   *
   * Fails with `InvalidInput`, `FeatureNotFound`, `CustomerNotFound`, `SubscriptionNotFound`.
   *
   * @see spec billing 5.4
   */
  readonly check: (
    input: CheckEntitlementInput
  ) => Call<EntitlementCheck, InvalidInput | FeatureNotFound | CustomerNotFound | SubscriptionNotFound>
}

const hardLimit = (type: FeatureType, limit_type: LimitType | undefined) =>
  limit_type === "hard" && type !== "quantity"
    ? new InvalidInput({ field: "limit_type", reason: "only a quantity has a hard limit" })
    : Effect.void

const absent = ({ kind, value }: GrantSubject): CustomerNotFound | SubscriptionNotFound =>
  kind === "customer" ? new CustomerNotFound({ id: value }) : new SubscriptionNotFound({ id: value })

const NOTHING_USED: ReadonlyMap<string, PeriodUsed> = new Map()

const MOST_SEEN = 10_000

type Needs = EntitlementStore | FeatureStore | PlanStore | EntitlementUsage | Transactor | Ids

export class Entitlements extends Context.Tag("billwright/Entitlements")<Entitlements, EntitlementsShape>() {
  static readonly layer: Layer.Layer<Entitlements, never, Needs> = Layer.effect(
    Entitlements,
    Effect.gen(function* () {
      const store = yield* EntitlementStore
      const features = yield* FeatureStore
      const plans = yield* PlanStore
      const usage = yield* EntitlementUsage
      const { isOpen, transaction } = yield* Transactor
      const ids = yield* Ids
      const cache = freshCache<CheckFacts>()

      const planBy =
        (read: (name: PlanName) => Call<Plan | undefined>) =>
        (name: PlanName): Call<Plan, PlanNotFound> =>
          Effect.gen(function* () {
            const found = canName(name, "code") ? yield* read(name) : undefined
            return found ?? (yield* new PlanNotFound({ id: "id" in name ? name.id : name.code }))
          })

      const by = byId((id) => new EntitlementNotFound({ id }))

      // What was seen to be counted is read with its usage at once: this says which way is shorter, never what the answer is.
      const seen = new Set<string>()

      const factsOf = Effect.fnUntraced(function* (subject: GrantSubject, feature_code: string) {
        const name = `${yield* CurrentOrganization} ${feature_code}`
        if (!seen.has(name)) {
          const facts = yield* store.facts(subject, feature_code)
          if (facts.feature?.feature_type !== "quantity" || facts.metric_id === null) return { used: NOTHING_USED, ...facts }
          if (seen.size >= MOST_SEEN) seen.clear()
          seen.add(name)
        }
        return yield* usage.facts(subject, feature_code)
      })

      const readFacts = Effect.fnUntraced(function* (subject: GrantSubject, feature_code: string) {
        if (subject.by === "id" && !isUuid(subject.value)) return yield* absent(subject)
        const { feature, subject: known, ...found } = yield* factsOf(subject, feature_code)
        if (feature === null) return yield* new FeatureNotFound({ id: feature_code })
        if (known === null) return yield* absent(subject)
        return { subject: `${subject.kind} ${known}`, feature, ...found }
      })

      return Entitlements.of({
        create: Effect.fn("Entitlements.create")(function* (input) {
          const { feature_code, limit_type, plan_code, value } = yield* decodeCreate(input)
          return yield* transaction(
            Effect.gen(function* () {
              const plan = yield* planBy(plans.lockShared)({ code: plan_code })
              const feature = (yield* features.lockShared({ code: feature_code })) ?? (yield* new FeatureNotFound({ id: feature_code }))
              yield* hardLimit(feature.feature_type, limit_type)
              const now = yield* DateTime.now
              const entitlement: Entitlement = {
                id: EntitlementId.make(yield* ids.next),
                organization_id: feature.organization_id,
                plan_id: plan.id,
                feature_id: feature.id,
                value: yield* entitlementValue(feature.feature_type, value),
                limit_type: limit_type ?? "soft",
                created_at: now,
                updated_at: now
              }
              yield* store.insert(entitlement)
              const { code, feature_type, name } = feature
              return { ...entitlement, feature_code: code, feature_name: name, feature_type }
            })
          )
        }),

        get: Effect.fn("Entitlements.get")(by(store.find)),

        list: Effect.fn("Entitlements.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          const none = [given.plan_id, given.feature_id].some((id) => id !== undefined && !isUuid(id))
          return pageOf(request, none ? { rows: [], total: request.total ? 0 : null } : yield* store.page(given, request))
        }),

        update: Effect.fn("Entitlements.update")(function* (id, input) {
          const { limit_type, value } = yield* decodeUpdate(input)
          return yield* transaction(
            Effect.gen(function* () {
              const before = yield* by(store.lock)(id)
              yield* hardLimit(before.feature_type, limit_type)
              const after: FeatureEntitlement = {
                ...before,
                value: value === undefined ? before.value : yield* entitlementValue(before.feature_type, value),
                limit_type: limit_type ?? before.limit_type,
                updated_at: yield* DateTime.now
              }
              yield* store.save(after)
              return after
            })
          )
        }),

        delete: Effect.fn("Entitlements.delete")(function* (id) {
          const removed = isUuid(id) && (yield* transaction(store.remove(id)))
          if (!removed) return yield* new EntitlementNotFound({ id })
        }),

        copy: Effect.fn("Entitlements.copy")(function* (input) {
          const { from_plan_code, to_plan_code } = yield* decodeCopy(input)
          return yield* transaction(
            Effect.gen(function* () {
              // The target's lock: nothing is granted by it meanwhile, so that the counts are right.
              const to = yield* planBy(plans.lock)({ code: to_plan_code })
              const from = yield* planBy(plans.find)({ code: from_plan_code })
              if (from.id === to.id) return yield* new SamePlan({ plan_id: to.id })
              const granted = yield* store.ofPlan(from.id)
              const known = new Set((yield* store.ofPlan(to.id)).map(({ feature_id }) => feature_id))
              const missing = granted.filter(({ feature_id }) => !known.has(feature_id))
              const now = yield* DateTime.now
              const fresh = yield* ids.many(missing.length)
              yield* store.insertAll(
                missing.map(({ feature_id, limit_type, organization_id, value }, index) => ({
                  id: EntitlementId.make(fresh[index]!),
                  organization_id,
                  plan_id: to.id,
                  feature_id,
                  value,
                  limit_type,
                  created_at: now,
                  updated_at: now
                }))
              )
              return { copied: missing.length, skipped: granted.length - missing.length }
            })
          )
        }),

        ofPlan: Effect.fn("Entitlements.ofPlan")(function* (name) {
          return yield* store.ofPlan((yield* planBy(plans.find)(name)).id)
        }),

        ofSubscription: Effect.fn("Entitlements.ofSubscription")(function* (ref) {
          const found = canName(ref, "external_id") ? yield* store.ofSubscription(ref) : undefined
          return found ?? (yield* new SubscriptionNotFound({ id: "id" in ref ? ref.id : ref.external_id }))
        }),

        check: Effect.fn("Entitlements.check")(function* (input) {
          const given = yield* decodeCheck(input)
          const organization = yield* CurrentOrganization
          const subject = subjectOf(given)
          const read = readFacts(subject, given.feature_code)
          const now = yield* DateTime.now
          const key = JSON.stringify([subject.kind, subject.by, subject.value, given.feature_code])
          const facts = (yield* isOpen) ? yield* read : yield* cache.get(organization, key, read, (value) => changesAt(value, now))
          return decide(facts, given.units, now)
        })
      })
    })
  )
}
