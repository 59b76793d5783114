/** From a subscription's row before and after a write to what happened to it. Pure. */
import { DateTime } from "effect"
import type { PlanChangeType, Subscription } from "../../subscriptions/index.js"
import { type Happening, moment, momentOrNull, type WebhookEvent } from "../event.js"

const keysOf = ({ customer_id, external_id, plan_id, status }: Subscription) => ({ external_id, customer_id, plan_id, status })

const endingOf = (row: Subscription) => ({
  ...keysOf(row),
  on_termination_action: row.on_termination_action,
  ending_at: momentOrNull(row.ending_at)
})

const head = ({ id, organization_id }: Subscription) => ({ organization_id, object_id: id })

/** What a new row tells. */
export const subscriptionMade = (row: Subscription): ReadonlyArray<WebhookEvent> => [
  { ...head(row), type: "subscription.created", data: keysOf(row) },
  ...(row.started_at === null ? [] : [{ ...head(row), type: "subscription.started", data: keysOf(row) } as const])
]

/** What the rows alone do not say of a change of plan. */
export interface PlanChangeContext {
  readonly changeType: (from: Subscription, to: { readonly plan_id: string; readonly version: number }) => PlanChangeType
  /** When a change that waits takes effect. */
  readonly boundaryOf: (row: Subscription) => DateTime.Utc
}

/** Whether a write changes the plan, or what waits to become it. */
export const changesPlan = (before: Subscription, after: Subscription): boolean =>
  before.plan_id !== after.plan_id || before.previous_plan_id !== after.previous_plan_id

const planEvents = (before: Subscription, after: Subscription, context: PlanChangeContext): ReadonlyArray<WebhookEvent> => {
  const changed = (
    new_plan_id: string,
    change_type: PlanChangeType,
    effective_at: DateTime.Utc,
    executed: boolean
  ): ReadonlyArray<WebhookEvent> => [
    {
      ...head(after),
      type: "subscription.plan_changed",
      data: { ...keysOf(after), previous_plan_id: before.plan_id, new_plan_id, change_type, effective_at: moment(effective_at), executed }
    }
  ]
  if (before.plan_id !== after.plan_id) {
    // What waited has come: a downgrade; else it was changed at once.
    const waited = before.previous_plan_id === after.plan_id
    const type = waited ? "downgrade" : context.changeType(before, { plan_id: after.plan_id, version: after.plan_version })
    return changed(after.plan_id, type, after.window_start ?? after.updated_at, true)
  }
  if (before.previous_plan_id === after.previous_plan_id) return []
  if (after.previous_plan_id !== null) return changed(after.previous_plan_id, "downgrade", context.boundaryOf(after), false)
  return [
    {
      ...head(after),
      type: "subscription.plan_change_canceled",
      data: { ...keysOf(after), canceled_plan_id: before.previous_plan_id! }
    }
  ]
}

/** Follows from the terms, at each boundary, or says only that something was written. */
const SCHEDULE: ReadonlySet<string> = new Set([
  "window_start",
  "window_first_day",
  "period_first_day",
  "next_first_day",
  "next_due_at",
  "updated_at"
])

const isSame = (a: unknown, b: unknown): boolean =>
  DateTime.isDateTime(a) && DateTime.isDateTime(b) ? DateTime.Equivalence(a, b) : a === b

const changed = (before: Subscription, after: Subscription): boolean =>
  (Object.keys(after) as ReadonlyArray<keyof Subscription>).some((field) => !SCHEDULE.has(field) && !isSame(before[field], after[field]))

/** What a write tells: nothing twice, whatever was written on the way. What has no event of its own is told to followers. */
export const subscriptionChanged = (before: Subscription, after: Subscription, context: PlanChangeContext): ReadonlyArray<Happening> => {
  const events: Array<Happening> = []
  const became = (status: Subscription["status"]) => before.status !== status && after.status === status
  if (before.started_at === null && after.started_at !== null) {
    events.push({ ...head(after), type: "subscription.started", data: keysOf(after) })
  }
  if (before.trial_ended_at === null && after.trial_ended_at !== null) {
    const data = { ...keysOf(after), trial_ended_at: moment(after.trial_ended_at) }
    events.push({ ...head(after), type: "subscription.trial_ended", data })
  }
  if (became("paused")) events.push({ ...head(after), type: "subscription.paused", data: keysOf(after) })
  if (before.status === "paused" && after.status === "active") {
    events.push({ ...head(after), type: "subscription.resumed", data: keysOf(after) })
  }
  events.push(...planEvents(before, after, context))
  if (became("canceled")) events.push({ ...head(after), type: "subscription.canceled", data: endingOf(after) })
  if (became("terminated")) events.push({ ...head(after), type: "subscription.terminated", data: endingOf(after) })
  if (events.length === 0 && changed(before, after)) events.push({ ...head(after), type: "subscription.updated" })
  return events
}
