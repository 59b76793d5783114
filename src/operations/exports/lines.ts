/** Rows as lines of a file: cells that no spreadsheet takes for a formula, and JSON objects. */
import { DateTime } from "effect"
import type { ColumnKind } from "./columns.js"
import { exportShapes } from "./columns.js"
import type { ExportType } from "./export.js"

/** A row, by column: text, whole numbers of money as bigint, decimals as text, counts as number, instants, JSON; null where it has none. */
export type ExportRow = Readonly<Record<string, unknown>>

/** Begins like what spreadsheets calculate, or hides that it does. */
const FORMULA = /^[=+\-@\t\0\r\n]/

/** A text that no spreadsheet takes for a formula: with an apostrophe where it begins like one (X4). */
export const unformulated = (text: string): string => (FORMULA.test(text) ? `'${text}` : text)

const cell = (kind: ColumnKind, value: unknown): string => {
  if (value === null || value === undefined) return ""
  switch (kind) {
    case "text":
      return unformulated(value as string)
    case "json":
      return unformulated(JSON.stringify(value))
    case "instant":
      return DateTime.formatIso(value as DateTime.Utc)
    default:
      return String(value)
  }
}

const jsonValue = (kind: ColumnKind, value: unknown): unknown => {
  if (value === null || value === undefined) return null
  return kind === "instant" ? DateTime.formatIso(value as DateTime.Utc) : kind === "number" ? String(value) : value
}

/** The columns' names, in order. */
export const headerOf = (type: ExportType): ReadonlyArray<string> => Object.keys(exportShapes[type].columns)

/** The cells of a CSV row, before they are quoted. */
export const cellsOf = (type: ExportType): ((row: ExportRow) => ReadonlyArray<string>) => {
  const columns = Object.entries(exportShapes[type].columns)
  return (row) => columns.map(([name, kind]) => cell(kind, row[name]))
}

/** A line of JSON, money and decimals as text, without a guard: nobody calculates it. */
export const jsonLineOf = (type: ExportType): ((row: ExportRow) => string) => {
  const columns = Object.entries(exportShapes[type].columns)
  return (row) => `${JSON.stringify(Object.fromEntries(columns.map(([name, kind]) => [name, jsonValue(kind, row[name])])))}\n`
}
