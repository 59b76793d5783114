/** Why an event takes part in nothing for its metric; the ingestion result says so (P9). */
import { Schema } from "effect"

export const UncountedReason = Schema.Literal(
  "missing_property",
  "not_a_decimal",
  "not_a_text",
  "unknown_operation",
  "division_by_zero",
  "out_of_range"
)
export type UncountedReason = typeof UncountedReason.Type

/** The reason, and the property that it is about where it is about one. */
export const Uncounted = Schema.Struct({ reason: UncountedReason, property: Schema.NullOr(Schema.String) })
export type Uncounted = typeof Uncounted.Type

export const uncounted = (reason: UncountedReason, property: string | null = null): Uncounted => ({ reason, property })

export const isUncounted = <A extends object>(reading: A | Uncounted): reading is Uncounted => "reason" in reading
