/** Charges paid in advance: what each event adds to the peak that is billed already (P17, pricing.md 6). */
import { add, type Exact, fromBigInt, max, subtract, zero } from "../../core/exact.js"
import type { AggregationType } from "../metric.js"
import { adds, byTimestamp, type CountedEvent, total } from "./counted.js"
import type { FoldPeriod } from "./period.js"
import { activeAfter } from "./unique-count.js"

/** One event of the period, in order of acceptance; null stands for one that does not count. */
export interface AdvanceStep {
  /** What the level rises above the billed peak, by days where the charge is prorated. */
  readonly units: Exact
  /** The same without proration. */
  readonly full_units: Exact
  /** The billed peak before and after the event. */
  readonly peak_before: Exact
  readonly peak: Exact
}

export interface Advance {
  /** What a recurring metric bills at the period's start; null where it carries nothing over. */
  readonly at_start: Exact | null
  readonly events: ReadonlyArray<AdvanceStep>
  /** The start and the events. */
  readonly billed_units: Exact
  /** The level, not below 0. */
  readonly current_units: Exact
}

interface Level {
  readonly value: Exact
  readonly active: ReadonlySet<string>
}

const carriedOver = (type: AggregationType, before: ReadonlyArray<CountedEvent>): Level => {
  const active = type === "unique_count" ? activeAfter(byTimestamp(before)) : new Set<string>()
  return { value: type === "unique_count" ? fromBigInt(BigInt(active.size)) : total(before), active }
}

/** How far an event moves the level; a switch that changes nothing moves it by 0. */
const movement = (type: AggregationType, active: Set<string>, event: CountedEvent): Exact => {
  if (type !== "unique_count") return event.value
  if (adds(event) === active.has(event.item)) return zero
  if (adds(event)) active.add(event.item)
  else active.delete(event.item)
  return event.value
}

/**
 * Levels, peaks and units of a line that is paid in advance; `events` are those of the period in order of acceptance,
 * `before` those before it. Metrics `count`, `sum`, `unique_count`, `custom`.
 *
 * @see decisions P17
 */
export const inAdvance = (
  metric: { readonly aggregation_type: AggregationType; readonly recurring: boolean },
  period: FoldPeriod,
  before: ReadonlyArray<CountedEvent>,
  events: ReadonlyArray<CountedEvent | null>,
  prorated: boolean
): Advance => {
  const start = metric.recurring ? carriedOver(metric.aggregation_type, before) : { value: zero, active: new Set<string>() }
  const active = new Set(start.active)
  const byDays = (units: Exact, days: () => number): Exact => (prorated ? period.share(units, days()) : units)
  let level = start.value
  let peak = max(level, zero)
  const at_start = metric.recurring ? byDays(peak, () => period.days) : null
  let billed_units = at_start ?? zero
  const steps = events.map((event): AdvanceStep => {
    const peak_before = peak
    if (event === null) return { units: zero, full_units: zero, peak_before, peak }
    level = add(level, movement(metric.aggregation_type, active, event))
    peak = max(peak, level)
    const full_units = subtract(peak, peak_before)
    const units = byDays(full_units, () => period.daysFrom(period.dayOf(event.at)))
    billed_units = add(billed_units, units)
    return { units, full_units, peak_before, peak }
  })
  return { at_start, events: steps, billed_units, current_units: max(level, zero) }
}
