/** Usage in SQL: many requests at once, added up by the engine where parts add up to the whole, else folded from narrow rows. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../../src/core/index.js"
import {
  type ActiveItems,
  type BucketUsage,
  type CountedUsageEvent,
  foldUsage,
  groupOf,
  mergeUsage,
  OTHER_TALLY,
  type PartialUsage,
  reader,
  TEXT_SCALE,
  type UsageRequest,
  UsageStore,
  uniqueUsage
} from "../../../../src/metering/index.js"
import { Dialect } from "../../dialect.js"
import { asStorage } from "../../failure.js"
import { type Keys, type Kind, kindOf, placesFor } from "./kind.js"
import { rangesOf } from "./ranges.js"
import { eventOf, itemsOf, lastOf, lastsOf, partOf, slotPartOf, textsOf, wholeEventOf } from "./read.js"
import { type Figure, figureOf, type KeyedRange, type UniqueRow, usageStatements } from "./statements.js"

/** A request with its place in the caller's list, and the keys of its events' properties that it reads. */
interface Asked {
  readonly place: number
  readonly request: UsageRequest
  readonly keys: Keys
}

/** Requests that one statement answers. */
interface Batch {
  readonly kind: Kind
  readonly places: number
  readonly asked: Array<Asked>
}

/** Requests whose parts one statement adds up. */
interface Split {
  readonly asked: ReadonlyArray<Asked>
  readonly figure: Figure
  readonly places: number
  readonly scales: boolean
}

type Answers = Map<number, ReadonlyArray<BucketUsage>>

const keyed = (asked: ReadonlyArray<Asked>, joined = false): ReadonlyArray<KeyedRange> =>
  asked.flatMap(({ keys, request }, index) => rangesOf(request, index, joined).map((range) => ({ range, keys })))

/** Requests by the statement that answers them: what is aggregated, and how many keys it reads. */
const batchesOf = (requests: ReadonlyArray<UsageRequest>): ReadonlyArray<Batch> => {
  const batches = new Map<string, Batch>()
  requests.forEach((request, place) => {
    const kind = kindOf(request)
    const keys = kind.by === "whole" ? [] : kind.keys
    const places = placesFor(keys)
    const name = `${kind.by} ${kind.by === "totals" ? figureOf(kind.type) : ""} ${places}`
    const batch = batches.get(name) ?? { kind, places, asked: [] }
    batch.asked.push({ place, request, keys })
    batches.set(name, batch)
  })
  return [...batches.values()]
}

/** The rows of each request, in order. */
const byRequest = <A extends { readonly request: number }, B>(
  asked: ReadonlyArray<Asked>,
  rows: ReadonlyArray<A>,
  read: (row: A, asked: Asked) => B | undefined
) => {
  const lists = asked.map((): Array<B> => [])
  for (const row of rows) {
    const of = Number(row.request)
    const value = read(row, asked[of]!)
    if (value !== undefined) lists[of]!.push(value)
  }
  return lists
}

const isOverflow = (error: SqlError): boolean => error.cause instanceof Error && error.cause.message.includes("integer overflow")

export const usageStoreLayer: Layer.Layer<UsageStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  UsageStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const ask = usageStatements(sql, dialect)

    /** Answers all requests but those that are `special`. */
    const merged = (
      answers: Answers,
      asked: ReadonlyArray<Asked>,
      parts: ReadonlyArray<ReadonlyArray<PartialUsage>>,
      special: ReadonlySet<number> = new Set()
    ) => {
      for (const [index, { place, request }] of asked.entries()) {
        const { buckets, metric, needs } = request
        if (!special.has(index)) answers.set(place, mergeUsage(metric, buckets, parts[index]!, needs))
      }
    }

    const folded = (answers: Answers, asked: ReadonlyArray<Asked>, events: ReadonlyArray<ReadonlyArray<CountedUsageEvent>>) => {
      for (const [index, { place, request }] of asked.entries()) {
        const { buckets, metric, needs, period } = request
        answers.set(place, foldUsage(metric, period, buckets, events[index]!, needs))
      }
    }

    const fromRows = Effect.fnUntraced(function* (
      organization: string,
      answers: Answers,
      { asked, places }: Pick<Split, "asked" | "places">
    ) {
      const prices = asked.some(({ request: { buckets } }) => [...buckets.filters, buckets.own].some((terms) => terms.prices !== null))
      const items = asked.some(({ request }) => request.metric.aggregation_type === "unique_count")
      const rows = yield* ask.rows(organization, keyed(asked), places, prices, items)
      folded(
        answers,
        asked,
        byRequest(asked, rows, (row, { keys }) => eventOf(row, keys))
      )
    })

    const fromWhole = Effect.fnUntraced(function* (organization: string, answers: Answers, asked: ReadonlyArray<Asked>) {
      const readers = asked.map(({ request }) => reader(request.metric))
      const rows = yield* ask.whole(organization, keyed(asked))
      folded(
        answers,
        asked,
        byRequest(asked, rows, (row) => wholeEventOf(row, readers[Number(row.request)]!))
      )
    })

    /** Parts of requests by combinations of keys, and the rows that they come from; an overflow is added up in halves. */
    const splitOf = Effect.fnUntraced(function* (organization: string, { asked, figure, places, scales }: Split) {
      const ranges = keyed(asked)
      const rows = yield* ask
        .split(organization, ranges, figure, places, { scales, wide: false })
        .pipe(Effect.catchIf(isOverflow, () => ask.split(organization, ranges, figure, places, { scales, wide: true })))
      const parts = asked.map((): Array<PartialUsage> => [])
      const special = new Set<number>()
      for (const row of rows) {
        const { keys, range } = ranges[Number(row.place)]!
        parts[range.request]!.push(partOf(row, range.within, keys))
        if (scales ? Number(row.scale) === TEXT_SCALE : Number(row.n) >= OTHER_TALLY) special.add(range.request)
      }
      return { parts, special }
    })

    /** What a first look could not answer is asked again as a whole, each request by one statement. */
    const rest = (asked: ReadonlyArray<Asked>, special: ReadonlySet<number>) => asked.filter((_, index) => special.has(index))

    /** By combinations of keys and scales; values that are kept as text are folded instead. */
    const fromScales = Effect.fnUntraced(function* (organization: string, answers: Answers, split: Omit<Split, "scales">) {
      const { asked, places } = split
      const { parts, special } = yield* splitOf(organization, { ...split, scales: true })
      merged(answers, asked, parts, special)
      if (special.size > 0) yield* fromRows(organization, answers, { asked: rest(asked, special), places })
    })

    const fromParts = Effect.fnUntraced(function* (organization: string, answers: Answers, { asked, kind, places }: Batch) {
      const figure = figureOf(kind.by === "totals" ? kind.type : "count")
      if (figure === "last") {
        const rows = yield* ask.last(organization, keyed(asked), places)
        return merged(
          answers,
          asked,
          byRequest(asked, rows, (row, { keys }) => lastOf(row, keys))
        )
      }
      const { parts, special } = yield* splitOf(organization, { asked, figure, places, scales: false })
      merged(answers, asked, parts, special)
      if (special.size > 0) yield* fromScales(organization, answers, { asked: rest(asked, special), figure, places })
    })

    /** From slots; what they cannot tell, from the events. */
    const fromSlots = Effect.fnUntraced(function* (organization: string, answers: Answers, batch: Batch) {
      const { asked, kind, places } = batch
      const figure = figureOf(kind.by === "totals" ? kind.type : "count")
      // The last event among those that share the keys' values is found among the events.
      if (figure === "last" && places > 0) return yield* fromParts(organization, answers, batch)
      const ranges = keyed(asked)
      const rows = yield* ask.slots(organization, ranges, figure, places)
      const parts = asked.map((): Array<PartialUsage> => [])
      const special = new Set<number>()
      const take = (request: number, part: PartialUsage | undefined) => {
        if (part === undefined) special.add(request)
        else parts[request]!.push(part)
      }
      if (figure === "last") {
        const lasts = lastsOf(
          rows,
          ranges.map(({ range }) => range)
        )
        for (const [place, part] of lasts.entries()) if (part !== undefined) take(ranges[place]!.range.request, part)
      } else {
        for (const row of rows) {
          const { keys, range } = ranges[Number(row.place)]!
          take(range.request, slotPartOf(row, range.within, keys, figure))
        }
      }
      merged(answers, asked, parts, special)
      if (special.size === 0) return
      const others = rest(asked, special)
      if (places > 0) yield* fromParts(organization, answers, { ...batch, asked: [...others] })
      else yield* fromRows(organization, answers, { asked: others, places })
    })

    const counted = (answers: Answers, asked: ReadonlyArray<Asked>, groups: ReadonlyArray<ReadonlyArray<ActiveItems>>) => {
      for (const [index, { place, request }] of asked.entries()) {
        const { buckets, metric, needs } = request
        answers.set(place, uniqueUsage(metric, buckets.own.group_by, groups[index]!, needs))
      }
    }

    /** By the last switch of every item. */
    const fromSwitches = Effect.fnUntraced(function* (
      organization: string,
      answers: Answers,
      { asked, places }: Pick<Split, "asked" | "places">
    ) {
      const rows = yield* ask.unique(organization, keyed(asked), places)
      const read = (row: UniqueRow, { keys, request }: Asked): ActiveItems => ({
        group: groupOf(request.buckets.own.group_by, textsOf(row, keys)),
        active: Number(row.active),
        events_count: Number(row.n)
      })
      counted(answers, asked, byRequest(asked, rows, read))
    })

    /** Items that are only ever added are counted where they stand in one range; other requests are answered by their switches. */
    const fromItems = Effect.fnUntraced(function* (organization: string, answers: Answers, { asked }: Batch) {
      const rows = yield* ask.items(organization, keyed(asked, true))
      const found = byRequest(asked, rows, itemsOf).map((ranges) => ranges.filter(({ events }) => events > 0))
      const isPlain = (index: number) => found[index]!.length <= 1 && !found[index]!.some(({ removes }) => removes)
      const plain = asked.filter((_, index) => isPlain(index))
      const groups = found.filter((_, index) => isPlain(index))
      counted(
        answers,
        plain,
        groups.map((ranges) => ranges.map(({ events_count, items }): ActiveItems => ({ group: [], active: items, events_count })))
      )
      const others = asked.filter((_, index) => !isPlain(index))
      if (others.length > 0) yield* fromSwitches(organization, answers, { asked: others, places: 0 })
    })

    const answer = (organization: string, answers: Answers, batch: Batch) => {
      switch (batch.kind.by) {
        case "totals":
          return fromSlots(organization, answers, batch)
        case "unique":
          return batch.places === 0 ? fromItems(organization, answers, batch) : fromSwitches(organization, answers, batch)
        case "rows":
          return fromRows(organization, answers, batch)
        case "whole":
          return fromWhole(organization, answers, batch.asked)
      }
    }

    return UsageStore.of({
      aggregate: Effect.fn("UsageStore.aggregate")(
        function* (requests) {
          const organization = yield* CurrentOrganization
          const answers: Answers = new Map()
          yield* Effect.forEach(batchesOf(requests), (batch) => answer(organization, answers, batch), { discard: true })
          return requests.map((_, place) => answers.get(place)!)
        },
        asStorage(dialect, "usage.aggregate")
      )
    })
  })
)
