/** Metering: billable metrics, events, and how events become usage. */

export type { CountedEvent } from "./aggregation/counted.js"
export { inAdvance } from "./aggregation/in-advance.js"
export { type FoldPeriod, foldPeriod } from "./aggregation/period.js"
export { type LineUsage, type Needs, NOTHING_MORE } from "./aggregation/usage.js"
export { type Arrival, Arrivals } from "./arrivals.js"
export type { IngestResult, UncountedEvent } from "./batch.js"

export {
  type BucketFilter,
  type Buckets,
  type BucketTerms,
  bucketOf,
  type GroupKey,
  groupOf,
  ONE_BUCKET,
  PLAIN,
  termsOf
} from "./bucket.js"
export { canonicalJson } from "./canonical-json.js"
export * from "./errors.js"
export { Event, type EventFact, EventId, EventInput, readEvent } from "./event.js"
export { type AcceptedEvent, EventBilling, type UnbillableEvent } from "./event-billing.js"
export { EventSequence, type SequencedEvent } from "./event-sequence.js"
export { EventStore, type EventStoreShape, type HourlyVolume, type KnownEvent, type NewEvent } from "./event-store.js"
export {
  Events,
  type EventsShape,
  type IngestOptions,
  type ListEventsInput,
  type StreamOptions
} from "./events.js"
export { fingerprint } from "./fingerprint.js"
export { type IngestionLimit, IngestionLimiter } from "./ingestion-limit.js"
export * from "./metric.js"
export type { CreateMetricInput, FilterChange, FilterInput, ListMetricsInput, UpdateMetricInput } from "./metric-input.js"
export { type MetricPlanCount, MetricStore, type MetricStoreShape, type MetricTypeCount } from "./metric-store.js"
export { type MetricRef, Metrics, type MetricsShape } from "./metrics.js"
export { type ActiveItems, ADDITIVE, type AdditiveType, mergeUsage, type PartialUsage, uniqueUsage } from "./partial-usage.js"
export type { Properties } from "./property.js"
export { priceOf, type Reader, reader } from "./reading.js"
export { type BucketUsage, type CountedUsageEvent, foldUsage, type GroupUsage, recount, type UsageEvent } from "./recount.js"

export {
  dayOf,
  highOf,
  hourOf,
  joinHalves,
  lowOf,
  type Slot,
  type SlotWidth,
  sharedProperties,
  slotParts,
  splitReader
} from "./slot.js"
export { daysOf, eachMetric, examineSlots, type Recounted, recountSlots, sumOf, type WrongSlot } from "./slot-recount.js"
export { type SlotDays, SlotStore } from "./slot-store.js"
export { COMMON_SCALE, exactOfStored, OTHER_TALLY, storedReader, TEXT_SCALE, tallyOf } from "./stored-value.js"
export { isUncounted, Uncounted, UncountedReason } from "./uncounted.js"
export { type Stretch, type Subject, type UsageRequest, UsageStore, type UsageStoreShape } from "./usage-store.js"
