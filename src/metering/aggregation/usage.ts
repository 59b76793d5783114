/** What an aggregation answers for one line (pricing.md 2.7). All exact; `value` and `full_units` after the metric's rounding function. */
import type { Exact } from "../../core/exact.js"
import type { Movement } from "../../pricing/index.js"

export interface LineUsage {
  readonly value: Exact
  /** Events of the period that count. */
  readonly events_count: number
  /** weighted_sum: the level at the end, where a recurring metric's next period starts. */
  readonly level?: Exact
  /** Prorated: the value without proration. */
  readonly full_units?: Exact
  /** Prorated: the steps of the level, in order. */
  readonly movements?: ReadonlyArray<Movement>
  /** The values of the events in order, where a percentage charge asks. */
  readonly event_values?: ReadonlyArray<Exact>
  /** The prices of the events, minor units, where a dynamic charge asks. */
  readonly precise_total_amount_cents?: Exact
}

/** What of a line somebody needs beyond its value and its number of events. */
export interface Needs {
  /** Aggregate by days, as a prorated charge does: recurring `sum` and `unique_count`. */
  readonly prorated: boolean
  readonly event_values: boolean
}

/** Where an event without a price of its own has price and quantity (pricing.md 4.7). */
export interface PriceFields {
  readonly price_field: string
  readonly quantity_field: string
  /** The exponent of the currency, which turns price × quantity into minor units. */
  readonly exponent: number
}

export const NOTHING_MORE: Needs = { prorated: false, event_values: false }
