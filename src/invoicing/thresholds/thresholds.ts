/** The service of usage thresholds. They are checked as events arrive, and on request. */
import { Context, DateTime, Effect, Layer } from "effect"
import { PlanNotFound, PlanStore } from "../../catalog/index.js"
import {
  CurrencyMismatch,
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
} from "../../core/index.js"
import { SubscriptionNotFound, type SubscriptionRef, SubscriptionStore } from "../../subscriptions/index.js"
import { InvoiceNotRatable } from "../errors.js"
import { ThresholdChecks } from "./check.js"
import { UsageThresholdNotFound } from "./errors.js"
import { UsageThresholdStore } from "./store.js"
import {
  type AppliedUsageThreshold,
  CreateThreshold,
  type CreateThresholdInput,
  ListCrossings,
  type ListCrossingsInput,
  ListThresholds,
  type ListThresholdsInput,
  type UsageThreshold,
  UsageThresholdId
} from "./threshold.js"

const decodeCreate = decodeInput(CreateThreshold)
const decodeList = decodeInput(ListThresholds)
const decodeCrossings = decodeInput(ListCrossings)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface UsageThresholdsShape {
  /**
   * Adds a threshold to a plan, for all its subscriptions that have none of their own, or to one subscription. The next check
   * looks at it: one that usage has passed already is crossed then.
   *
   * Fails with `InvalidInput` (no owner or two, the owner has one of this amount and kind), `PlanNotFound`,
   * `SubscriptionNotFound`, `CurrencyMismatch`.
   *
   * @see decisions P14
   */
  readonly create: (
    input: CreateThresholdInput
  ) => Call<UsageThreshold, InvalidInput | PlanNotFound | SubscriptionNotFound | CurrencyMismatch>
  /** Fails with `UsageThresholdNotFound`. */
  readonly get: (id: string) => Call<UsageThreshold, UsageThresholdNotFound>
  /** Sorted by `amount_cents`, the lowest first unless ordered otherwise, or `created_at`. */
  readonly list: (input?: ListThresholdsInput) => Call<Page<UsageThreshold>, InvalidInput>
  /** Deletes one that was never crossed, retires another. Fails with `UsageThresholdNotFound`, also where it is retired. */
  readonly delete: (id: string) => Call<void, UsageThresholdNotFound>
  /** What subscriptions crossed, oldest first unless ordered otherwise, several at once by amount. */
  readonly crossings: (input?: ListCrossingsInput) => Call<Page<AppliedUsageThreshold>, InvalidInput>
  /**
   * The check that follows an ingestion: records what the subscription has crossed, by amount, and issues one invoice for it,
   * unless nothing is left to bill. Where nothing is new it does nothing.
   *
   * Fails with `SubscriptionNotFound`, `InvoiceNotRatable`.
   *
   * @see decisions P14
   */
  readonly check: (ref: SubscriptionRef) => Call<ReadonlyArray<AppliedUsageThreshold>, SubscriptionNotFound | InvoiceNotRatable>
}

const nameOf = (ref: SubscriptionRef): string => ("id" in ref ? ref.id : ref.external_id)

export class UsageThresholds extends Context.Tag("billwright/UsageThresholds")<UsageThresholds, UsageThresholdsShape>() {
  static readonly layer: Layer.Layer<
    UsageThresholds,
    never,
    UsageThresholdStore | PlanStore | SubscriptionStore | ThresholdChecks | Transactor | Ids
  > = Layer.effect(
    UsageThresholds,
    Effect.gen(function* () {
      const store = yield* UsageThresholdStore
      const plans = yield* PlanStore
      const subscriptions = yield* SubscriptionStore
      const checks = yield* ThresholdChecks
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const findPlan = (name: { readonly id: string } | { readonly code: string }) =>
        Effect.flatMap(plans.find(name), (plan) =>
          plan === undefined ? new PlanNotFound({ id: "id" in name ? name.id : name.code }) : Effect.succeed(plan)
        )

      const findSubscription = (ref: SubscriptionRef) =>
        Effect.flatMap(canName(ref, "external_id") ? subscriptions.find(ref) : Effect.succeed(undefined), (row) =>
          row === undefined ? new SubscriptionNotFound({ id: nameOf(ref) }) : Effect.succeed(row)
        )

      /** The owner that an input names, with the plan whose currency counts. */
      const ownerOf = Effect.fnUntraced(function* ({ external_subscription_id, plan_code }: typeof CreateThreshold.Type) {
        if ((external_subscription_id === undefined) === (plan_code === undefined)) {
          return yield* new InvalidInput({ field: "plan_code", reason: "expected a plan or a subscription, and not both" })
        }
        if (plan_code !== undefined) {
          const plan = yield* findPlan({ code: plan_code })
          return { plan, plan_id: plan.id as string, subscription_id: null }
        }
        const row = yield* findSubscription({ external_id: external_subscription_id! })
        return { plan: yield* findPlan({ id: row.plan_id }), plan_id: null, subscription_id: row.id as string }
      })

      return UsageThresholds.of({
        create: Effect.fn("UsageThresholds.create")(function* (input) {
          const given = yield* decodeCreate(input)
          return yield* transaction(
            Effect.gen(function* () {
              const { plan, plan_id, subscription_id } = yield* ownerOf(given)
              if (given.currency !== undefined && given.currency !== plan.currency) {
                return yield* new CurrencyMismatch({ expected: plan.currency, given: given.currency })
              }
              const now = yield* DateTime.now
              const threshold: UsageThreshold = {
                id: UsageThresholdId.make(yield* ids.next),
                organization_id: yield* CurrentOrganization,
                plan_id,
                subscription_id,
                amount_cents: given.amount_cents,
                currency: plan.currency,
                recurring: given.recurring,
                threshold_display_name: given.threshold_display_name,
                retired_at: null,
                created_at: now,
                updated_at: now
              }
              yield* Effect.catchIf(
                store.insert(threshold),
                (error) => error.reason === "unique",
                () => new InvalidInput({ field: "amount_cents", reason: "there is a threshold of this amount and kind" })
              )
              return threshold
            })
          )
        }),

        get: Effect.fn("UsageThresholds.get")(function* (id) {
          const found = isUuid(id) ? yield* store.find(id) : undefined
          return found ?? (yield* new UsageThresholdNotFound({ id }))
        }),

        list: Effect.fn("UsageThresholds.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest({ order_by: "amount_cents:asc", ...given }, ["amount_cents", "created_at"])
          return pageOf(request, yield* store.page(given, request))
        }),

        delete: Effect.fn("UsageThresholds.delete")(function* (id) {
          const removed = isUuid(id) && (yield* transaction(Effect.flatMap(DateTime.now, (now) => store.remove(id, now))))
          if (!removed) return yield* new UsageThresholdNotFound({ id })
        }),

        crossings: Effect.fn("UsageThresholds.crossings")(function* (input = {}) {
          const given = yield* decodeCrossings(input)
          const request = yield* pageRequest({ order_by: "crossed_at:asc", ...given }, ["crossed_at"])
          return pageOf(request, yield* store.pageCrossings(given, request))
        }),

        check: Effect.fn("UsageThresholds.check")(function* (ref) {
          return yield* transaction(
            Effect.gen(function* () {
              const { id } = yield* findSubscription(ref)
              const { crossed, unrated } = yield* checks.check(yield* subscriptions.lock([id]), yield* DateTime.now)
              if (unrated[0] !== undefined) return yield* new InvoiceNotRatable({ id, reason: unrated[0].error.message })
              return crossed.flatMap(({ crossings }) => crossings)
            })
          )
        })
      })
    })
  )
}
