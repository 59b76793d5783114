/** What can be wrong with a metric or an event, each with the place where it is. */
import { Schema } from "effect"
import { InvalidInput } from "../core/errors.js"

/**
 * A metric that must not be stored: `path` names the field.
 *
 * @see spec pricing 10
 */
export class InvalidMetric extends Schema.TaggedError<InvalidMetric>()("InvalidMetric", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.path}: ${this.reason}`
  }
}

/** No metric of this organization has the id or code (P10). */
export class MetricNotFound extends Schema.TaggedError<MetricNotFound>()("MetricNotFound", {
  code: Schema.optional(Schema.String),
  id: Schema.optional(Schema.String)
}) {
  override get message() {
    return `no billable metric ${this.code ?? this.id ?? ""}`
  }
}

/** A metric has a filter of this key already. */
export class FilterKeyTaken extends Schema.TaggedError<FilterKeyTaken>()("FilterKeyTaken", { key: Schema.String }) {
  override get message() {
    return `the filter key ${this.key} is taken`
  }
}

/** A metric filter that is not there. */
export class MetricFilterNotFound extends Schema.TaggedError<MetricFilterNotFound>()("MetricFilterNotFound", { key: Schema.String }) {
  override get message() {
    return `no filter ${this.key}`
  }
}

/** No event of this organization has the id or transaction id. */
export class EventNotFound extends Schema.TaggedError<EventNotFound>()("EventNotFound", { id: Schema.String }) {
  override get message() {
    return `no event ${this.id}`
  }
}

/**
 * The transaction id is known with other content: the first field that differs.
 *
 * @see decisions P11
 */
export class TransactionConflict extends Schema.TaggedError<TransactionConflict>()("TransactionConflict", {
  transaction_id: Schema.String,
  field: Schema.String
}) {
  override get message() {
    return `transaction ${this.transaction_id} is known with another ${this.field}`
  }
}

/** Why one event of a batch was refused; `field` of an `InvalidInput` is relative to the event. */
export const EventRefusal = Schema.Union(InvalidInput, MetricNotFound, TransactionConflict)
export type EventRefusal = typeof EventRefusal.Type

/** One refused event: its place in the batch, its transaction id where it could be read, and why. */
export const RefusedEvent = Schema.Struct({
  index: Schema.Int,
  transaction_id: Schema.NullOr(Schema.String),
  error: EventRefusal
})
export type RefusedEvent = typeof RefusedEvent.Type

/** A batch of mode `all` with events that cannot be taken; nothing of it is stored. */
export class EventBatchRejected extends Schema.TaggedError<EventBatchRejected>()("EventBatchRejected", {
  items: Schema.Array(RefusedEvent)
}) {
  override get message() {
    const [first] = this.items
    return `${this.items.length} of the batch's events refused${first === undefined ? "" : `, the first at ${first.index}: ${first.error.message}`}`
  }
}

/** More calls than the host allows an organization; nothing was stored, and after `retry_after_seconds` one goes in again. */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", { retry_after_seconds: Schema.Int }) {
  override get message() {
    return `too many calls: try again in ${this.retry_after_seconds} s`
  }
}
