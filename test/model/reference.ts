/**
 * A small model of what subscriptions and their usage come to, written from the specification alone: statuses, plans, windows,
 * prices of windows, crossings of recurring thresholds. One zone (UTC), calendar months, whole prices. It shares no code with
 * the library.
 */

/** Milliseconds since 1970. */
type Instant = number

/** Pings are paid in advance, each on an invoice of its own. */
export const METRICS = ["units", "seats", "pings"] as const
export type Metric = (typeof METRICS)[number]

/** Minor units of a ping, on every plan. */
export const PING = 5

/** A tax of nothing. */
export const UNTAXED = "none"

/** Minor units a unit, and for a full month. */
export const PLANS = {
  small: { base: 1000, units: 7, seats: 200 },
  large: { base: 2500, units: 11, seats: 300 }
} as const
export type PlanCode = keyof typeof PLANS

interface Fact {
  readonly subscription: string
  readonly metric: Metric
  readonly value: number
  readonly at: Instant
}

export interface Window {
  readonly from: Instant
  readonly to: Instant
  readonly plan: PlanCode
  /** Cut by a change of plan within its month: what is carried over is left to the next plan. */
  readonly superseded: boolean
}

export interface Life {
  readonly name: string
  readonly start: Instant
  readonly first: PlanCode
  status: "active" | "paused" | "canceled" | "terminated"
  plan: PlanCode
  /** A downgrade that waits for an instant. */
  pending: { readonly plan: PlanCode; readonly at: Instant } | null
  ending: Instant | null
  readonly changes: Array<{ readonly at: Instant; readonly plan: PlanCode }>
  /** Something happened to it that this model does not follow: its statuses and amounts are the doctor's alone. */
  lost: boolean
}

interface Threshold {
  readonly id: string
  readonly plan: PlanCode | null
  readonly subscription: string | null
  readonly amount: number
  readonly recurring: boolean
  retired: boolean
}

export interface Model {
  now: Instant
  /** The last billing run. */
  billed_at: Instant
  readonly lives: Map<string, Life>
  readonly facts: Array<Fact>
  readonly thresholds: Array<Threshold>
  /** `subscription threshold month` of recurring thresholds. */
  readonly crossed: Set<string>
}

export const emptyModel = (now: Instant): Model => ({
  now,
  billed_at: now,
  lives: new Map(),
  facts: [],
  thresholds: [],
  crossed: new Set()
})

const monthStart = (at: Instant): Instant => {
  const day = new Date(at)
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1)
}
export const monthEnd = (at: Instant): Instant => {
  const day = new Date(at)
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 1)
}

/** The end of the period that runs for a command: at a boundary the old one, until it is closed. */
export const periodEnd = ({ billed_at, now }: Model, { changes, start }: Life): Instant => {
  const is_closed = billed_at === now || start === now || changes.some(({ at }) => at === now)
  return now === monthStart(now) && !is_closed ? now : monthEnd(now)
}

/** Does what is due before an instant, or at it. */
export const advance = (life: Life, now: Instant, inclusive: boolean): void => {
  const isDue = (at: Instant) => (inclusive ? at <= now : at < now)
  const { ending, pending } = life
  const isLive = life.status !== "terminated"
  if (isLive && pending !== null && isDue(pending.at) && (ending === null || pending.at < ending)) {
    life.changes.push(pending)
    life.plan = pending.plan
    life.pending = null
  }
  if (isLive && ending !== null && isDue(ending)) {
    life.status = "terminated"
    life.pending = null
  }
}

export const asOf = (life: Life, now: Instant, inclusive: boolean): Life => {
  const copy = { ...life, changes: [...life.changes] }
  advance(copy, now, inclusive)
  return copy
}

/** The windows of a life that have begun before an instant, oldest first; the last one to its foreseen end. */
export const windowsOf = (life: Life, until: Instant): ReadonlyArray<Window> => {
  const windows: Array<Window> = []
  let from = life.start
  let plan = life.changes.findLast(({ at }) => at <= life.start)?.plan ?? life.first
  const end = life.ending ?? Number.POSITIVE_INFINITY
  while (from < until && from < end) {
    const boundary = monthEnd(from)
    const next = life.changes.find(({ at }) => at > from && at <= boundary)
    // Of several changes in one instant the last one counts.
    const change = life.changes.findLast(({ at }) => at === next?.at)
    const to = Math.min(change?.at ?? boundary, end)
    windows.push({ from, to, plan, superseded: change !== undefined && to === change.at && to < boundary })
    if (change !== undefined && to === change.at) plan = change.plan
    from = to
  }
  return windows
}

/** What the usage of a window costs, by metric; seats are as they were counted last, whenever that was. */
export const usagePrice = (
  model: Model,
  { name, start }: Life,
  { from, plan, superseded, to }: Window
): Readonly<Record<Metric, number>> => {
  const own = model.facts.filter((fact) => fact.subscription === name && fact.at >= start && fact.at < to)
  const units = own.filter((fact) => fact.metric === "units" && fact.at >= from).reduce((sum, fact) => sum + fact.value, 0)
  let seats: Fact | undefined
  for (const fact of own) if (fact.metric === "seats" && (seats === undefined || fact.at >= seats.at)) seats = fact
  const prices = PLANS[plan]
  const pings = own.filter((fact) => fact.metric === "pings" && fact.at >= from).length
  return { pings: pings * PING, units: units * prices.units, seats: superseded ? 0 : (seats?.value ?? 0) * prices.seats }
}

export const crossingKey = (subscription: string, threshold_id: string, first_day: string): string =>
  `${subscription} ${threshold_id} ${first_day}`

/** The window that runs now, however late the billing run is; null after the end. */
const runningWindow = (model: Model, life: Life): Window | null =>
  life.status === "terminated" ? null : (windowsOf(life, model.now + 1).at(-1) ?? null)

/** What the usage of the running window costs so far, and what of it was billed in advance; null after the end. */
export const runningPrice = (model: Model, name: string): { readonly in_arrears: number; readonly pings: number } | null => {
  const life = asOf(model.lives.get(name)!, model.now, true)
  const window = runningWindow(model, life)
  if (window === null) return null
  const { pings, seats, units } = usagePrice(model, life, window)
  return { in_arrears: seats + units, pings }
}

/** Whether pings came in the instant in which the running window began by a change of plan: the one before it has billed some of them. */
export const isDivided = (model: Model, name: string): boolean => {
  const life = asOf(model.lives.get(name)!, model.now, true)
  const from = runningWindow(model, life)?.from
  const isChange = life.changes.some(({ at }) => at === from)
  return isChange && model.facts.some((fact) => fact.subscription === name && fact.metric === "pings" && fact.at === from)
}

/** The check of a subscription's recurring thresholds. */
export const checkThresholds = (model: Model, name: string): void => {
  const life = asOf(model.lives.get(name)!, model.now, true)
  const window = runningWindow(model, life)
  const price = runningPrice(model, name)
  if (window === null || price === null) return
  const own = model.thresholds.filter((threshold) => !threshold.retired && threshold.subscription === name)
  const inForce = own.length > 0 ? own : model.thresholds.filter((threshold) => !threshold.retired && threshold.plan === life.plan)
  for (const { amount, id, recurring } of inForce) {
    if (recurring && price.in_arrears >= amount) {
      model.crossed.add(crossingKey(name, id, new Date(monthStart(window.from)).toISOString().slice(0, 10)))
    }
  }
}

export type LifeCommand = "pause" | "resume" | "cancel" | "terminate" | "upgrade" | "downgrade" | "cancelPlanChange"

/** The tag that a command is refused with, or null where it is done. */
export const refusal = (life: Life, command: LifeCommand, now: Instant): string | null => {
  const { pending, plan, status } = asOf(life, now, false)
  const wrong = "InvalidTransition"
  // An end that was due is done, and the command that wants it answers the row.
  if ((command === "cancel" || command === "terminate") && status === "terminated") return life.status === "terminated" ? wrong : null
  if (command === "terminate") return null
  if (command === "cancel") return status === "canceled" ? wrong : null
  if (command === "resume") return status === "paused" ? null : wrong
  if (status !== "active") return wrong
  if (command === "pause") return null
  if (command === "cancelPlanChange") return pending === null ? wrong : null
  return plan === (command === "upgrade" ? "large" : "small") ? "SamePlan" : null
}
