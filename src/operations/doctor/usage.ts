/**
 * Accepted events are partitioned by the invoices of their charges: none twice, none lost (U1). Pure: what should have been
 * counted is asked of the store, and compared with what the fees say.
 *
 * Left out: charges in advance (`advance.ts`) and recurring metrics, which a change of plan leaves to the plan that follows.
 */
import type { ChargeTerms, TermsLookup } from "../../catalog/index.js"
import type { Stretch } from "../../metering/index.js"
import { ownedStretches, type PlanStretch, type Sibling } from "../../rating/index.js"
import type { BilledPeriod, Subscription } from "../../subscriptions/index.js"
import type { Violation } from "./violation.js"

/** What the fees of an invoice count of the window that it closes, by charge, and when the last of them was made. */
export interface FeeCounts {
  readonly invoice_id: string
  readonly is_final: boolean
  /** The greatest id of its fees, which tells when they were last calculated: a base fee keeps its own. */
  readonly last_fee_id: string
  readonly by_charge: ReadonlyMap<string, bigint>
}

/** A subscription with the windows of usage that were closed. */
export interface ClosedWindows {
  readonly row: Subscription
  readonly closed: ReadonlyArray<BilledPeriod>
}

/** Events to count: of a metric's code, those that name the subscription in `named`, those of the customer that name none in `owned`. */
export interface EventQuery {
  readonly code: string
  readonly external_subscription_id: string
  readonly external_customer_id: string
  readonly named: Stretch
  readonly owned: ReadonlyArray<Stretch>
  /** Only what was accepted after, and before: a greater id, and a lesser one. */
  readonly after_id?: string
  readonly before_id: string
}

/** What the fees of a closed window say of a charge, and what to ask to know whether it is so. */
export interface Expectation {
  readonly window_id: string
  readonly charge_id: string
  readonly code: string
  readonly billed: bigint
  readonly query: EventQuery
}

const isCounted = ({ charge, metric }: ChargeTerms): boolean => !charge.pay_in_advance && !metric.recurring

const metricIds = (charges: ReadonlyArray<ChargeTerms>): ReadonlySet<string> => new Set(charges.map(({ metric }) => metric.id))

/** A subscription's life by the plans that it had: its closed windows, and the one that runs. */
export const siblingOf = ({ closed, row }: ClosedWindows, terms: TermsLookup): Sibling => {
  const past = closed.map(
    ({ period_end, period_start, plan_id, plan_version }): PlanStretch => ({
      from: period_start,
      to: period_end,
      metric_ids: metricIds(terms({ plan_id, version: plan_version }).charges)
    })
  )
  const { ending_at, id, plan_id, plan_version, started_at, status, window_start } = row
  const from = window_start ?? started_at
  if (from === null || status === "terminated") return { subscription_id: id, stretches: past }
  const metric_ids = metricIds(terms({ plan_id, version: plan_version }).charges)
  return { subscription_id: id, stretches: [...past, { from, to: ending_at, metric_ids }] }
}

export const within = ({ from, to }: Stretch, stretch: Stretch): ReadonlyArray<Stretch> => {
  const cut = { from: Math.max(from, stretch.from), to: Math.min(to, stretch.to) }
  return cut.from < cut.to ? [cut] : []
}

const later = (a: string, b: string): string => (a > b ? a : b)

/**
 * What to ask of the closed windows of a customer with these subscriptions, oldest first; windows on a draft, and those
 * that were never billed, are left out.
 */
export const expectations = (
  external_customer_id: string,
  subscriptions: ReadonlyArray<ClosedWindows>,
  terms: TermsLookup,
  counts: ReadonlyMap<string, FeeCounts>
): ReadonlyArray<Expectation> => {
  const siblings = subscriptions.map((subscription) => siblingOf(subscription, terms))
  return subscriptions.flatMap(({ closed, row }) =>
    closed.flatMap((window) => {
      const fees = window.invoice_id === null ? undefined : counts.get(window.invoice_id)
      if (window.skipped || window.deleted_invoice_id !== null || (fees !== undefined && !fees.is_final)) return []
      const named = { from: window.period_start.epochMillis, to: window.period_end.epochMillis }
      const { charges } = terms({ plan_id: window.plan_id, version: window.plan_version })
      return charges.filter(isCounted).map(
        ({ charge, metric: { code, id } }): Expectation => ({
          window_id: window.id,
          charge_id: charge.id,
          code,
          billed: fees?.by_charge.get(charge.id) ?? 0n,
          query: {
            code,
            external_subscription_id: row.external_id,
            external_customer_id,
            named,
            owned: ownedStretches(siblings, row.id, id).flatMap((stretch) => within(named, stretch)),
            // The window's record was made when it was first billed, the fees when they were last calculated.
            before_id: fees === undefined ? window.id : later(window.id, fees.last_fee_id)
          }
        })
      )
    })
  )
}

/** What does not hold; `counted` are the answers to the expectations' queries, in order. */
export const checkUsage = (asked: ReadonlyArray<Expectation>, counted: ReadonlyArray<bigint>): ReadonlyArray<Violation> =>
  asked.flatMap(({ billed, charge_id, code, window_id }, index): ReadonlyArray<Violation> => {
    const events = counted[index]!
    if (events === billed) return []
    const what = billed < events ? "lost" : "billed more than once, or not there"
    const reason = `its fees of charge ${charge_id} count ${billed} events, there are ${events} of ${code}: some are ${what}`
    return [{ code: "U1", table: "billed_periods", id: window_id, reason }]
  })
