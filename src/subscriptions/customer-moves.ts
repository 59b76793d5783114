/** Subscriptions follow their customer into another zone: boundaries already lie at its midnights (S1). */
import { DateTime, Effect, Layer } from "effect"
import { CustomerMoves } from "../accounts/index.js"
import { PlanTerms } from "../catalog/index.js"
import { trialEnd } from "./days.js"
import { boundaryOf, nextDueWork } from "./schedule.js"
import type { ScheduleState } from "./schedule-state.js"
import { loadSchedules, type Scheduled } from "./schedules.js"
import { isOver } from "./state.js"
import { SubscriptionStore } from "./store.js"
import type { Subscription } from "./subscription.js"

const sameInstant = (a: DateTime.Utc | null, b: DateTime.Utc | null): boolean => a !== null && b !== null && DateTime.Equivalence(a, b)

/** Where an end goes that a cancel put at a boundary, or at the trial's end. */
const movedEnd = (row: Subscription, from: ScheduleState, to: ScheduleState): DateTime.Utc | null => {
  if (row.status !== "canceled" || from.window === null) return row.ending_at
  if (sameInstant(row.ending_at, boundaryOf(from, from.window))) return boundaryOf(to, from.window)
  return sameInstant(row.ending_at, trialEnd(from)) ? trialEnd(to) : row.ending_at
}

/** The row with its planned end and the instant of its next piece of work as they are in the new zone. */
const movedRow = ({ row, schedule }: Scheduled, from_timezone: string, now: DateTime.Utc): Subscription => {
  const ending_at = movedEnd(row, { ...schedule, timezone: from_timezone }, schedule)
  return { ...row, ending_at, next_due_at: nextDueWork({ ...schedule, ending_at })?.at ?? null, updated_at: now }
}

export const customerMovesLayer: Layer.Layer<CustomerMoves, never, SubscriptionStore | PlanTerms> = Layer.effect(
  CustomerMoves,
  Effect.gen(function* () {
    const store = yield* SubscriptionStore
    const terms = yield* PlanTerms
    return CustomerMoves.of({
      moved: Effect.fn("CustomerMoves.moved")(function* (customer, from_timezone) {
        const running = (yield* store.ofCustomers([customer.id])).filter((row) => !isOver(row))
        const rows = yield* store.lock(running.map((row) => row.id))
        const scheduled = yield* loadSchedules({ store, terms }, rows, () => customer.timezone)
        const now = yield* DateTime.now
        yield* store.save(scheduled.map((each) => movedRow(each, from_timezone, now)))
      })
    })
  })
)
