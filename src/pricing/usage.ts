/** What a model prices: the figures of one line, as metering hands them over. All exact, none rounded. */
import type { CurrencyExponent } from "../core/currency.js"
import type { Exact } from "../core/exact.js"
import type { CustomRow } from "./rows.js"

/** How the events of a metric become its value. */
export const AGGREGATION_TYPES = ["count", "sum", "max", "unique_count", "weighted_sum", "latest", "custom"] as const
export type AggregationType = (typeof AGGREGATION_TYPES)[number]

/** One step of a level that is billed by days: how far, and how far times its share of the full period. */
export interface Movement {
  readonly units: Exact
  readonly prorated_units: Exact
}

/** What the host's function for a custom charge answered, already read as an exact amount in units of the currency. */
export interface FunctionResult {
  readonly amount: Exact
  readonly rows: ReadonlyArray<CustomRow>
}

export interface Usage {
  /** The metric's value; of a prorated charge the prorated one. May be negative. */
  readonly units: Exact
  /** The value without proration, where `units` are prorated. */
  readonly full_units?: Exact
  /** How many transactions a percentage charge has, where it needs no single values (`needs_event_values` false). */
  readonly transactions_count?: bigint
  /** percentage: the values of the events in order. */
  readonly event_values?: ReadonlyArray<Exact>
  /** dynamic: the sum over the events, in minor units of the currency with that exponent. */
  readonly precise_total_amount_cents?: Exact
  readonly currency_exponent?: CurrencyExponent
  /** custom: the answer of the host's function; null or absent: it returned nothing. Only read where one is registered. */
  readonly function_result?: FunctionResult | null
  /** graduated on a prorated charge: the steps of the level, in order. */
  readonly movements?: ReadonlyArray<Movement>
}

/** What a unit price is divided by unless the model says otherwise. */
export const fullUnits = (usage: Usage): Exact => usage.full_units ?? usage.units
