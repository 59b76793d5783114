/** What every command of subscriptions does first: find the row, lock it, do what was due before, and ask whether it may. */
import { DateTime, Effect, Either } from "effect"
import { BillingEntityNotFound, type BillingEntityStore, type CustomerStore } from "../accounts/index.js"
import { type Plan, PlanNotFound, type PlanStore, type PlanTerms } from "../catalog/index.js"
import {
  type CurrentOrganization,
  canName,
  type IdSource,
  type InvalidTransition,
  type StorageError,
  type UnitOfWork
} from "../core/index.js"
import type { SubscriptionBilling } from "./billing-port.js"
import { type BillingFailed, SubscriptionNotFound } from "./errors.js"
import type { SubscriptionRef } from "./inputs.js"
import { nextDueWork } from "./schedule.js"
import { loadSchedules, type Scheduled } from "./schedules.js"
import { isOver } from "./state.js"
import type { SubscriptionStore } from "./store.js"
import type { Subscription, SubscriptionStatus } from "./subscription.js"
import { type SubscriptionAction, transition } from "./transitions.js"

/** What commands work with. */
export interface Desk {
  readonly store: typeof SubscriptionStore.Service
  readonly billing: typeof SubscriptionBilling.Service
  readonly customers: typeof CustomerStore.Service
  readonly entities: typeof BillingEntityStore.Service
  readonly plans: typeof PlanStore.Service
  readonly terms: typeof PlanTerms.Service
  readonly unit: UnitOfWork
  readonly ids: IdSource
}

type Reads<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

const nameOf = (ref: SubscriptionRef): string => ("id" in ref ? ref.id : ref.external_id)

export const find = ({ store }: Desk, ref: SubscriptionRef): Reads<Subscription, SubscriptionNotFound> =>
  Effect.flatMap(canName(ref, "external_id") ? store.find(ref) : Effect.succeed(undefined), (row) =>
    row === undefined ? new SubscriptionNotFound({ id: nameOf(ref) }) : Effect.succeed(row)
  )

/** The row with its lock; only in a transaction. */
export const lock = (desk: Desk, ref: SubscriptionRef): Reads<Subscription, SubscriptionNotFound> =>
  Effect.flatMap(find(desk, ref), ({ id }) => Effect.map(desk.store.lock([id]), (rows) => rows[0]!))

/** A plan of a code in its current version, which does not change meanwhile; only in a transaction. */
export const takePlan = ({ plans }: Desk, code: string): Reads<Plan, PlanNotFound> =>
  Effect.flatMap(plans.lockShared({ code }), (plan) => (plan === undefined ? new PlanNotFound({ id: code }) : Effect.succeed(plan)))

/** Refuses a billing entity that is not there. */
export const requireEntity = ({ entities }: Desk, id: string | null | undefined): Reads<void, BillingEntityNotFound> =>
  id == null
    ? Effect.void
    : Effect.flatMap(entities.all, (all) => (all.some((entity) => entity.id === id) ? Effect.void : new BillingEntityNotFound({ id })))

/** A row's schedule, and the terms of its plan. */
export const scheduleFor = (desk: Desk, row: Subscription): Reads<Scheduled> =>
  Effect.gen(function* () {
    const [customer] = yield* desk.customers.load([row.customer_id])
    const [scheduled] = yield* loadSchedules(desk, [row], () => customer!.timezone)
    return scheduled!
  })

/** Stores a row that was changed without billing, with the instant of its next piece of work. */
export const keep = (desk: Desk, changed: Subscription, now: DateTime.Utc): Reads<Subscription> =>
  Effect.gen(function* () {
    const { schedule } = yield* scheduleFor(desk, changed)
    const row: Subscription = { ...changed, next_due_at: nextDueWork(schedule)?.at ?? null, updated_at: now }
    yield* desk.store.save([row])
    return row
  })

/** A row that is locked, with everything done that was due before, and the status that the action leads to. */
export interface Admitted {
  readonly row: Subscription
  readonly to: SubscriptionStatus
  readonly now: DateTime.Utc
}

const ENDS: ReadonlySet<SubscriptionAction> = new Set(["terminate", "cancel"])

export type AdmissionError = SubscriptionNotFound | InvalidTransition | BillingFailed

/**
 * One command in one transaction: locks the row, does what was due strictly before now, asks the state machine, and decides.
 * A refusal undoes what was due too; the next run does it. A command that ends a subscription which that has ended comes too
 * late: it answers the row, and what was due stays done.
 */
export const command = <E>(
  desk: Desk,
  ref: SubscriptionRef,
  action: SubscriptionAction,
  decide: (admitted: Admitted) => Reads<Subscription, E>
): Reads<Subscription, E | AdmissionError> =>
  desk.unit.transaction(
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const before = yield* lock(desk, ref)
      const row = yield* desk.billing.catchUp(before, now, now)
      if (ENDS.has(action) && !isOver(before) && isOver(row)) return row
      return yield* Either.match(transition(row, action), {
        onLeft: (refused) => refused,
        onRight: (to) => decide({ row, to, now })
      }) as Reads<Subscription, E | InvalidTransition>
    })
  )
