/** What variables are while a text is rendered: plain data and dates, nothing that could run. */
import { DateTime, Predicate } from "effect"
import { isVariableName } from "./expression.js"

/** A point in time, or a day without one. */
export class Moment {
  constructor(
    readonly epochMillis: number,
    readonly is_day: boolean
  ) {}
}

export type Value = null | string | number | bigint | boolean | Moment | ReadonlyArray<Value> | { readonly [name: string]: Value }

const DAY = /^\d{4}-\d\d-\d\d$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/
const DEEPEST = 10

/** `YYYY-MM-DD` and ISO instants in texts are dates, as everywhere else in this library. */
const ofText = (text: string): Value => {
  if (!DAY.test(text) && !INSTANT.test(text)) return text
  const millis = Date.parse(text)
  const exists = Number.isFinite(millis) && (!DAY.test(text) || new Date(millis).toISOString().startsWith(text))
  return exists ? new Moment(millis, DAY.test(text)) : text
}

/** A host's value; what is no value at all is null, as if it were missing. */
export const plainValue = (given: unknown, depth = 0): Value => {
  if (typeof given === "string") return ofText(given)
  if (typeof given === "boolean" || typeof given === "bigint") return given
  if (typeof given === "number") return Number.isFinite(given) ? given : null
  if (given instanceof Date) return Number.isFinite(given.getTime()) ? new Moment(given.getTime(), false) : null
  if (DateTime.isDateTime(given)) return new Moment(given.epochMillis, false)
  if (depth >= DEEPEST) return null
  if (Array.isArray(given)) return given.map((item) => plainValue(item, depth + 1))
  if (!Predicate.isRecord(given)) return null
  const names = Object.keys(given).filter(isVariableName)
  return Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, plainValue(given[name], depth + 1)])))
}

export const isList = (value: Value | undefined): value is ReadonlyArray<Value> => Array.isArray(value)

/** Whether a variable has something that a text can show. */
export const isThere = (value: Value | undefined): value is Exclude<Value, null> => value !== undefined && value !== null

/** As Django tests it: nothing, false, 0, and empty texts and lists are not. */
export const isTrue = (value: Value | undefined): boolean => {
  if (!isThere(value)) return false
  if (isList(value)) return value.length > 0
  if (typeof value === "object" && !(value instanceof Moment)) return Object.keys(value).length > 0
  return value !== "" && value !== false && value !== 0 && value !== 0n
}
