/**
 * Tables as data: column names (the contract of names) with a portable type. From it come the select lists, the decoding
 * of rows and the bulk inserts of both engines, so that a column is described once.
 */

import { DateTime } from "effect"
import { instant } from "../../src/core/index.js"

/**
 * How a column reads in the domain: uuid, text, date (`YYYY-MM-DD`) and decimal as text; integer as number (counts, days);
 * money (whole minor units) and bigint as bigint; instant as `DateTime.Utc`; json as parsed JSON. A secret is text that no log, audit row or
 * export may hold (O8), sealed and hashed ones included.
 */
export type ColumnType = "uuid" | "secret" | "text" | "integer" | "bigint" | "money" | "decimal" | "instant" | "date" | "json" | "boolean"

export interface Table {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnType>>
}

export const table = <const C extends Readonly<Record<string, ColumnType>>>(name: string, columns: C) => ({ name, columns })

/** Postgres writes instants in the session's zone: east of Greenwich the last day of 9999 ends in 10000, and such a year has a sign. */
export const millisOf = (at: string | Date): number => (at instanceof Date ? at.getTime() : Date.parse(/^\d{5}/.test(at) ? `+0${at}` : at))

/** A value of a column as the drivers return it, as the domain has it. */
export const readValue = (type: ColumnType, value: unknown): unknown => {
  if (value === null || value === undefined) return null
  switch (type) {
    case "integer":
      return Number(value)
    case "bigint":
    case "money":
      return BigInt(value as string)
    case "instant":
      return instant(millisOf(value as string | Date))
    case "json":
      return typeof value === "string" ? JSON.parse(value) : value
    case "boolean":
      return value === true || value === 1
    default:
      return value
  }
}

const LAST_INSTANT = "9999-12-31T23:59:59.999Z"

/** An instant as a statement writes it. What ends with the year 9999 ends with its last millisecond: a year of five digits has a sign, which no engine reads. */
export const writtenInstant = (at: DateTime.Utc): string => {
  const text = DateTime.formatIso(at)
  return text.startsWith("+") ? LAST_INSTANT : text
}

/** A value of the domain as it goes into the JSON parameter of a bulk statement. */
export const writeValue = (type: ColumnType, value: unknown): unknown => {
  if (value === null || value === undefined) return null
  switch (type) {
    case "bigint":
    case "money":
      return (value as bigint).toString()
    case "instant":
      return writtenInstant(value as DateTime.Utc)
    case "json":
      return JSON.stringify(value)
    case "boolean":
      return value === true ? 1 : 0
    default:
      return value
  }
}

/** Decodes a raw row of `table`, column by column; columns that were not selected stay out. */
export const decodeRow = <A>(of: Table) => {
  const entries = Object.entries(of.columns)
  return (raw: Readonly<Record<string, unknown>>): A => {
    const row: Record<string, unknown> = {}
    for (const [name, type] of entries) {
      if (name in raw) row[name] = readValue(type, raw[name])
    }
    return row as A
  }
}
