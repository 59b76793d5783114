/** Rows of the statements of usage as what metering folds and merges. Pure. */

import { Exact } from "../../../../src/core/index.js"
import {
  COMMON_SCALE,
  type CountedUsageEvent,
  exactOfStored,
  isUncounted,
  joinHalves,
  type PartialUsage,
  type Properties,
  type Reader,
  sharedProperties,
  TEXT_SCALE
} from "../../../../src/metering/index.js"
import { millisOf, readValue } from "../../table.js"
import type { Keys } from "./kind.js"
import type { Range } from "./ranges.js"
import type { EventRow, Figure, FiguresRow, LastRow, SlotRow, SplitRow, WholeRow } from "./statements.js"

const isTrue = (value: unknown): boolean => value === true || value === 1

/** A property from its JSON: texts as they are, numbers as the decimals that they are written as, lists and objects as none. */
const scalarOf = (json: string | null): string | null => {
  if (json === null || json === "null") return null
  switch (json.charCodeAt(0)) {
    case 34:
      return JSON.parse(json) as string
    case 91:
    case 123:
      return null
    default:
      return json
  }
}

interface KeyedRow {
  readonly [text: `t${number}`]: string | null
}

const named = (row: KeyedRow, keys: Keys, read: (text: string | null) => string | null): Properties => {
  const properties: Record<string, string | null> = Object.create(null)
  for (let place = 0; place < keys.length; place++) properties[keys[place]!] = read(row[`t${place}`] ?? null)
  return properties
}

/** The values of a row's keys, by their names. */
export const propertiesOf = (row: KeyedRow, keys: Keys): Properties => named(row, keys, scalarOf)

/** The same where the row has them as texts. */
export const textsOf = (row: KeyedRow, keys: Keys): Properties => named(row, keys, (text) => text)

/** A figure as whole number: one sum, or the halves of one. */
const wholeOf = (figure: string): bigint => {
  const plus = figure.indexOf("+")
  return plus < 0 ? BigInt(figure) : joinHalves(BigInt(figure.slice(0, plus)), BigInt(figure.slice(plus + 1)))
}

const NO_KEYS: Properties = Object.freeze(Object.create(null))

/** What slots or events of a range add up to; undefined where it cannot tell: slots that do not know a key, values that are texts. */
export const slotPartOf = (row: SlotRow, within: boolean, keys: Keys, figure: Figure): PartialUsage | undefined => {
  const properties = row.source === "slot" ? sharedProperties(row.split!) : propertiesOf(row, keys)
  if (row.source === "slot" && !keys.every((key) => Object.hasOwn(properties, key))) return undefined
  const part = { within, properties, events_count: Number(row.n), value: undefined }
  if (figure === "count") return part
  const scale = Number(row.scale)
  return scale === TEXT_SCALE ? undefined : { ...part, value: Exact.make(wholeOf(row.figure!), scale) }
}

/** A combination of the keys' values in a range. */
export const partOf = (row: SplitRow, within: boolean, keys: Keys): PartialUsage => ({
  within,
  properties: propertiesOf(row, keys),
  events_count: Number(row.n),
  value: row.figure === "" ? undefined : Exact.make(wholeOf(row.figure), row.scale ?? COMMON_SCALE)
})

/** The last event of a range in which `events_count` count. */
const lastOfRange = (figure: string, within: boolean, events_count: number): PartialUsage => {
  const [at, sequence, scale, coefficient, text] = figure.split("|") as [string, string, string, string, string]
  return {
    within,
    properties: NO_KEYS,
    events_count,
    value: exactOfStored(BigInt(coefficient), Number(scale), text),
    last: [/^[0-9]+$/.test(at) ? Number(at) : millisOf(at), Number(sequence)]
  }
}

/** The last events of ranges, from rows of their slots; undefined where a range has none. */
export const lastsOf = (rows: ReadonlyArray<SlotRow>, ranges: ReadonlyArray<Range>): ReadonlyArray<PartialUsage | undefined> => {
  const counts = ranges.map(() => 0)
  const figures = new Map<number, string>()
  for (const { figure, n, place, source } of rows) {
    if (source === "last") {
      if (figure !== null) figures.set(Number(place), figure)
    } else counts[Number(place)]! += Number(n)
  }
  return ranges.map(({ within }, place) => {
    const figure = figures.get(place)
    return figure === undefined ? undefined : lastOfRange(figure, within, counts[place]!)
  })
}

/** What a range of a unique count holds. */
export interface RangeItems {
  readonly items: number
  readonly removes: boolean
  readonly events: number
  readonly events_count: number
}

export const itemsOf = (row: FiguresRow): RangeItems => {
  const [items, least, events, since] = row.figures!.split("|").map(Number) as [number, number, number, number]
  return { items, removes: least < 0, events, events_count: since }
}

export const lastOf = (row: LastRow, keys: Keys): PartialUsage => ({
  within: isTrue(row.within),
  properties: propertiesOf(row, keys),
  events_count: Number(row.n),
  value: exactOfStored(BigInt(row.coefficient ?? 0), row.scale, row.value_text),
  last: [millisOf(row.at), Number(row.sequence)]
})

/** An event as it is folded; of a count the value is 1. */
export const eventOf = (row: EventRow, keys: Keys): CountedUsageEvent => ({
  at: millisOf(row.at),
  value:
    row.coefficient === null && row.scale === null
      ? Exact.one
      : exactOfStored(BigInt(row.coefficient ?? 0), row.scale ?? COMMON_SCALE, row.value_text),
  item: row.value_text ?? "",
  properties: propertiesOf(row, keys),
  precise_total_amount_cents: row.price
})

/** An event that is read again from its properties. */
export const wholeEventOf = (row: WholeRow, read: Reader): CountedUsageEvent | undefined => {
  const properties = readValue("json", row.properties) as Properties
  const reading = read(properties)
  if (isUncounted(reading)) return undefined
  return { at: millisOf(row.at), value: reading.value, item: reading.item, properties, precise_total_amount_cents: row.price }
}
