/**
 * How an answer is held against what a case expects; the rules are the section "Comparison" of test/vectors/README.md.
 *
 * Answers may hold `Exact`, bigint, plain decimals as text, whole numbers, `DateTime.Utc`, other texts, booleans, null, lists and objects.
 */
import { DateTime } from "effect"
import { Exact, parseInstant } from "../../src/core/index.js"

/** Where an answer first differs, what was expected there and what came out. */
export interface Difference {
  readonly where: string
  readonly expected: string
  readonly got: string
}

const WHOLE = new Set(["events_count", "days", "full_days", "packages", "free_events", "paid_events"])

/** Fields whose answer must not have a fraction: counts and minor units, but for the exact figures behind a fee. */
const isWhole = (field: string): boolean => WHOLE.has(field) || (field.endsWith("_cents") && !/^(?:unit_amount|precise_)/.test(field))

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !DateTime.isDateTime(value)

const isExact = (value: unknown): value is Exact.Exact =>
  isObject(value) && typeof value.coefficient === "bigint" && typeof value.scale === "number" && typeof value.divisor === "bigint"

/** The exact number that an answer is, if it is one. A fraction in a JavaScript number is none: it was never exact. */
const exactOf = (value: unknown): Exact.Exact | undefined => {
  if (isExact(value)) return value
  if (typeof value === "bigint") return Exact.fromBigInt(value)
  if (typeof value === "string") return Exact.fromText(value)
  return typeof value === "number" && Number.isSafeInteger(value) ? Exact.fromBigInt(BigInt(value)) : undefined
}

const decimalsOf = (text: string): number => (text.includes(".") ? text.length - text.indexOf(".") - 1 : 0)

const shown = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (isExact(value)) return Exact.toText(value, value.divisor === 1n ? value.scale : 20)
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  if (typeof value === "string") return value
  if (typeof value === "number" || typeof value === "bigint") return String(value)
  return JSON.stringify(value, (_, each) => (isExact(each) || typeof each === "bigint" ? shown(each) : each)) ?? String(value)
}

const differ = (where: string, expected: unknown, got: unknown): Difference => ({ where, expected: shown(expected), got: shown(got) })

const compareNumber = (expected: string, got: unknown, where: string, field: string): Difference | undefined => {
  const value = exactOf(got)
  if (value === undefined) return differ(where, expected, got)
  const wanted = Exact.unsafeFromText(expected)
  const met = isWhole(field) ? Exact.equals(value, wanted) : Exact.equals(Exact.round(value, decimalsOf(expected)), wanted)
  return met ? undefined : differ(where, expected, got)
}

const compareText = (expected: string, got: unknown, where: string, field: string): Difference | undefined => {
  if (got === expected) return undefined
  if (Exact.isPlainDecimal(expected)) return compareNumber(expected, got, where, field)
  const same = DateTime.isDateTime(got) && parseInstant(expected) === got.epochMillis
  return same ? undefined : differ(where, expected, got)
}

/** What an entry of a grouped list is found by, as text: its filter and its group, whatever the order of the group's keys. */
const groupKey = (entry: unknown): string => {
  if (!isObject(entry) || !isObject(entry.group)) return ""
  const group = Object.entries(entry.group).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({ filter: entry.filter ?? null, group: Object.fromEntries(group) })
}

const isGrouped = (list: ReadonlyArray<unknown>): boolean => list.length > 0 && list.every((entry) => groupKey(entry) !== "")

const compareGrouped = (expected: ReadonlyArray<unknown>, got: ReadonlyArray<unknown>, where: string): Difference | undefined => {
  const left = [...got]
  for (const entry of expected) {
    const key = groupKey(entry)
    const index = left.findIndex((each) => groupKey(each) === key)
    if (index < 0) return differ(`${where}${key}`, entry, undefined)
    const [match] = left.splice(index, 1)
    const difference = compareObject(entry as Readonly<Record<string, unknown>>, match, `${where}${key}`, ["filter", "group"])
    if (difference !== undefined) return difference
  }
  return undefined
}

const compareList = (expected: ReadonlyArray<unknown>, got: unknown, where: string, field: string): Difference | undefined => {
  if (!Array.isArray(got)) return differ(where, expected, got)
  if (got.length !== expected.length) return differ(where, `${expected.length} entries`, `${got.length}: ${shown(got)}`)
  if (isGrouped(expected)) return compareGrouped(expected, got, where)
  for (const [index, entry] of expected.entries()) {
    const difference = compareValue(entry, got[index], `${where}[${index}]`, field)
    if (difference !== undefined) return difference
  }
  return undefined
}

const compareObject = (
  expected: Readonly<Record<string, unknown>>,
  got: unknown,
  where: string,
  except: ReadonlyArray<string> = []
): Difference | undefined => {
  if (!isObject(got)) return differ(where === "" ? "answer" : where, expected, got)
  for (const [field, value] of Object.entries(expected)) {
    if (except.includes(field)) continue
    const difference = compareValue(
      value,
      Object.hasOwn(got, field) ? got[field] : undefined,
      where === "" ? field : `${where}.${field}`,
      field
    )
    if (difference !== undefined) return difference
  }
  return undefined
}

const compareValue = (expected: unknown, got: unknown, where: string, field: string): Difference | undefined => {
  if (Array.isArray(expected)) return compareList(expected, got, where, field)
  if (isObject(expected)) return compareObject(expected, got, where)
  if (typeof expected === "string") return compareText(expected, got, where, field)
  if (typeof expected === "number") {
    const value = exactOf(got)
    return value !== undefined && shown(value) === String(expected) ? undefined : differ(where, expected, got)
  }
  return got === expected ? undefined : differ(where, expected, got)
}

/** The first place where `got` is not what `expected` says; keys that `expected` does not name are not looked at. */
export const firstDifference = (expected: unknown, got: unknown): Difference | undefined => compareValue(expected, got, "", "")
