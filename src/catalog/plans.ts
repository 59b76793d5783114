/** The service of plans: made and changed as a whole, charges and filters included. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { OrganizationNotFound, OrganizationStore } from "../accounts/index.js"
import {
  byName,
  type CodeTaken,
  CurrentOrganization,
  currencyIfGiven,
  decodeInput,
  Ids,
  Immutable,
  type InvalidInput,
  isUuid,
  localDate,
  named,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  periodAt,
  StillReferenced,
  type StorageError,
  Text,
  Transactor,
  type UnknownCurrency
} from "../core/index.js"
import { MetricStore } from "../metering/index.js"
import type { ChargeEntry } from "./charge-input.js"
import { type ChargeContext, type ChargeSetError, chargeSet, idsNeeded } from "./charge-set.js"
import { type Commitment, CommitmentId } from "./commitment.js"
import { CustomFunctions } from "./custom-functions.js"
import { PlanNotFound } from "./errors.js"
import type { FullPlan, Plan } from "./plan.js"
import { PlanId } from "./plan-id.js"
import { type CommitmentEntry, CreatePlan, type CreatePlanInput, UpdatePlan, type UpdatePlanInput } from "./plan-input.js"
import { MigratePlan, type MigratePlanInput, type MigrationResult, PlanMigrations } from "./plan-migrations.js"
import { type PlanSimulation, SimulatePlan, type SimulatePlanInput, type SimulationError, simulatePlan } from "./simulation.js"
import { type PlanCount, type PlanName, PlanStore } from "./store.js"
import { billsAlike } from "./version.js"

const decodeCreate = decodeInput(CreatePlan)
const decodeUpdate = decodeInput(UpdatePlan)
const decodeMigration = decodeInput(MigratePlan)
const decodeSimulation = decodeInput(SimulatePlan)
const ListPlans = Schema.Struct({ ...pageFields, metric_code: Schema.optional(Text.name(255)) })
/** What `Plans.list` takes: a page, and the code of a metric that the plans price now. */
export type ListPlansInput = typeof ListPlans.Encoded
const decodeList = decodeInput(ListPlans)

type WriteError = InvalidInput | UnknownCurrency | CodeTaken | ChargeSetError | StorageError

export interface PlansShape {
  /**
   * Makes a plan with its charges and their filters, all or nothing.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `CodeTaken`, `MetricNotFound`, `InvalidChargeProperties` (the path within
   * the charge, and which charge of the plan).
   *
   * @see decisions P3, P5, N6
   */
  readonly create: (input: CreatePlanInput) => Effect.Effect<FullPlan, WriteError | OrganizationNotFound, CurrentOrganization>
  /** A plan in its current version, by id or code. Fails with `PlanNotFound`. */
  readonly get: (name: PlanName) => Effect.Effect<FullPlan, PlanNotFound | StorageError, CurrentOrganization>
  /** Sorted by `created_at`, `code` or `name`. */
  readonly list: (input?: ListPlansInput) => Effect.Effect<Page<FullPlan>, InvalidInput | StorageError, CurrentOrganization>
  /**
   * Changes a plan. `charges` states the whole set: with an id that charge is changed, without one a charge is added, one
   * left out leaves the plan. Where anything that is billed changes, the plan gets a new version: new subscriptions take
   * it, running ones keep theirs.
   *
   * Fails as `create` does, with `PlanNotFound`, `ChargeNotFound`, `ChargeFilterNotFound`, and `Immutable` for the interval
   * and for the currency once there was a subscription.
   *
   * @see decisions S8
   */
  readonly update: (name: PlanName, input: UpdatePlanInput) => Effect.Effect<FullPlan, WriteError | PlanNotFound, CurrentOrganization>
  /**
   * Deletes a plan that no subscription ever had, with its charges and commitment; a downgrade that waits for it is called off.
   *
   * Fails with `PlanNotFound`, `StillReferenced` by `subscriptions`.
   *
   * @see spec billing 5.2, 25
   */
  readonly delete: (name: PlanName) => Effect.Effect<void, PlanNotFound | StillReferenced | StorageError, CurrentOrganization>
  /**
   * Lets running subscriptions take the current version with their next period, those that have not started at once: up to a hundred
   * that are named, or all that are on an older version. Each succeeds or fails by itself; asking again changes nothing.
   *
   * Fails with `InvalidInput`, `PlanNotFound`; an item with `SubscriptionNotFound` where the plan has no such subscription,
   * `InvalidTransition` where it is over, `BillingFailed` where what was due before cannot be billed.
   *
   * @see decisions S8
   */
  readonly migrate: (
    name: PlanName,
    input?: MigratePlanInput
  ) => Effect.Effect<MigrationResult, InvalidInput | PlanNotFound | StorageError, CurrentOrganization>
  /** How many subscriptions have each plan now, oldest plan first; ended ones count for the plan that they ended on. */
  readonly subscriptionCounts: () => Effect.Effect<ReadonlyArray<PlanCount>, StorageError, CurrentOrganization>
  /**
   * What a full period of the current version would cost for numbers of units: the base amount and every charge, a percentage
   * model taking its units as one transaction. Nothing is stored.
   *
   * Fails with `InvalidInput`, `PlanNotFound`, `ChargeNotFound`, `ChargeFilterNotFound`, `ChargeNotRatable`.
   *
   * @see spec pricing 8
   */
  readonly simulate: (
    name: PlanName,
    input: SimulatePlanInput
  ) => Effect.Effect<PlanSimulation, SimulationError | PlanNotFound | StorageError, CurrentOrganization>
}

const commitmentOf = (
  entry: CommitmentEntry,
  former: Commitment | null,
  owner: Pick<Plan, "id" | "organization_id">,
  now: DateTime.Utc,
  id: string
): Commitment => ({
  ...entry,
  id: former?.id ?? CommitmentId.make(id),
  organization_id: owner.organization_id,
  plan_id: owner.id,
  commitment_type: "minimum_commitment",
  created_at: former?.created_at ?? now,
  updated_at: now
})

export class Plans extends Context.Tag("billwright/Plans")<Plans, PlansShape>() {
  static readonly layer: Layer.Layer<Plans, never, PlanStore | MetricStore | OrganizationStore | PlanMigrations | Transactor | Ids> =
    Layer.effect(
      Plans,
      Effect.gen(function* () {
        const store = yield* PlanStore
        const metrics = yield* MetricStore
        const organizations = yield* OrganizationStore
        const migrations = yield* PlanMigrations
        const transactor = yield* Transactor
        const ids = yield* Ids
        const functions = yield* CustomFunctions

        const by = byName((id) => new PlanNotFound({ id }))

        const charges = Effect.fnUntraced(function* (entries: ReadonlyArray<ChargeEntry>, context: Omit<ChargeContext, "metrics" | "ids">) {
          const known = context.current.map((charge) => charge.billable_metric_id as string)
          const metric_ids = [...known, ...entries.flatMap(({ billable_metric_id: id }) => (id === undefined || !isUuid(id) ? [] : [id]))]
          const codes = entries.flatMap(({ metric_code }) => (metric_code === undefined ? [] : [metric_code]))
          const fresh = (yield* ids.many(idsNeeded(entries)))[Symbol.iterator]()
          return yield* chargeSet(entries, { ...context, ids: fresh, metrics: yield* metrics.load({ ids: metric_ids, codes }) })
        })

        const create: PlansShape["create"] = Effect.fn("Plans.create")(function* (input) {
          const { charges: entries, commitment, currency: code, ...given } = yield* decodeCreate(input)
          const currency = yield* currencyIfGiven(code)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              const organization_id = yield* CurrentOrganization
              const organization = (yield* organizations.current) ?? (yield* new OrganizationNotFound({ id: organization_id }))
              const now = yield* DateTime.now
              const id = PlanId.make(yield* ids.next)
              const plan: FullPlan = {
                ...given,
                id,
                organization_id,
                currency: currency ?? organization.default_currency,
                version: 1,
                charges: yield* charges(entries, { organization_id, plan_id: id, now, current: [] }),
                commitment: commitment === null ? null : commitmentOf(commitment, null, { id, organization_id }, now, yield* ids.next),
                created_at: now,
                updated_at: now
              }
              yield* store.insert(plan)
              return plan
            })
          )
        })

        const update: PlansShape["update"] = Effect.fn("Plans.update")(function* (name, input) {
          const { charges: entries, commitment, currency: code, ...given } = yield* decodeUpdate(input)
          const currency = yield* currencyIfGiven(code)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              const [before] = yield* store.complete([yield* by(store.lock)(name)])
              const in_use = yield* store.isSubscribed(before!.id)
              const now = yield* DateTime.now
              const { id, organization_id } = before!
              const draft: FullPlan = {
                ...before!,
                ...named({ ...given, currency }),
                charges:
                  entries === undefined
                    ? before!.charges
                    : yield* charges(entries, { organization_id, plan_id: id, now, current: before!.charges }),
                commitment:
                  commitment === undefined
                    ? before!.commitment
                    : commitment && commitmentOf(commitment, before!.commitment, before!, now, yield* ids.next),
                updated_at: now
              }
              if (draft.interval !== before!.interval) return yield* new Immutable({ field: "interval" })
              if (in_use && draft.currency !== before!.currency) return yield* new Immutable({ field: "currency" })
              const after = billsAlike(before!, draft) ? draft : { ...draft, version: before!.version + 1 }
              yield* store.save({ before: before!, after, in_use, at: now })
              return after
            })
          )
        })

        const get = Effect.fn("Plans.get")(function* (name: PlanName) {
          const [plan] = yield* store.complete([yield* by(store.find)(name)])
          return plan!
        })

        return Plans.of({
          create,
          update,
          get,
          delete: Effect.fn("Plans.delete")(function* (name) {
            yield* transactor.transaction(
              Effect.gen(function* () {
                const plan = yield* by(store.lock)(name)
                const count = yield* store.subscribers(plan.id)
                if (count > 0) return yield* new StillReferenced({ by: "subscriptions", count })
                yield* store.remove(plan)
              })
            )
          }),
          migrate: Effect.fn("Plans.migrate")(function* (name, input = {}) {
            const { subscription_ids } = yield* decodeMigration(input)
            const plan = yield* by(store.find)(name)
            const items = yield* migrations.migrate(plan.id, subscription_ids)
            const succeeded = items.filter((item) => item.ok).length
            return { items, succeeded, failed: items.length - succeeded }
          }),
          subscriptionCounts: Effect.fn("Plans.subscriptionCounts")(() => store.subscriptionCounts),
          simulate: Effect.fn("Plans.simulate")(function* (name, input) {
            const given = yield* decodeSimulation(input)
            const plan = yield* get(name)
            const found = yield* metrics.load({ ids: [...new Set(plan.charges.map((charge) => charge.billable_metric_id))], codes: [] })
            const now = yield* DateTime.now
            const rule = { interval: plan.interval, billing_time: "calendar", anchor: localDate(now, "UTC"), timezone: "UTC" } as const
            const { end, start } = periodAt(rule, now)
            return yield* simulatePlan(plan, given, {
              metrics: new Map(found.map((metric) => [metric.id, metric])),
              functions,
              period: { from: start, to: end }
            })
          }),
          list: Effect.fn("Plans.list")(function* (input = {}) {
            const { metric_code, ...given } = yield* decodeList(input)
            const request = yield* pageRequest(given, ["created_at", "code", "name"])
            const { rows, total } = yield* store.page({ metric_code }, request)
            return pageOf(request, { rows: yield* store.complete(rows), total })
          })
        })
      })
    )
}
