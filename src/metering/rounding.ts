/** The rounding function of a metric, applied once to a line's value and full units (pricing.md 2.6). */
import { ceil, type Exact, floor, round } from "../core/exact.js"

export const ROUNDING_FUNCTIONS = ["round", "ceil", "floor"] as const
export type RoundingFunction = (typeof ROUNDING_FUNCTIONS)[number]

export interface Rounding {
  readonly rounding_function: RoundingFunction | null
  /** Decimals, −15 to 15; null: 0. */
  readonly rounding_precision: number | null
}

const FUNCTIONS = { round, ceil, floor } as const

export const rounded = (rounding: Rounding, value: Exact): Exact =>
  rounding.rounding_function === null ? value : FUNCTIONS[rounding.rounding_function](value, rounding.rounding_precision ?? 0)
