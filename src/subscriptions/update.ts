/** Updates of a subscription: what may change any time, and what only before its start. */
import { DateTime, Effect } from "effect"
import { decodeInput, Immutable, InvalidInput, InvalidTransition, localDate, named } from "../core/index.js"
import { type Desk, keep, lock, requireEntity } from "./desk.js"
import { type SubscriptionRef, UpdateSubscription, type UpdateSubscriptionInput } from "./inputs.js"
import { isOver } from "./state.js"
import type { Subscription } from "./subscription.js"

const decode = decodeInput(UpdateSubscription)

const wrong = (field: string, reason: string) => new InvalidInput({ field, reason })

const sameValue = (a: unknown, b: unknown): boolean =>
  DateTime.isDateTime(a) && DateTime.isDateTime(b) ? DateTime.Equivalence(a, b) : a === b

const FIXED = ["subscription_at", "billing_time", "trial_period_days", "pay_in_advance"] as const

/** The first field that a started subscription can no longer change. */
const fixedField = (row: Subscription, given: UpdateSubscription): string | undefined =>
  row.started_at === null ? undefined : FIXED.find((field) => given[field] !== undefined && !sameValue(given[field], row[field]))

/** What is wrong with an end to come. */
const endError = (row: Subscription, starts_at: DateTime.Utc, ending_at: DateTime.Utc | null | undefined, now: DateTime.Utc) => {
  if (ending_at === undefined) return undefined
  if (ending_at === null) return row.status === "canceled" ? wrong("ending_at", "a canceled subscription has an end") : undefined
  return DateTime.lessThanOrEqualTo(ending_at, DateTime.max(starts_at, now))
    ? wrong("ending_at", "expected an instant after the start, to come")
    : undefined
}

export const update = (desk: Desk) =>
  Effect.fn("Subscriptions.update")(function* (ref: SubscriptionRef, input: UpdateSubscriptionInput) {
    const given = yield* decode(input)
    return yield* desk.unit.transaction(
      Effect.gen(function* () {
        const row = yield* lock(desk, ref)
        if (isOver(row)) return yield* new InvalidTransition({ entity: "Subscription", id: row.id, from: row.status, action: "update" })
        const fixed = fixedField(row, given)
        if (fixed !== undefined) return yield* new Immutable({ field: fixed })
        yield* requireEntity(desk, given.billing_entity_id)
        const now = yield* DateTime.now
        const [customer] = yield* desk.customers.load([row.customer_id])
        const subscription_at = given.subscription_at ?? row.subscription_at
        // A start that was planned for the anchor moves with it.
        const moves = row.started_at === null && DateTime.Equivalence(row.starts_at, row.subscription_at)
        const starts_at = moves ? subscription_at : row.starts_at
        if (moves && given.subscription_at !== undefined && DateTime.lessThanOrEqualTo(starts_at, now)) {
          return yield* wrong("subscription_at", "expected an instant to come")
        }
        const error = endError(row, starts_at, given.ending_at, now)
        if (error !== undefined) return yield* error
        const anchor_date = row.started_at === null ? localDate(subscription_at, customer!.timezone) : row.anchor_date
        return yield* keep(desk, { ...row, ...named(given), starts_at, anchor_date }, now)
      })
    )
  })
