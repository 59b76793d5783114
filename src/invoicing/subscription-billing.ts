/** The billing of single subscriptions, for the commands of the floor below: the same work as the run's, done at once. */
import { type DateTime, Effect, Layer } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import {
  BillingFailed,
  type DueWork,
  nextDueWork,
  type ScheduleState,
  type Subscription,
  SubscriptionBilling
} from "../subscriptions/index.js"
import { Batches } from "./batch.js"
import { BillWork } from "./bill-work.js"

/** A subscription whose plan is gone breaks a foreign key that the database guards. */
const planIsThere = <A, E, R>(self: Effect.Effect<A, E | PlanNotFound, R>) =>
  Effect.catchIf(
    self,
    (error): error is E & PlanNotFound => typeof error === "object" && error !== null && "_tag" in error && error._tag === "PlanNotFound",
    (error) => Effect.die(error)
  ) as Effect.Effect<A, Exclude<E, PlanNotFound>, R>

export const subscriptionBillingLayer: Layer.Layer<SubscriptionBilling, never, Batches | BillWork> = Layer.effect(
  SubscriptionBilling,
  Effect.gen(function* () {
    const batches = yield* Batches
    const work = yield* BillWork

    /** Does the next piece of a row if `due` says so; undefined where it does not. */
    const doNext = Effect.fnUntraced(function* (
      row: Subscription,
      now: DateTime.Utc,
      due: (next: DueWork, schedule: ScheduleState) => boolean
    ) {
      const batch = yield* planIsThere(batches.load([row]))
      const schedule = batch.scheduleOf(row)
      const next = nextDueWork(schedule)
      if (next === null || !due(next, schedule)) return undefined
      const skip = next.kind === "end" && row.on_termination_action === "skip"
      const { billed, unbilled } = yield* work.perform([{ row, schedule, work: next, skip }], batch, now)
      const failed = unbilled[0]
      if (failed !== undefined) {
        return yield* new BillingFailed({ subscription_id: row.id, reason: failed.error._tag, detail: failed.error.message })
      }
      return billed[0]!.row
    })

    const once = (row: Subscription, now: DateTime.Utc, kind: DueWork["kind"]) =>
      Effect.flatMap(
        doNext(row, now, (next) => next.kind === kind),
        (after) => (after === undefined ? Effect.dieMessage(`subscription ${row.id} has no ${kind} due`) : Effect.succeed(after))
      )

    return SubscriptionBilling.of({
      start: Effect.fn("SubscriptionBilling.start")((row, now) => once(row, now, "start")),
      end: Effect.fn("SubscriptionBilling.end")((row, now) => once(row, now, "end")),
      catchUp: Effect.fn("SubscriptionBilling.catchUp")(function* (row, before, now) {
        let current = row
        while (true) {
          const after = yield* doNext(current, now, (next) => next.at.epochMillis < before.epochMillis)
          if (after === undefined) return current
          current = after
        }
      }),
      nextDueAt: Effect.fn("SubscriptionBilling.nextDueAt")(function* (row) {
        const batch = yield* planIsThere(batches.load([row]))
        return nextDueWork(batch.scheduleOf(row))?.at ?? null
      })
    })
  })
)
