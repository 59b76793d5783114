/** Metering: billable metrics, events, and how events become usage. */
export { aggregate } from "./aggregation/aggregate.js"
export type { CountedEvent } from "./aggregation/counted.js"
export { type Advance, type AdvanceUnits, inAdvance, type LevelMetric, type Levels, levels } from "./aggregation/in-advance.js"
export { type FoldPeriod, foldPeriod } from "./aggregation/period.js"
export { type LineUsage, type Movement, type Needs, NOTHING_MORE, type PriceFields } from "./aggregation/usage.js"
export { type Arrival, Arrivals, arrivalsOf } from "./arrivals.js"
export type { IngestResult, UncountedEvent } from "./batch.js"
export type { EventSource } from "./batches.js"
export {
  type BucketFilter,
  type Buckets,
  type BucketTerms,
  bucketOf,
  compareGroups,
  type GroupKey,
  groupOf,
  nullGroup,
  ONE_BUCKET,
  PLAIN,
  precedence,
  termsOf
} from "./bucket.js"
export { canonicalJson } from "./canonical-json.js"
export * from "./errors.js"
export { Event, type EventFact, EventId, EventInput, readEvent } from "./event.js"
export { EventSequence } from "./event-sequence.js"
export { type EventFilter, EventStore, type EventStoreShape, type HourlyVolume, type KnownEvent, type NewEvent } from "./event-store.js"
export {
  Events,
  type EventsShape,
  type IngestedEvent,
  type IngestOptions,
  type ListEventsInput,
  type StreamOptions,
  type StreamProgress,
  type VolumeInput
} from "./events.js"
export * from "./metric.js"
export type { CreateMetricInput, FilterChange, FilterInput, ListMetricsInput, UpdateMetricInput } from "./metric-input.js"
export { MetricStore, type MetricStoreShape, type MetricUses } from "./metric-store.js"
export { type MetricRef, Metrics, type MetricsShape } from "./metrics.js"
export { type ActiveItems, ADDITIVE, type AdditiveType, mergeUsage, type PartialUsage, uniqueUsage } from "./partial-usage.js"
export { decimalText, type Properties, scalarText } from "./property.js"
export { type Counted, priceOf, type Reader, type Reading, reader } from "./reading.js"
export { type BucketUsage, type CountedUsageEvent, foldUsage, type GroupUsage, recount, type UsageEvent } from "./recount.js"
export { ROUNDING_FUNCTIONS, type Rounding, type RoundingFunction } from "./rounding.js"
export { COMMON_SCALE, exactOfStored, OTHER_TALLY, type StoredValue, storedReader, TEXT_SCALE, tallyOf } from "./stored-value.js"
export { isUncounted, Uncounted, UncountedReason } from "./uncounted.js"
export { type Stretch, type Subject, type UsageRequest, UsageStore, type UsageStoreShape } from "./usage-store.js"
