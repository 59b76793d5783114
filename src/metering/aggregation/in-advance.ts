/** Charges paid in advance: how far each event moves the level, and what that adds to the peak that is billed already (P17). */
import { add, type Exact, fromBigInt, max, zero } from "../../core/exact.js"
import { type AggregationType, moveLevel, peakAtStart } from "../../pricing/index.js"
import { adds, byTimestamp, type CountedEvent, total } from "./counted.js"
import type { FoldPeriod } from "./period.js"
import { activeAfter } from "./unique-count.js"

/** What of a metric decides on levels: `count`, `sum`, `unique_count`, `custom`. */
export interface LevelMetric {
  readonly aggregation_type: AggregationType
  readonly recurring: boolean
}

/** The level that a period starts from, and how far each of its events moves it. */
interface Levels {
  /** What is carried over; may be below 0. */
  readonly carried: Exact
  /** One for each event; a switch that changes nothing, and an event that does not count, move by 0. */
  readonly moves: ReadonlyArray<Exact>
}

const movement = (type: AggregationType, active: Set<string>, event: CountedEvent): Exact => {
  if (type !== "unique_count") return event.value
  if (adds(event) === active.has(event.item)) return zero
  if (adds(event)) active.add(event.item)
  else active.delete(event.item)
  return event.value
}

/** `before`: the events before the period; `events`: those of the period in order of acceptance, null for one that does not count. */
const levels = (
  { aggregation_type, recurring }: LevelMetric,
  before: ReadonlyArray<CountedEvent>,
  events: ReadonlyArray<CountedEvent | null>
): Levels => {
  const carriedEvents = recurring ? byTimestamp(before) : []
  const active = aggregation_type === "unique_count" ? activeAfter(carriedEvents) : new Set<string>()
  const carried = aggregation_type === "unique_count" ? fromBigInt(BigInt(active.size)) : total(carriedEvents)
  return { carried, moves: events.map((event) => (event === null ? zero : movement(aggregation_type, active, event))) }
}

/** What an event adds to the billed peak, by days where the charge is prorated, and without proration. */
interface AdvanceUnits {
  readonly units: Exact
  readonly full_units: Exact
}

export interface Advance {
  /** What a recurring metric bills at the period's start; null for others. */
  readonly at_start: Exact | null
  readonly events: ReadonlyArray<AdvanceUnits>
  /** The start and the events. */
  readonly billed_units: Exact
  /** The level, not below 0. */
  readonly current_units: Exact
}

/**
 * The units of a line that is paid in advance.
 *
 * @see decisions P17; spec pricing 6
 */
export const inAdvance = (
  metric: LevelMetric,
  period: FoldPeriod,
  before: ReadonlyArray<CountedEvent>,
  events: ReadonlyArray<CountedEvent | null>,
  prorated: boolean
): Advance => {
  const { carried, moves } = levels(metric, before, events)
  let state = peakAtStart(carried)
  const at_start = !metric.recurring ? null : prorated ? period.share(state.peak, period.days) : state.peak
  let billed_units = at_start ?? zero
  const steps = events.map((event, index): AdvanceUnits => {
    const { after, units: full_units } = moveLevel(state, moves[index]!)
    state = after
    const units = prorated && event !== null ? period.share(full_units, period.daysFrom(period.dayOf(event.at))) : full_units
    billed_units = add(billed_units, units)
    return { units, full_units }
  })
  return { at_start, events: steps, billed_units, current_units: max(state.level, zero) }
}
