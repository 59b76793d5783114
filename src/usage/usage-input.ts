/** What the methods of `Usage` take. */
import { Schema } from "effect"
import { decodeInput, Instant, LocalDate, Text } from "../core/index.js"

const Past = Schema.Struct({
  /** 1 to 36; 12 unless given. */
  periods_count: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 36, { message: () => "expected 1 to 36" })), { default: () => 12 })
})
export type PastInput = typeof Past.Encoded

const Trend = Schema.Struct({
  metric_code: Text.name(255),
  /** Local days of the customer, both counted, at most 366; the last 30 up to today unless given. */
  from: Schema.optional(LocalDate),
  to: Schema.optional(LocalDate)
})
export type TrendInput = typeof Trend.Encoded

const optionalName = Schema.optional(Schema.NullOr(Text.name(255)))

/** An event as it might be sent; what of it is an event's is read as ingestion reads it. */
const Estimate = Schema.Struct({
  /** Names the subscription; without, the customer's oldest one whose plan prices the metric then (P10). */
  external_subscription_id: optionalName,
  external_customer_id: optionalName,
  code: Text.name(255),
  /** Now unless given; in the running period. */
  timestamp: Schema.optional(Instant),
  properties: Schema.optional(Schema.Unknown),
  precise_total_amount_cents: Schema.optional(Schema.Unknown)
})
export type EstimateInput = Omit<typeof Estimate.Encoded, "properties" | "precise_total_amount_cents"> & {
  readonly properties?: Readonly<Record<string, unknown>> | undefined
  readonly precise_total_amount_cents?: string | null | undefined
}
export type EstimatedEvent = typeof Estimate.Type

export const decodePast = decodeInput(Past)
export const decodeTrend = decodeInput(Trend)
export const decodeEstimate = decodeInput(Estimate)
