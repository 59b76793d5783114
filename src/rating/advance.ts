/** Lines of a charge paid in advance: what the events of a window were billed one by one, added up, and where the level stands. Pure. */
import type { Charge, ChargeFilter } from "../catalog/index.js"
import { Exact, type UsagePeriod } from "../core/index.js"
import {
  type BillableMetric,
  bucketOf,
  type CountedEvent,
  type CountedUsageEvent,
  compareGroups,
  type FoldPeriod,
  foldPeriod,
  type GroupKey,
  groupOf,
  levels,
  priceOf,
  termsOf
} from "../metering/index.js"
import {
  type AdvanceEvent,
  type AdvanceFee,
  beforeFirstEvent,
  billCarried,
  billEvent,
  type CompiledPrice,
  type FeeFigures,
  feeOf,
  type Group,
  type InAdvance,
  isZeroed
} from "../pricing/index.js"
import type { CompiledCharge } from "./charge.js"
import { groupRecord, type LineTerms } from "./lines.js"

/** What a bucket and group of a charge paid in advance comes to in a window. */
export interface AdvanceLine {
  readonly charge: Charge
  readonly metric: BillableMetric
  readonly filter: ChargeFilter | null
  readonly group: Group
  readonly events_count: number
  /** The fees of the window added up, each rounded for itself; `units` are those billed. */
  readonly fee: FeeFigures
  /** The level after the last event, not below 0; decimal text. */
  readonly current_units: string
  readonly price: CompiledPrice
}

interface Events {
  readonly bucket: number
  readonly group: GroupKey
  readonly before: Array<CountedEvent>
  readonly within: Array<CountedEvent>
}

/** Events by bucket and group, in order of acceptance. */
const sorted = (compiled: CompiledCharge, period: FoldPeriod, events: ReadonlyArray<CountedUsageEvent>): ReadonlyArray<Events> => {
  const lines = new Map<string, Events>()
  const bucket = bucketOf(compiled.buckets)
  for (const event of events) {
    const index = bucket(event.properties)
    const { group_by, prices } = termsOf(compiled.buckets, index)
    const group = groupOf(group_by, event.properties)
    const key = JSON.stringify([index, group])
    const line = lines.get(key) ?? { bucket: index, group, before: [], within: [] }
    lines.set(key, line)
    const price = prices === null ? Exact.zero : priceOf(prices, event.precise_total_amount_cents, event.properties)
    ;(event.at < period.from ? line.before : line.within).push({ at: event.at, value: event.value, item: event.item, price })
  }
  return [...lines.values()].sort((a, b) => a.bucket - b.bucket || compareGroups(a.group, b.group))
}

interface Sums {
  readonly amount_cents: bigint
  readonly amount: Exact.Exact
  readonly full_units: Exact.Exact
}

const lineOf = (compiled: CompiledCharge, { bucket, group, before, within }: Events, period: FoldPeriod, terms: LineTerms): AdvanceLine => {
  const { charge, metric } = compiled.terms
  const { filter, price, terms: bucketTerms } = compiled.prices[bucket]!
  const { currency_exponent } = compiled
  const feeTerms = { currency_exponent, rounding_mode: terms.rounding_mode }
  const { carried, moves } = levels(metric, before, within)
  let sums: Sums = { amount_cents: 0n, amount: Exact.zero, full_units: Exact.zero }
  const billed = ({ priced, state, usage }: AdvanceFee): InAdvance => {
    const fee = feeOf(priced, usage, feeTerms)
    sums = {
      amount_cents: sums.amount_cents + fee.amount_cents,
      amount: isZeroed(usage.units, priced.amount) ? sums.amount : Exact.add(sums.amount, priced.amount),
      full_units: Exact.add(sums.full_units, usage.full_units ?? usage.units)
    }
    return state
  }
  const shareOf = (days: number): Pick<AdvanceEvent, "share"> => (charge.prorated ? { share: { days, full_days: period.full_days } } : {})
  let state = metric.recurring ? billed(billCarried(price, { value: carried, ...shareOf(period.days) })) : beforeFirstEvent(price)
  for (const [index, event] of within.entries()) {
    state = billed(
      billEvent(price, state, {
        value: moves[index]!,
        unique: metric.aggregation_type === "unique_count",
        precise_total_amount_cents: event.price,
        currency_exponent,
        ...shareOf(period.daysFrom(period.dayOf(event.at)))
      })
    )
  }
  return {
    charge,
    metric,
    filter,
    group: groupRecord(bucketTerms.group_by, group),
    events_count: within.length,
    fee: {
      units: Exact.toText(state.billed),
      amount_cents: sums.amount_cents,
      precise_amount_cents: Exact.toText(Exact.shift(sums.amount, currency_exponent)),
      precise_unit_amount: Exact.toText(Exact.isZero(sums.full_units) ? Exact.zero : Exact.divide(sums.amount, sums.full_units))
    },
    current_units: Exact.toText(Exact.max(state.level, Exact.zero)),
    price
  }
}

/**
 * The lines of a charge paid in advance for a window, filters by age, the charge's own bucket last, groups by their values.
 * `events` are those that count, in order of acceptance.
 *
 * @see spec pricing 6; decisions P17
 */
export const advanceLines = (
  compiled: CompiledCharge,
  events: ReadonlyArray<CountedUsageEvent>,
  terms: LineTerms & UsagePeriod
): ReadonlyArray<AdvanceLine> => {
  const period = foldPeriod(terms)
  return sorted(compiled, period, events)
    .map((line) => lineOf(compiled, line, period, terms))
    .filter(({ events_count, fee }) => events_count > 0 || fee.units !== "0" || fee.amount_cents !== 0n)
}
