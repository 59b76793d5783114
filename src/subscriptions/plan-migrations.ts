/** Running subscriptions move to their plan's current version with their next period (S8). */
import { DateTime, Effect, Either, Layer } from "effect"
import { CustomerStore } from "../accounts/index.js"
import {
  type MigrationItem,
  type MigrationRefusal,
  type Plan,
  PlanMigrations,
  PlanNotFound,
  PlanStore,
  PlanTerms
} from "../catalog/index.js"
import { type CurrentOrganization, InvalidTransition, isUuid, type StorageError, Transactor } from "../core/index.js"
import { SubscriptionBilling } from "./billing-port.js"
import { SubscriptionNotFound } from "./errors.js"
import { boundaryOf } from "./schedule.js"
import { loadSchedules, type Scheduled } from "./schedules.js"
import { isOver } from "./state.js"
import { SubscriptionStore } from "./store.js"
import type { Subscription } from "./subscription.js"

/** Subscriptions of one transaction. */
const AT_ONCE = 500

/** The row with the plan's version to come; at once where it has not started. */
const migrated = (row: Subscription | undefined, id: string, plan: Plan): Either.Either<Subscription, MigrationRefusal> => {
  if (row === undefined || row.plan_id !== plan.id) return Either.left(new SubscriptionNotFound({ id }))
  if (isOver(row)) return Either.left(new InvalidTransition({ entity: "Subscription", id, from: row.status, action: "migrate" }))
  if (row.started_at === null) return Either.right({ ...row, plan_version: plan.version })
  return Either.right({ ...row, migrates_to_version: row.plan_version === plan.version ? null : plan.version })
}

const effectiveAt = (before: Subscription, { row, schedule }: Scheduled, now: DateTime.Utc): DateTime.Utc | null => {
  if (row.migrates_to_version === null) return row.plan_version === before.plan_version ? null : now
  const boundary = boundaryOf(schedule, schedule.window!)
  return row.ending_at !== null && DateTime.lessThanOrEqualTo(row.ending_at, boundary) ? null : boundary
}

export const planMigrationsLayer: Layer.Layer<
  PlanMigrations,
  never,
  SubscriptionStore | SubscriptionBilling | CustomerStore | PlanStore | PlanTerms | Transactor
> = Layer.effect(
  PlanMigrations,
  Effect.gen(function* () {
    const store = yield* SubscriptionStore
    const billing = yield* SubscriptionBilling
    const customers = yield* CustomerStore
    const plans = yield* PlanStore
    const terms = yield* PlanTerms
    const { transaction } = yield* Transactor

    /** The plan in its current version, which does not change meanwhile. */
    const current = Effect.fnUntraced(function* (id: string) {
      return (yield* plans.lockShared({ id })) ?? (yield* new PlanNotFound({ id }))
    })

    /** Stores what moves of locked rows, for which nothing is due, and answers for each id. */
    const settle = Effect.fnUntraced(function* (plan: Plan, ids: ReadonlyArray<string>, rows: ReadonlyArray<Subscription>) {
      const now = yield* DateTime.now
      const known = new Map(rows.map((row) => [row.id as string, row]))
      const decided = ids.map((id) => ({ id, after: migrated(known.get(id), id, plan) }))
      const moved = decided.flatMap(({ after }) => (Either.isRight(after) ? [{ ...after.right, updated_at: now }] : []))
      const zones = new Map((yield* customers.load(moved.map((row) => row.customer_id))).map((one) => [one.id as string, one.timezone]))
      const scheduled = yield* loadSchedules({ store, terms }, moved, (row) => zones.get(row.customer_id)!)
      yield* store.save(moved)
      const at = new Map(scheduled.map((one) => [one.row.id as string, effectiveAt(known.get(one.row.id)!, one, now)]))
      return decided.map(
        ({ after, id }): MigrationItem =>
          Either.isLeft(after)
            ? { id, ok: false, error: after.left }
            : { id, ok: true, from_version: known.get(id)!.plan_version, to_version: plan.version, effective_at: at.get(id)! }
      )
    })

    /** One that has work due before now: that is billed first, by the version that it was due under. */
    const migrateOverdue = (plan_id: string, id: string): Effect.Effect<MigrationItem, PlanNotFound | StorageError, CurrentOrganization> =>
      transaction(
        Effect.gen(function* () {
          const now = yield* DateTime.now
          const rows = yield* store.lock([id])
          const caughtUp = yield* Effect.forEach(rows, (row) => billing.catchUp(row, now, now))
          return (yield* settle(yield* current(plan_id), [id], caughtUp))[0]!
        })
      ).pipe(Effect.catchTag("BillingFailed", (error) => Effect.succeed<MigrationItem>({ id, ok: false, error })))

    const migrateSome = Effect.fnUntraced(function* (plan_id: string, ids: ReadonlyArray<string>) {
      const { items, overdue } = yield* transaction(
        Effect.gen(function* () {
          const now = yield* DateTime.now
          const plan = yield* current(plan_id)
          const rows = yield* store.lock(ids.filter(isUuid))
          const late = new Set<string>(
            rows.filter((row) => row.next_due_at !== null && DateTime.lessThan(row.next_due_at, now)).map((row) => row.id)
          )
          const ready = ids.filter((id) => !late.has(id))
          return { overdue: [...late], items: yield* settle(plan, ready, rows) }
        })
      )
      const done = new Map([...items, ...(yield* Effect.forEach(overdue, (id) => migrateOverdue(plan_id, id)))].map((one) => [one.id, one]))
      return ids.map((id) => done.get(id)!)
    })

    const migrateAll = Effect.fnUntraced(function* (plan_id: string) {
      const items: Array<MigrationItem> = []
      for (let after: string | null = null; ; ) {
        const ids: ReadonlyArray<string> = yield* store.behind(plan_id, after, AT_ONCE)
        if (ids.length === 0) return items
        items.push(...(yield* migrateSome(plan_id, ids)))
        after = ids.at(-1)!
      }
    })

    return PlanMigrations.of({
      migrate: Effect.fn("PlanMigrations.migrate")((plan_id, ids) =>
        ids === undefined ? migrateAll(plan_id) : migrateSome(plan_id, [...new Set(ids)])
      )
    })
  })
)
