/** What plans say of a feature to a customer's subscriptions, and whether that is access (spec billing 5.4). Pure. */
import type { DateTime } from "effect"
import { Exact } from "../core/index.js"
import type { LimitType } from "./entitlement.js"
import type { Feature } from "./feature.js"
import { UNLIMITED } from "./value.js"

/** A subscription, and what its plan and the one that it waits for say of the feature; null where they say nothing. */
export interface GrantRow {
  readonly subscription_id: string
  readonly external_subscription_id: string
  readonly status: string
  readonly started_at: DateTime.Utc | null
  readonly ending_at: DateTime.Utc | null
  readonly plan_code: string
  readonly value: string | null
  readonly limit_type: LimitType | null
  /** The plan of a downgrade that waits for the period's end. */
  readonly next_plan_code: string | null
  readonly next_value: string | null
}

/** What was found of a subject and a feature. */
export interface GrantFacts {
  readonly feature: Feature | null
  /** The metric that has the feature's code. */
  readonly metric_id: string | null
  /** The customer's, or the subscription's own, external id; null where there is none. */
  readonly subject: string | null
  /** Oldest first. */
  readonly rows: ReadonlyArray<GrantRow>
}

/** What a subscription has used of a metric in its running period. */
export interface PeriodUsed {
  /** Decimal text. */
  readonly used: string
  readonly period_start: DateTime.Utc
  readonly period_end: DateTime.Utc
}

/** A quantity against what is used of it, decimal texts; all null of another type of feature. */
export interface Limit {
  /** Null where it is unlimited. */
  readonly limit: string | null
  readonly limit_type: LimitType | null
  /** Of the running period; null, like what follows, where no metric has the feature's code. */
  readonly used: string | null
  /** Not below 0; null where it is unlimited. */
  readonly remaining: string | null
  readonly exceeded: boolean | null
  readonly period_start: DateTime.Utc | null
  readonly period_end: DateTime.Utc | null
}

export const NO_LIMIT: Limit = {
  limit: null,
  limit_type: null,
  used: null,
  remaining: null,
  exceeded: null,
  period_start: null,
  period_end: null
}

/** What one running subscription grants. */
export interface Grant extends Limit {
  readonly subscription_id: string
  readonly external_subscription_id: string
  readonly plan_code: string
  readonly value: string
  readonly has_access: boolean
}

/** Whether a subscription counts: active, or canceled and not over yet. */
export const isRunning = ({ ending_at, started_at, status }: GrantRow, now: DateTime.Utc): boolean =>
  (status === "active" || (status === "canceled" && started_at !== null)) && (ending_at === null || ending_at.epochMillis > now.epochMillis)

/** The subscriptions that count and whose plan says something of the feature. */
export const grantedTo = (rows: ReadonlyArray<GrantRow>, now: DateTime.Utc): ReadonlySet<string> =>
  new Set(rows.filter((row) => row.value !== null && isRunning(row, now)).map((row) => row.subscription_id))

const limitOf = (value: string, limit_type: LimitType, usage: PeriodUsed | undefined): Limit => {
  const limit = value === UNLIMITED ? null : value
  if (usage === undefined) return { ...NO_LIMIT, limit, limit_type }
  const left = limit === null ? null : Exact.subtract(Exact.unsafeFromText(limit), Exact.unsafeFromText(usage.used))
  return {
    limit,
    limit_type,
    used: usage.used,
    remaining: left && Exact.toText(Exact.sign(left) < 0 ? Exact.zero : left),
    exceeded: left !== null && Exact.sign(left) < 0,
    period_start: usage.period_start,
    period_end: usage.period_end
  }
}

/** A hard limit takes what fits into what is left, and nothing once nothing is; a soft one takes all. 0 grants nothing. */
const admits = ({ limit, limit_type, remaining }: Limit, units: Exact.Exact): boolean => {
  if (limit === null) return true
  if (limit_type === "soft") return !Exact.isZero(Exact.unsafeFromText(limit))
  const left = Exact.unsafeFromText(remaining ?? limit)
  return Exact.sign(left) > 0 && Exact.compare(units, left) <= 0
}

/** What the running subscriptions of the facts grant, oldest first; `units` are what a caller means to use. */
export const grantsOf = (
  { feature, rows }: GrantFacts & { readonly feature: Feature },
  used: ReadonlyMap<string, PeriodUsed>,
  units: Exact.Exact,
  now: DateTime.Utc
): ReadonlyArray<Grant> =>
  rows.flatMap((row): ReadonlyArray<Grant> => {
    const { external_subscription_id, plan_code, subscription_id, value } = row
    if (value === null || !isRunning(row, now)) return []
    const own = { subscription_id, external_subscription_id, plan_code, value }
    if (feature.feature_type === "boolean") return [{ has_access: value === "true", ...own, ...NO_LIMIT }]
    if (feature.feature_type === "custom") return [{ has_access: true, ...own, ...NO_LIMIT }]
    const limit = limitOf(value, row.limit_type ?? "soft", used.get(subscription_id))
    return [{ has_access: admits(limit, units), ...own, ...limit }]
  })

const isLarger = (a: string, b: string): boolean =>
  b !== UNLIMITED && (a === UNLIMITED || Exact.compare(Exact.unsafeFromText(a), Exact.unsafeFromText(b)) > 0)

/** The grant whose value counts: a boolean's first true one, the largest quantity, the oldest text; ties go to the oldest. */
export const countingGrant = (feature: Feature, grants: ReadonlyArray<Grant>): Grant | null => {
  const [oldest = null] = grants
  if (feature.feature_type === "boolean") return grants.find(({ value }) => value === "true") ?? oldest
  if (feature.feature_type === "custom") return oldest
  return grants.reduce<Grant | null>((best, grant) => (best === null || isLarger(grant.value, best.value) ? grant : best), null)
}
