/** Rows of the statements of usage as what metering folds and merges. Pure. */
import { Exact } from "../../../../src/core/index.js"
import {
  COMMON_SCALE,
  type CountedUsageEvent,
  exactOfStored,
  isUncounted,
  type PartialUsage,
  type Properties,
  type Reader
} from "../../../../src/metering/index.js"
import { readValue } from "../../table.js"
import type { Keys } from "./kind.js"
import type { EventRow, LastRow, SplitRow, WholeRow } from "./statements.js"

export const millisOf = (at: string | Date): number => (at instanceof Date ? at.getTime() : Date.parse(at))

export const isTrue = (value: unknown): boolean => value === true || value === 1

/** The values of a row's keys, by their names. */
export const propertiesOf = (row: { readonly [text: `t${number}`]: string | null }, keys: Keys): Properties => {
  const properties: Record<string, string | null> = Object.create(null)
  for (let place = 0; place < keys.length; place++) properties[keys[place]!] = row[`t${place}`] ?? null
  return properties
}

/** A figure as whole number: one sum, or the halves of one. */
const wholeOf = (figure: string): bigint => {
  const plus = figure.indexOf("+")
  return plus < 0 ? BigInt(figure) : BigInt(figure.slice(0, plus)) * 1_048_576n + BigInt(figure.slice(plus + 1))
}

const NO_KEYS: Properties = Object.freeze(Object.create(null))

/** A range's figures at the common scale; undefined where some of its values have another one. */
export const totalOf = (row: { readonly within: unknown; readonly figures: string }): PartialUsage | undefined => {
  const bar = row.figures.indexOf("|")
  const events_count = Number(row.figures.slice(0, bar))
  const figure = row.figures.slice(bar + 1)
  if (events_count >= 1_000_000_000) return undefined
  return {
    within: isTrue(row.within),
    properties: NO_KEYS,
    events_count,
    value: figure === "" ? undefined : Exact.make(wholeOf(figure), COMMON_SCALE)
  }
}

export const partOf = (row: SplitRow, keys: Keys): PartialUsage => ({
  within: isTrue(row.within),
  properties: propertiesOf(row, keys),
  events_count: Number(row.n),
  value: row.figure === "" ? undefined : Exact.make(wholeOf(row.figure), row.scale)
})

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
