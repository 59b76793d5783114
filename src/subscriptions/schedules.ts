/** Schedules of stored subscriptions: loaded with a constant number of statements. */
import { Array as Arr, Effect, Option } from "effect"
import type { PlanRef, PlanTerms, VersionTerms } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { ScheduleState } from "./schedule-state.js"
import { scheduleOf, waitingRef } from "./state.js"
import type { SubscriptionStore } from "./store.js"
import type { Subscription } from "./subscription.js"

/** A row's schedule, and the terms of its plan. */
export interface Scheduled {
  readonly row: Subscription
  readonly schedule: ScheduleState
  readonly terms: VersionTerms
}

const refOf = (row: Subscription): PlanRef => ({ plan_id: row.plan_id, version: row.plan_version })

const refsOf = (row: Subscription): ReadonlyArray<PlanRef> => [refOf(row), ...Option.toArray(Option.fromNullable(waitingRef(row)))]

/** The schedules of rows, in order; `timezoneOf` knows their customers' zones. */
export const loadSchedules = (
  { store, terms }: { readonly store: typeof SubscriptionStore.Service; readonly terms: typeof PlanTerms.Service },
  rows: ReadonlyArray<Subscription>,
  timezoneOf: (row: Subscription) => string
): Effect.Effect<ReadonlyArray<Scheduled>, StorageError, CurrentOrganization> =>
  Effect.gen(function* () {
    const refs = rows.flatMap(refsOf)
    // The database keeps a plan that a subscription refers to.
    const lookup = yield* Effect.catchTag(terms.load(refs), "PlanNotFound", Effect.die)
    const intervals = new Map(refs.map((ref) => [ref.plan_id, lookup(ref).plan.interval]))
    const pauses = Arr.groupBy(yield* store.pauses(rows.map((row) => row.id)), (pause) => pause.subscription_id)
    return rows.map((row): Scheduled => {
      const context = { intervalOf: (plan_id: string) => intervals.get(plan_id)!, timezone: timezoneOf(row), pauses: pauses[row.id] ?? [] }
      return { row, schedule: scheduleOf(row, context), terms: lookup(refOf(row)) }
    })
  })
