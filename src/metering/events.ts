/** The service of events: batches in, each fact once, and what of a batch was refused or does not count named one by one. */
import { Clock, Context, Duration, Effect, Layer, Schema, Stream } from "effect"
import {
  type CurrentOrganization,
  canName,
  decodeInput,
  Ids,
  Instant,
  InvalidInput,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  type StorageError,
  Text,
  Transactor
} from "../core/index.js"
import { Arrivals, arrivalsOf } from "./arrivals.js"
import {
  byIndex,
  codesOf,
  type EventReader,
  type IngestResult,
  type ReadBatch,
  readBatch,
  type SentEvent,
  type Settled,
  type Sorted,
  settle,
  sortBatch,
  type UncountedEvent
} from "./batch.js"
import { batchesOf, type EventSource } from "./batches.js"
import { EventBatchRejected, EventNotFound, type EventRefusal, type RateLimited, type RefusedEvent } from "./errors.js"
import type { Event, EventInput } from "./event.js"
import { EventBilling } from "./event-billing.js"
import { EventStore, type HourlyVolume } from "./event-store.js"
import { IngestionLimiter } from "./ingestion-limit.js"
import type { BillableMetric } from "./metric.js"
import { MetricStore } from "./metric-store.js"
import { splitReader } from "./slot.js"
import { storedReader } from "./stored-value.js"
import type { Uncounted } from "./uncounted.js"

const MOST = 10_000

/** `all`: one event that cannot be taken refuses the batch (the default); `valid`: the others are stored. */
export interface IngestOptions {
  readonly mode?: "all" | "valid"
}

export interface StreamOptions extends IngestOptions {
  /** Events a batch; 5,000 unless given. */
  readonly batch_size?: number
  readonly on_progress?: (so_far: StreamProgress) => void
}

interface StreamProgress {
  readonly events: number
  readonly accepted: number
  readonly duplicates: number
  readonly refused: number
}

/** What became of a single event. */
interface IngestedEvent {
  readonly status: "ingested" | "duplicate"
  /** As it is stored. */
  readonly event: Event
  /** Whether it counts for its metric, and why not. */
  readonly counted: boolean
  readonly reason: Uncounted | null
}

/** What a check of one event came to. */
interface ReprocessedEvent {
  /** How many subscriptions were checked: those that something watches. */
  readonly subscriptions_checked: number
}

const ListEvents = Schema.Struct({
  ...pageFields,
  external_customer_id: Schema.optional(Text.name(255)),
  external_subscription_id: Schema.optional(Text.name(255)),
  code: Schema.optional(Text.name(255)),
  from: Schema.optional(Instant),
  to: Schema.optional(Instant)
})
/** What `Events.list` takes: a page and its filters; `from` and `to` are of timestamps, half-open. Sorted by `created_at` or `timestamp`. */
export type ListEventsInput = typeof ListEvents.Encoded

const Volume = Schema.Struct({
  from: Schema.optional(Instant),
  to: Schema.optional(Instant),
  code: Schema.optional(Text.name(255))
})
/** What `Events.volume` takes: the last 24 hours unless given, at most 31 days; of all metrics or of one. */
type VolumeInput = typeof Volume.Encoded

const decodeList = decodeInput(ListEvents)
const decodeVolume = decodeInput(Volume)

export interface EventsShape {
  /**
   * Takes 1 to 10,000 events. Idempotent by `transaction_id`. In mode `all` nothing is stored unless all can be.
   *
   * Fails with `InvalidInput` (no event, or too many), `EventBatchRejected` (mode `all`), which names each refused event, or
   * `RateLimited` where the host set a limit of calls.
   *
   * @see decisions P9, P10, P11
   */
  readonly ingest: (
    events: ReadonlyArray<EventInput>,
    options?: IngestOptions
  ) => Effect.Effect<IngestResult, InvalidInput | RateLimited | EventBatchRejected | StorageError, CurrentOrganization>
  /** Takes one event and answers what is stored. Fails with `InvalidInput`, `MetricNotFound`, `TransactionConflict`, `RateLimited`. */
  readonly ingestOne: (event: EventInput) => Effect.Effect<IngestedEvent, EventRefusal | RateLimited | StorageError, CurrentOrganization>
  /**
   * Takes any number of events batch by batch, reading on only when a batch is stored. What is refused does not stop it
   * unless `mode` is `all`. A batch is a call: where the host set a limit of calls it waits for its turn.
   */
  readonly ingestStream: <E = never, R = never>(
    events: EventSource<E, R>,
    options?: StreamOptions
  ) => Effect.Effect<IngestResult, E | InvalidInput | EventBatchRejected | StorageError, R | CurrentOrganization>
  /** By id or transaction id. Fails with `EventNotFound`. */
  readonly get: (
    ref: { readonly id: string } | { readonly transaction_id: string }
  ) => Effect.Effect<Event, EventNotFound | StorageError, CurrentOrganization>
  /**
   * Holds the usage of the running periods against the thresholds and alerts that the event concerns, as if it had arrived now. What was
   * crossed or told before is not again.
   *
   * Fails with `EventNotFound`.
   *
   * @see spec billing 6.1
   */
  readonly reprocess: (
    ref: { readonly id: string } | { readonly transaction_id: string }
  ) => Effect.Effect<ReprocessedEvent, EventNotFound | StorageError, CurrentOrganization>
  readonly list: (input?: ListEventsInput) => Effect.Effect<Page<Event>, InvalidInput | StorageError, CurrentOrganization>
  /** Events by clock hour in UTC, hours without any as 0. Fails with `InvalidInput`. */
  readonly volume: (input?: VolumeInput) => Effect.Effect<ReadonlyArray<HourlyVolume>, InvalidInput | StorageError, CurrentOrganization>
}

const NOTHING: IngestResult = { accepted: 0, duplicates: 0, conflicts: 0, refused: [], uncounted: [] }

/** What became of events that were sent to the store: `settled` where some were known. */
interface Stored {
  readonly settled: Settled | undefined
  readonly stored: ReadonlyArray<SentEvent>
}

/** Ends a transaction whose batch has events that cannot be billed, so that it is undone. */
class Unbillable {
  constructor(readonly refused: ReadonlyArray<RefusedEvent>) {}
}

type Taking = Effect.Effect<IngestResult, EventBatchRejected | StorageError, CurrentOrganization>

const HOUR = 3_600_000
const MOST_HOURS = 31 * 24

/** Adds up the results of a stream; what a batch names by place is named by its place in the stream. */
const tally = () => {
  const refused: Array<IngestResult["refused"][number]> = []
  const uncounted: Array<UncountedEvent> = []
  let [events, accepted, duplicates, conflicts] = [0, 0, 0, 0]
  return {
    add: (result: IngestResult, size: number) => {
      for (const item of result.refused) refused.push({ ...item, index: item.index + events })
      for (const item of result.uncounted) uncounted.push({ ...item, index: item.index + events })
      events += size
      accepted += result.accepted
      duplicates += result.duplicates
      conflicts += result.conflicts
    },
    progress: (): StreamProgress => ({ events, accepted, duplicates, refused: refused.length }),
    result: (): IngestResult => ({ accepted, duplicates, conflicts, refused, uncounted })
  }
}

export class Events extends Context.Tag("billwright/Events")<Events, EventsShape>() {
  static readonly layer: Layer.Layer<Events, never, EventStore | MetricStore | Arrivals | EventBilling | Transactor | Ids> = Layer.effect(
    Events,
    Effect.gen(function* () {
      const store = yield* EventStore
      const metrics = yield* MetricStore
      const arrivals = yield* Arrivals
      const billing = yield* EventBilling
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const limiter = yield* IngestionLimiter

      /** A metric's reader is prepared once for as long as the metric stays as it is. */
      const prepared = new Map<string, { readonly version: number; readonly read: EventReader }>()
      const readerOf = (metric: BillableMetric): EventReader => {
        const version = metric.updated_at.epochMillis
        const known = prepared.get(metric.id)
        if (known?.version === version) return known.read
        const read = { value: storedReader(metric), split: splitReader(metric) }
        prepared.set(metric.id, { version, read })
        return read
      }

      /** The readers of codes, and those of the codes whose events some charge bills one by one. */
      const readersOf = Effect.fnUntraced(function* (codes: ReadonlyArray<string>) {
        const found = codes.length === 0 ? [] : yield* metrics.share(codes)
        return {
          readers: new Map(found.map((metric) => [metric.code, readerOf(metric)])),
          inAdvance: new Set(found.flatMap((metric) => (metric.paid_in_advance ? [metric.code] : [])))
        }
      })

      /** Stores what is to be billed one by one when it is its turn, and bills what was stored. */
      const billed = Effect.fnUntraced(function* <A extends Stored>(
        { taken }: Sorted,
        inAdvance: ReadonlySet<string>,
        storing: Effect.Effect<A, StorageError, CurrentOrganization>
      ) {
        const paying = ({ fact, value }: Pick<SentEvent, "fact" | "value">): boolean => value !== null && inAdvance.has(fact.code)
        const turns = yield* billing.takeTurns(arrivalsOf(taken.filter(paying).map(({ fact }) => fact)))
        const written = yield* storing
        const fresh = turns.length === 0 ? [] : written.stored.filter(paying)
        if (fresh.length === 0) return written
        const unbillable = yield* billing.bill(
          turns,
          fresh.map(({ fact, id }) => ({ ...fact, id }))
        )
        if (unbillable.length === 0) return written
        const errors = new Map(unbillable.map(({ error, id }) => [id, error]))
        return yield* Effect.fail(
          new Unbillable(
            fresh.flatMap(({ fact: { transaction_id }, id, index }) => {
              const error = errors.get(id)
              return error === undefined ? [] : [{ index, transaction_id, error }]
            })
          )
        )
      })

      /** Appends what can be taken; only where something was known is it read again and compared. */
      const write = Effect.fnUntraced(function* ({ taken }: Sorted) {
        const fresh = yield* ids.many(taken.length)
        const sent = taken.map((event, place): SentEvent => ({ id: fresh[place]!, ...event }))
        const added = yield* store.append(sent, yield* Clock.currentTimeMillis)
        const settled = added === sent.length ? undefined : settle(sent, yield* store.known(sent.map(({ fact }) => fact.transaction_id)))
        const stored = settled === undefined ? sent : sent.filter(({ index }) => settled.accepted.has(index))
        yield* arrivals.note(arrivalsOf(stored.filter(({ value }) => value !== null).map(({ fact }) => fact)))
        return { settled, stored }
      })

      /** One transaction; `unbillable` were found by those before it, which are undone. */
      const attempt = Effect.fnUntraced(function* (
        batch: ReadBatch,
        mode: NonNullable<IngestOptions["mode"]>,
        unbillable: ReadonlyArray<RefusedEvent>
      ) {
        const { inAdvance, readers } = yield* readersOf(codesOf(batch))
        const found = sortBatch(batch, readers)
        if (mode === "all" && found.refused.length > 0) return yield* new EventBatchRejected({ items: byIndex(found.refused) })
        const without = new Set(unbillable.map(({ index }) => index))
        const sorted = without.size === 0 ? found : { ...found, taken: found.taken.filter(({ index }) => !without.has(index)) }
        const { taken, uncounted } = sorted
        const refused = [...found.refused, ...unbillable]
        const { settled } =
          taken.length === 0
            ? { settled: undefined }
            : yield* inAdvance.size === 0 ? write(sorted) : billed(sorted, inAdvance, write(sorted))
        const conflicts = settled?.conflicts ?? []
        if (mode === "all" && unbillable.length + conflicts.length > 0) {
          return yield* new EventBatchRejected({ items: byIndex([...unbillable, ...conflicts]) })
        }
        if (settled === undefined) return { ...NOTHING, accepted: taken.length, refused: byIndex(refused), uncounted }
        const { accepted, duplicates } = settled
        return {
          accepted: accepted.size,
          duplicates,
          conflicts: conflicts.length,
          refused: byIndex([...refused, ...conflicts]),
          uncounted: uncounted.filter(({ index }) => accepted.has(index))
        }
      })

      const take = Effect.fnUntraced(function* (events: ReadonlyArray<EventInput>, { mode = "all" }: IngestOptions) {
        if (!Array.isArray(events) || events.length === 0 || events.length > MOST) {
          return yield* new InvalidInput({ field: "events", reason: `expected 1 to ${MOST} events` })
        }
        const batch = readBatch(events)
        const without = (unbillable: ReadonlyArray<RefusedEvent>): Taking =>
          Effect.catchIf(
            transaction(attempt(batch, mode, unbillable)),
            (error) => error instanceof Unbillable,
            ({ refused }) => without([...unbillable, ...refused])
          )
        return yield* without([])
      })

      const ingest = Effect.fn("Events.ingest")((events: ReadonlyArray<EventInput>, options: IngestOptions = {}) =>
        Effect.zipRight(limiter.admit, take(events, options))
      )

      /** Waits until one more call goes in. */
      const turn: Effect.Effect<void, never, CurrentOrganization> = limiter.admit.pipe(
        Effect.catchTag("RateLimited", ({ retry_after_seconds }) =>
          Effect.zipRight(
            Effect.sleep(Duration.seconds(retry_after_seconds)),
            Effect.suspend(() => turn)
          )
        )
      )

      const find = Effect.fnUntraced(function* (ref: { readonly id: string } | { readonly transaction_id: string }) {
        const found = canName(ref, "transaction_id") ? yield* store.find(ref) : undefined
        return found ?? (yield* new EventNotFound({ id: "id" in ref ? ref.id : ref.transaction_id }))
      })

      return Events.of({
        ingest,

        ingestOne: Effect.fn("Events.ingestOne")(function* (event) {
          const result = yield* ingest([event]).pipe(Effect.catchTag("EventBatchRejected", ({ items }) => Effect.fail(items[0]!.error)))
          const stored = yield* find({ transaction_id: event.transaction_id }).pipe(Effect.orDie)
          const { readers } = yield* readersOf([stored.code])
          const reading = readers.get(stored.code)!.value(stored.properties)
          const reason = "reason" in reading ? reading : null
          return { status: result.accepted === 1 ? "ingested" : "duplicate", event: stored, counted: reason === null, reason }
        }),

        ingestStream: Effect.fn("Events.ingestStream")(function* (events, { batch_size = 5000, mode = "valid", on_progress } = {}) {
          const total = tally()
          yield* Stream.runForEach(batchesOf(events, Math.max(1, Math.min(batch_size, MOST))), (batch) =>
            Effect.map(Effect.zipRight(turn, take(batch, { mode })), (result) => {
              total.add(result, batch.length)
              on_progress?.(total.progress())
            })
          )
          return total.result()
        }),

        get: Effect.fn("Events.get")(find),

        reprocess: Effect.fn("Events.reprocess")(function* (ref) {
          return yield* transaction(
            Effect.gen(function* () {
              const event = yield* find(ref)
              const checked = yield* arrivals.check(arrivalsOf([{ ...event, at: event.timestamp.epochMillis }]))
              return { subscriptions_checked: checked.length }
            })
          )
        }),

        list: Effect.fn("Events.list")(function* (input = {}) {
          const { from, to, ...given } = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "timestamp"])
          return pageOf(request, yield* store.page({ ...given, from: from?.epochMillis, to: to?.epochMillis }, request))
        }),

        volume: Effect.fn("Events.volume")(function* (input = {}) {
          const { code, from, to } = yield* decodeVolume(input)
          const end = Math.ceil((to?.epochMillis ?? (yield* Clock.currentTimeMillis)) / HOUR) * HOUR
          const start = from === undefined ? end - 24 * HOUR : Math.floor(from.epochMillis / HOUR) * HOUR
          if (start >= end || end - start > MOST_HOURS * HOUR) {
            return yield* new InvalidInput({ field: "from", reason: "expected at most 31 days before to" })
          }
          const found = new Map((yield* store.volume(start, end, code)).map(({ at, events_count }) => [at, events_count]))
          return Array.from({ length: (end - start) / HOUR }, (_, hour): HourlyVolume => {
            const at = start + hour * HOUR
            return { at, events_count: found.get(at) ?? 0 }
          })
        })
      })
    })
  )
}
