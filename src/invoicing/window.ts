/** From a stretch of a subscription that closes to what rating is asked. Pure. */
import type { VersionTerms } from "../catalog/index.js"
import { exponentOf, periodDays } from "../core/index.js"
import type { PlanStretch, RatingWindow, Sibling, UsageLife } from "../rating/index.js"
import type { BilledPeriod, Subscription, UsageWindow } from "../subscriptions/index.js"
import type { FamilyMember, UntaxedBatch } from "./batch.js"

const NO_METRIC: ReadonlySet<string> = new Set()

const metricIds = (terms: VersionTerms): ReadonlySet<string> => new Set(terms.charges.map(({ metric }) => metric.id))

/** The life of a subscription by the plans that it had: the windows that were closed, and the one that runs. */
const siblingOf = ({ closed, row }: FamilyMember, batch: UntaxedBatch): Sibling => {
  const past = closed.map(
    (period): PlanStretch => ({
      from: period.period_start,
      to: period.period_end,
      metric_ids: metricIds(batch.terms({ plan_id: period.plan_id, version: period.plan_version }))
    })
  )
  const begun = row.window_start ?? row.started_at
  if (begun === null || row.status === "terminated") return { subscription_id: row.id, stretches: past }
  return { subscription_id: row.id, stretches: [...past, { from: begun, to: row.ending_at, metric_ids: metricIds(batch.termsOf(row)) }] }
}

/** Who owns the events that name no subscription; a customer's only one owns them all while it runs. */
const siblingsOf = (row: Subscription, terms: VersionTerms, batch: UntaxedBatch): ReadonlyArray<Sibling> => {
  const family = batch.familyOf(row)
  return family.length === 1
    ? [{ subscription_id: row.id, stretches: [{ from: row.started_at ?? row.starts_at, to: row.ending_at, metric_ids: metricIds(terms) }] }]
    : family.map((member) => siblingOf(member, batch))
}

/** Whose usage it is, all its life; `terms` are those that it has. */
export const usageLife = (row: Subscription, terms: VersionTerms, batch: UntaxedBatch): UsageLife => ({
  subscription_id: row.id,
  external_subscription_id: row.external_id,
  external_customer_id: batch.customerOf(row).external_id,
  started_at: row.started_at ?? row.starts_at,
  siblings: siblingsOf(row, terms, batch)
})

/** What closed windows bill in arrears before a window of their period, where some usage came late. */
export const correctedBefore = (
  row: Subscription,
  { from }: Pick<UsageWindow, "from">,
  { plan }: VersionTerms,
  batch: UntaxedBatch
): RatingWindow["corrected"] =>
  (batch.lateOf(row) ?? []).flatMap((window) => {
    const isBefore = window.period_end.epochMillis <= from.epochMillis && from.epochMillis < window.full_end.epochMillis
    if (!isBefore || window.skipped || window.deleted_invoice_id !== null || window.invoice_status === "voided") return []
    const terms = batch.terms({ plan_id: window.plan_id, version: window.plan_version })
    if (terms.plan.interval !== plan.interval) return []
    const next = nextTerms(window, batch)
    const left = next === null ? NO_METRIC : metricIds(next)
    return terms.charges.flatMap(({ charge, metric }) =>
      charge.pay_in_advance || charge.prorated || !metric.recurring || metric.aggregation_type === "weighted_sum" || left.has(metric.id)
        ? []
        : [{ metric_id: metric.id, until: window.period_end.epochMillis }]
    )
  })

/** A window to rate, with the terms that were in force in it; `next` are those of the plan that followed within its period, if one did. */
export const ratingWindow = (
  row: Subscription,
  usage: UsageWindow,
  terms: VersionTerms,
  next: VersionTerms | null,
  batch: UntaxedBatch
): RatingWindow => ({
  from: usage.from,
  to: usage.to,
  full_from: usage.full_from,
  full_to: usage.full_to,
  days: usage.days,
  full_days: usage.full_days,
  superseded: usage.superseded,
  timezone: usage.timezone,
  currency_exponent: exponentOf(terms.plan.currency),
  rounding_mode: batch.issuerOf(row).rounding_mode,
  charges: terms.charges,
  priced_next: next === null ? NO_METRIC : metricIds(next),
  corrected: correctedBefore(row, usage, terms, batch),
  ...usageLife(row, terms, batch)
})

/** A window as it was closed, from its record. */
export const windowOfBilled = (period: BilledPeriod): UsageWindow => {
  const stretch = {
    from: period.period_start,
    to: period.period_end,
    full_from: period.full_start,
    full_to: period.full_end,
    timezone: period.timezone,
    superseded: period.superseded
  }
  return { ...stretch, ...periodDays(stretch), base_days: period.base_days }
}

/** The plan that followed a closed window within its period; null where none did. */
export const nextTerms = (period: BilledPeriod, batch: UntaxedBatch): VersionTerms | null =>
  period.next_plan_id === null ? null : batch.terms({ plan_id: period.next_plan_id, version: period.next_plan_version! })
