/** The filters of the language, and how a value reads as text. Pure; decimals are exact. */
import { Exact } from "../../core/index.js"
import { formatMoment, type Reader, shownMoment } from "./dates.js"
import type { FilterName } from "./syntax.js"
import { isList, isThere, isTrue, Moment, type Value } from "./values.js"

/** A value as the reader sees it; nothing of what has no text. */
export const textOf = (value: Value | undefined, reader: Reader): string => {
  if (!isThere(value)) return ""
  if (value instanceof Moment) return shownMoment(value, reader)
  if (isList(value)) return value.map((item) => textOf(item, reader)).join(", ")
  return typeof value === "object" ? "" : String(value)
}

const exactOf = (value: Value): Exact.Exact | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? Exact.fromText(String(value)) : undefined

const isWhole = (value: Exact.Exact): boolean => Exact.equals(value, Exact.round(value, 0))

const withDecimals = (value: Exact.Exact, decimals: number): string => {
  const [whole = "0", fraction = ""] = Exact.toText(Exact.round(value, decimals), decimals).split(".")
  return decimals === 0 ? whole : `${whole}.${fraction.padEnd(decimals, "0")}`
}

/** `n` decimals; with −n only where there are any; −1 unless given. Half away from zero. */
const floatformat = (value: Value, argument: Value | undefined, reader: Reader): string => {
  const exact = exactOf(value)
  const places = argument === undefined ? -1 : Number(argument)
  if (exact === undefined || !Number.isInteger(places) || Math.abs(places) > 15) return textOf(value, reader)
  return withDecimals(exact, places < 0 && isWhole(exact) ? 0 : Math.abs(places))
}

const lengthOf = (value: Value): number => (isList(value) ? value.length : typeof value === "string" ? [...value].length : 0)

/** Words begin with a capital, and go on in small letters; what follows an apostrophe or a digit goes on. */
const titled = (text: string): string => text.toLowerCase().replace(/(?<![\p{L}\p{N}'’])\p{L}/gu, (first) => first.toUpperCase())

const capitalized = (text: string): string => {
  const [first = "", ...rest] = [...text]
  return first.toUpperCase() + rest.join("")
}

/** At most so many characters; the last of them is an ellipsis then. */
const truncated = (text: string, most: number): string => {
  const characters = [...text]
  if (!Number.isInteger(most) || most < 0 || characters.length <= most) return text
  return `${characters
    .slice(0, Math.max(0, most - 1))
    .join("")
    .trimEnd()}…`
}

const formatted = (value: Value, format: string, reader: Reader): Value =>
  value instanceof Moment ? formatMoment(value, format, reader) : value

/** Applies a filter. What it cannot be applied to stays as it is. */
export const applyFilter = (name: FilterName, value: Value, argument: Value | undefined, reader: Reader): Value => {
  const text = () => textOf(value, reader)
  switch (name) {
    case "default":
      return isTrue(value) ? value : (argument ?? null)
    case "upper":
      return text().toUpperCase()
    case "lower":
      return text().toLowerCase()
    case "title":
      return titled(text())
    case "capfirst":
      return capitalized(text())
    case "date":
      return formatted(value, argument === undefined ? "DATE_FORMAT" : textOf(argument, reader), reader)
    case "time":
      return formatted(value, argument === undefined ? "TIME_FORMAT" : textOf(argument, reader), reader)
    case "floatformat":
      return floatformat(value, argument, reader)
    case "length":
      return lengthOf(value)
    case "join":
      return isList(value) ? value.map((item) => textOf(item, reader)).join(textOf(argument, reader)) : value
    case "truncatechars":
      return truncated(text(), Number(argument))
  }
}
