/** The service of events: batches in, each fact once, and what of a batch was refused or does not count named one by one. */
import { Clock, Context, DateTime, Effect, Layer, Schema, Stream } from "effect"
import {
  type CurrentOrganization,
  decodeInput,
  Ids,
  Instant,
  InvalidInput,
  isUuid,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  type StorageError,
  Text,
  Transactor
} from "../core/index.js"
import { EventBatchRejected, EventNotFound, MetricNotFound, type RefusedEvent, TransactionConflict } from "./errors.js"
import { conflictingField, type Event, type EventFact, type EventInput, readEvent, transactionIdOf } from "./event.js"
import { EventStore, type NewEvent } from "./event-store.js"
import { MetricStore } from "./metric-store.js"
import { storedReader } from "./stored-value.js"
import { isUncounted, type Uncounted } from "./uncounted.js"

const MOST = 10_000

/** `all`: one event that cannot be taken refuses the batch (the default); `valid`: the others are stored. */
export interface IngestOptions {
  readonly mode?: "all" | "valid"
}

/** An event that was stored and does not count, and why (P9). */
export interface UncountedEvent {
  readonly index: number
  readonly transaction_id: string
  readonly reason: Uncounted
}

/** What became of a batch. `accepted` + `duplicates` + `refused` = its events. */
export interface IngestResult {
  readonly accepted: number
  /** Known transactions with the same content: no effect (P11). */
  readonly duplicates: number
  /** Known transactions with other content; each is among `refused`. */
  readonly conflicts: number
  readonly refused: ReadonlyArray<RefusedEvent>
  readonly uncounted: ReadonlyArray<UncountedEvent>
}

export interface StreamOptions extends IngestOptions {
  /** Events a batch; 5,000 unless given. */
  readonly batch_size?: number
  readonly on_progress?: (so_far: { readonly events: number; readonly accepted: number; readonly duplicates: number }) => void
}

const ListEvents = Schema.Struct({
  ...pageFields,
  external_customer_id: Schema.optional(Text.name(255)),
  code: Schema.optional(Text.name(255)),
  from: Schema.optional(Instant),
  to: Schema.optional(Instant)
})
export type ListEventsInput = typeof ListEvents.Encoded

const decodeList = decodeInput(ListEvents)

export interface EventsShape {
  /**
   * Takes 1 to 10,000 events. Idempotent by `transaction_id`. In mode `all` nothing is stored unless all can be.
   *
   * Fails with `InvalidInput` (no event, or too many) or `EventBatchRejected` (mode `all`), which names each refused event.
   *
   * @see decisions P9, P10, P11
   */
  readonly ingest: (
    events: ReadonlyArray<EventInput>,
    options?: IngestOptions
  ) => Effect.Effect<IngestResult, InvalidInput | EventBatchRejected | StorageError, CurrentOrganization>
  /** Takes any number of events from an iterable, batch by batch, reading on only when a batch is stored. What is refused does not stop it unless `mode` is `all`. */
  readonly ingestStream: (
    events: AsyncIterable<EventInput> | Iterable<EventInput>,
    options?: StreamOptions
  ) => Effect.Effect<IngestResult, InvalidInput | EventBatchRejected | StorageError, CurrentOrganization>
  /** By id or transaction id. Fails with `EventNotFound`. */
  readonly get: (
    ref: { readonly id: string } | { readonly transaction_id: string }
  ) => Effect.Effect<Event, EventNotFound | StorageError, CurrentOrganization>
  readonly list: (input?: ListEventsInput) => Effect.Effect<Page<Event>, InvalidInput | StorageError, CurrentOrganization>
}

const NOTHING: IngestResult = { accepted: 0, duplicates: 0, conflicts: 0, refused: [], uncounted: [] }

const together = (a: IngestResult, b: IngestResult, offset: number): IngestResult => ({
  accepted: a.accepted + b.accepted,
  duplicates: a.duplicates + b.duplicates,
  conflicts: a.conflicts + b.conflicts,
  refused: [...a.refused, ...b.refused.map((item) => ({ ...item, index: item.index + offset }))],
  uncounted: [...a.uncounted, ...b.uncounted.map((item) => ({ ...item, index: item.index + offset }))]
})

interface ReadFact {
  readonly index: number
  readonly fact: EventFact
}

export class Events extends Context.Tag("billwright/Events")<Events, EventsShape>() {
  static readonly layer: Layer.Layer<Events, never, EventStore | MetricStore | Transactor | Ids> = Layer.effect(
    Events,
    Effect.gen(function* () {
      const store = yield* EventStore
      const metrics = yield* MetricStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      /** Readers of the codes of a batch, by code. */
      const readersOf = Effect.fnUntraced(function* (facts: ReadonlyArray<ReadFact>) {
        const codes = [...new Set(facts.map(({ fact }) => fact.code))]
        const found = yield* metrics.load({ ids: [], codes })
        return new Map(found.map((metric) => [metric.code, storedReader(metric)]))
      })

      /** Appends; what was known is a duplicate or a conflict. */
      const append = Effect.fnUntraced(function* (
        events: ReadonlyArray<NewEvent & { readonly index: number }>,
        refused: Array<RefusedEvent>
      ) {
        const now = yield* Clock.currentTimeMillis
        const places = yield* store.append(events, now)
        if (places.length === 0) return 0
        const again = places.map((place) => events[place]!)
        const known = new Map(
          (yield* store.known(again.map((event) => event.transaction_id))).map((event) => [event.transaction_id, event])
        )
        let duplicates = 0
        for (const event of again) {
          const field = conflictingField(known.get(event.transaction_id)!, event)
          if (field === undefined) duplicates += 1
          else refused.push(conflict(event, field))
        }
        return duplicates
      })

      const conflict = (event: EventFact & { readonly index: number }, field: string): RefusedEvent => ({
        index: event.index,
        transaction_id: event.transaction_id,
        error: new TransactionConflict({ transaction_id: event.transaction_id, field })
      })

      const ingest: EventsShape["ingest"] = Effect.fn("Events.ingest")(function* (events, { mode = "all" } = {}) {
        if (!Array.isArray(events) || events.length === 0 || events.length > MOST) {
          return yield* new InvalidInput({ field: "events", reason: `expected 1 to ${MOST} events` })
        }
        const refused: Array<RefusedEvent> = []
        const facts: Array<ReadFact> = []
        events.forEach((input: unknown, index) => {
          const fact = readEvent(input)
          if (fact instanceof InvalidInput) refused.push({ index, transaction_id: transactionIdOf(input), error: fact })
          else facts.push({ index, fact })
        })
        return yield* transaction(
          Effect.gen(function* () {
            const readers = yield* readersOf(facts)
            const first = new Map<string, EventFact & { readonly index: number }>()
            const uncounted: Array<UncountedEvent> = []
            const values: Array<NewEvent["value"]> = []
            let duplicates = 0
            for (const { fact, index } of facts) {
              const reader = readers.get(fact.code)
              if (reader === undefined) {
                refused.push({ index, transaction_id: fact.transaction_id, error: new MetricNotFound({ code: fact.code }) })
                continue
              }
              const earlier = first.get(fact.transaction_id)
              if (earlier !== undefined) {
                const field = conflictingField(earlier, fact)
                if (field === undefined) duplicates += 1
                else refused.push(conflict({ ...fact, index }, field))
                continue
              }
              const value = reader(fact.properties)
              first.set(fact.transaction_id, { ...fact, index })
              values.push(isUncounted(value) ? null : value)
              if (isUncounted(value)) uncounted.push({ index, transaction_id: fact.transaction_id, reason: value })
            }
            if (mode === "all" && refused.length > 0) return yield* new EventBatchRejected({ items: inOrder(refused) })
            const fresh = yield* ids.many(first.size)
            const news = [...first.values()].map((fact, place) => ({ ...fact, id: fresh[place]!, value: values[place]! }))
            const before = refused.length
            const stored = news.length === 0 ? 0 : yield* append(news, refused)
            duplicates += stored
            if (mode === "all" && refused.length > 0) return yield* new EventBatchRejected({ items: inOrder(refused) })
            const conflicts = refused.filter(({ error }) => error._tag === "TransactionConflict").length
            return {
              accepted: news.length - stored - (refused.length - before),
              duplicates,
              conflicts,
              refused: inOrder(refused),
              uncounted
            }
          })
        )
      })

      return Events.of({
        ingest,
        ingestStream: Effect.fn("Events.ingestStream")(function* (events, { batch_size = 5000, mode = "valid", on_progress } = {}) {
          const source: Stream.Stream<EventInput> =
            Symbol.asyncIterator in events ? Stream.orDie(Stream.fromAsyncIterable(events, (cause) => cause)) : Stream.fromIterable(events)
          let taken = 0
          return yield* source.pipe(
            Stream.grouped(Math.max(1, Math.min(batch_size, MOST))),
            Stream.runFoldEffect(NOTHING, (so_far, chunk) =>
              Effect.map(ingest([...chunk], { mode }), (result) => {
                const total = together(so_far, result, taken)
                taken += chunk.length
                on_progress?.({ events: taken, accepted: total.accepted, duplicates: total.duplicates })
                return total
              })
            )
          )
        }),
        get: Effect.fn("Events.get")(function* (ref) {
          const found = "id" in ref && !isUuid(ref.id) ? undefined : yield* store.find(ref)
          return found ?? (yield* new EventNotFound({ id: "id" in ref ? ref.id : ref.transaction_id }))
        }),
        list: Effect.fn("Events.list")(function* (input = {}) {
          const { from, to, ...given } = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "timestamp"])
          return pageOf(
            request,
            yield* store.page({ ...given, from: from && DateTime.formatIso(from), to: to && DateTime.formatIso(to) }, request)
          )
        })
      })
    })
  )
}

const inOrder = (refused: ReadonlyArray<RefusedEvent>) => [...refused].sort((a, b) => a.index - b.index)
