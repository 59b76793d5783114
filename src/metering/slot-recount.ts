/** Slots counted again from the events: what differs, page by page of days, and putting it right. */
import { Array as Arr, Clock, Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError, UnitOfWork } from "../core/index.js"
import type { BillableMetric } from "./metric.js"
import type { MetricStore } from "./metric-store.js"
import { dayOf, hourOf, type Slot, sharedProperties } from "./slot.js"
import type { SlotDays, SlotStore } from "./slot-store.js"

/** What recounts work with. */
export interface RecountServices {
  readonly metrics: typeof MetricStore.Service
  readonly slots: typeof SlotStore.Service
  readonly unit: UnitOfWork
}

const keyOf = ({ code, hour, scale, split, subject, width }: Slot): string => JSON.stringify([code, subject, width, hour, scale, split])

const figuresOf = ({ events_count, greatest, high, low }: Slot): string => `${events_count} ${high} ${low} ${greatest}`

const byKey = (slots: ReadonlyArray<Slot>): ReadonlyMap<string, Slot> => new Map(slots.map((slot) => [keyOf(slot), slot]))

/** The slots that must go and those that must come so that what is kept is what was counted. */
const slotChanges = (
  kept: ReadonlyArray<Slot>,
  counted: ReadonlyArray<Slot>
): { readonly gone: ReadonlyArray<Slot>; readonly fresh: ReadonlyArray<Slot> } => {
  const [before, after] = [byKey(kept), byKey(counted)]
  const differ = (a: Slot, b: Slot | undefined) => b === undefined || figuresOf(a) !== figuresOf(b)
  return {
    gone: kept.filter((slot) => differ(slot, after.get(keyOf(slot)))),
    fresh: counted.filter((slot) => differ(slot, before.get(keyOf(slot))))
  }
}

/** Slots of one hour or day, subject and scale. */
const placeOf = (slot: Slot): string => keyOf({ ...slot, split: "" })

/** The slots merged by the keys that all of them know. */
const mergedBy = (keys: ReadonlyArray<string>, slots: ReadonlyArray<Slot>): ReadonlyArray<Slot> => {
  const merged = new Map<string, Slot>()
  for (const slot of slots) {
    const properties = sharedProperties(slot.split)
    const split = JSON.stringify(keys.map((key) => properties[key]))
    const known = merged.get(split)
    merged.set(split, known === undefined ? { ...slot, split } : sumOf(known, slot))
  }
  return [...merged.values()]
}

const greater = (a: bigint | null, b: bigint | null): bigint | null => (a === null ? b : b === null || a > b ? a : b)

/** Two slots of one place as one, with the split of the first. */
export const sumOf = (a: Slot, b: Slot): Slot => ({
  ...a,
  events_count: a.events_count + b.events_count,
  high: a.high + b.high,
  low: a.low + b.low,
  greatest: greater(a.greatest, b.greatest)
})

/** A slot that is not what its events add up to; `events_count` as it is kept, and as it is counted. */
export interface WrongSlot {
  readonly slot: Slot
  readonly kept: bigint
  readonly counted: bigint
}

/**
 * Where slots do not say what their events add up to. Slots that know fewer filter keys than the metric has by now are held against
 * the events by the keys that they know: they are not wrong.
 */
const wrongSlots = (kept: ReadonlyArray<Slot>, counted: ReadonlyArray<Slot>): ReadonlyArray<WrongSlot> => {
  const { fresh, gone } = slotChanges(kept, counted)
  const suspicious = new Set([...gone, ...fresh].map(placeOf))
  const of = (slots: ReadonlyArray<Slot>) =>
    Arr.groupBy(
      slots.filter((slot) => suspicious.has(placeOf(slot))),
      placeOf
    )
  const [before, after] = [of(kept), of(counted)]
  return [...suspicious].flatMap((place): ReadonlyArray<WrongSlot> => {
    const both = [...(before[place] ?? []), ...(after[place] ?? [])]
    const known = both.map(({ split }) => new Set(Object.keys(sharedProperties(split))))
    const keys = [...known[0]!].filter((key) => known.every((others) => others.has(key)))
    const changes = slotChanges(mergedBy(keys, before[place] ?? []), mergedBy(keys, after[place] ?? []))
    if (changes.gone.length + changes.fresh.length === 0) return []
    const count = (slots: ReadonlyArray<Slot> = []) => slots.reduce((sum, { events_count }) => sum + events_count, 0n)
    return [{ slot: both[0]!, kept: count(before[place]), counted: count(after[place]) }]
  })
}

const PAGE = 500
const BY_CODE = { field: "code", direction: "asc" } as const

/** Every metric of the organization, page by page. */
export const eachMetric = <E, R>(
  metrics: typeof MetricStore.Service,
  use: (metric: BillableMetric) => Effect.Effect<void, E, R>
): Effect.Effect<void, E | StorageError, R | CurrentOrganization> =>
  Effect.gen(function* () {
    let after: PageRequest["after"] = null
    do {
      const { rows }: PageRows<BillableMetric> = yield* metrics.page({}, { limit: PAGE, order: BY_CODE, after, total: false })
      const shown = rows.slice(0, PAGE)
      yield* Effect.forEach(shown, use, { discard: true })
      const last = shown.at(-1)
      after = rows.length > PAGE && last !== undefined ? { value: last.code, id: last.id } : null
    } while (after !== null)
  })

/** From 1970 to the end of 9999. */
const ALL_DAYS: SlotDays = { from: 0, to: dayOf(hourOf(Date.UTC(10_000, 0, 1))) }

/** The days that a stretch of time touches. */
export const daysOf = (from: number | undefined, to: number | undefined): SlotDays => ({
  from: from === undefined ? ALL_DAYS.from : dayOf(hourOf(from)),
  to: to === undefined ? ALL_DAYS.to : dayOf(hourOf(to - 1)) + 24
})

/** Goes through the days of a code that hold something; `use` gets them a piece at a time, inside what `within` makes of each. */
const eachPiece = <E, R>(
  slots: typeof SlotStore.Service,
  code: string,
  days: SlotDays,
  use: (piece: SlotDays) => Effect.Effect<void, E, R>,
  within: <A, F, S>(work: Effect.Effect<A, F, S>) => Effect.Effect<A, F | StorageError, S>
): Effect.Effect<void, E | StorageError, R | CurrentOrganization> =>
  Effect.gen(function* () {
    let left: SlotDays | undefined = days
    while (left !== undefined && left.from < left.to) {
      const from: number = left.from
      const piece: SlotDays | undefined = yield* within(
        Effect.tap(slots.next(code, { from, to: days.to }), (found) => (found === undefined ? Effect.void : use(found)))
      )
      left = piece === undefined ? undefined : { from: piece.to, to: days.to }
    }
  })

/** The wrong slots of a metric, in the state of the database that the caller reads. */
export const examineSlots = (
  slots: typeof SlotStore.Service,
  metric: BillableMetric
): Effect.Effect<ReadonlyArray<WrongSlot>, StorageError, CurrentOrganization> =>
  Effect.gen(function* () {
    const wrong: Array<WrongSlot> = []
    const examine = (piece: SlotDays) =>
      Effect.gen(function* () {
        wrong.push(...wrongSlots(yield* slots.kept(metric.code, piece), yield* slots.counted(metric, piece)))
      })
    yield* eachPiece(slots, metric.code, ALL_DAYS, examine, (work) => work)
    return wrong
  })

/** What a recount came to. */
export interface Recounted {
  /** Slots that were counted. */
  readonly slots: number
  /** Slots that were not kept as they are, or are kept and should not be. */
  readonly corrected: number
}

/**
 * Counts the slots of a metric again and puts right what differs, a transaction for each piece of days, in which the metric is
 * locked: nobody adds to its slots meanwhile.
 */
export const recountSlots = (
  { metrics, slots, unit }: RecountServices,
  { code, id }: BillableMetric,
  days: SlotDays
): Effect.Effect<Recounted, StorageError, CurrentOrganization> =>
  Effect.gen(function* () {
    const total = { slots: 0, corrected: 0 }
    const recount = (piece: SlotDays) =>
      Effect.gen(function* () {
        const metric = yield* metrics.lock({ id })
        if (metric === undefined) return
        const counted = yield* slots.counted(metric, piece)
        const { fresh, gone } = slotChanges(yield* slots.kept(code, piece), counted)
        yield* slots.replace(gone, fresh, yield* Clock.currentTimeMillis)
        total.slots += counted.length
        total.corrected += new Set([...gone, ...fresh].map(keyOf)).size
      })
    yield* eachPiece(slots, code, days, recount, unit.transaction)
    return total
  })
