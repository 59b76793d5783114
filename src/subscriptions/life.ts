/** The life of a subscription as a list of what happened, oldest first. */
import { DateTime } from "effect"
import type { BilledPeriod } from "./store.js"
import type { Pause, Subscription } from "./subscription.js"

/** Something that happened to a subscription; `id` is of what it is about. */
export interface LifeEvent {
  readonly at: DateTime.Utc
  readonly kind: "subscription" | "status_change" | "invoice" | "payment"
  readonly title: string
  /** The status that it led to, of the subscription or of the document; null where it changed none. */
  readonly status: string | null
  readonly id: string
}

/** Where a window is of another plan than the one before it. */
const planChanges = (row: Subscription, windows: ReadonlyArray<BilledPeriod>): ReadonlyArray<DateTime.Utc> =>
  windows.flatMap((window, index) => {
    const next = windows[index + 1]
    const plan_id = next === undefined ? row.plan_id : next.plan_id
    return plan_id === window.plan_id ? [] : [window.period_end]
  })

/** What its own rows tell: `windows` are its closed windows, oldest first. */
export const ownLife = (
  row: Subscription,
  pauses: ReadonlyArray<Pause>,
  windows: ReadonlyArray<BilledPeriod>
): ReadonlyArray<LifeEvent> => {
  const event = (at: DateTime.Utc | null, kind: LifeEvent["kind"], title: string, status: string | null): ReadonlyArray<LifeEvent> =>
    at === null ? [] : [{ at, kind, title, status, id: row.id }]
  return [
    ...event(row.created_at, "subscription", "created", null),
    ...event(row.started_at, "status_change", "started", "active"),
    ...event(row.trial_ended_at, "subscription", "trial ended", null),
    ...pauses.flatMap((pause) => [
      ...event(pause.paused_at, "status_change", "paused", "paused"),
      ...event(pause.resumed_at, "status_change", "resumed", "active")
    ]),
    ...planChanges(row, windows).flatMap((at) => event(at, "subscription", "plan changed", null)),
    ...event(row.downgraded_at, "subscription", "downgrade asked for", null),
    ...event(row.canceled_at, "status_change", "canceled", "canceled"),
    ...(row.status === "terminated" ? event(row.ending_at, "status_change", "terminated", "terminated") : [])
  ]
}

/** Oldest first; of one instant in the order given. */
export const inOrderOfTime = (events: ReadonlyArray<LifeEvent>): ReadonlyArray<LifeEvent> =>
  events.toSorted((a, b) => DateTime.toEpochMillis(a.at) - DateTime.toEpochMillis(b.at))
