/** Comparisons of conditions: numbers with numbers, texts with texts, dates with dates. Pure; decimals are exact. */
import { Exact } from "../../core/index.js"
import type { Comparison } from "./syntax.js"
import { isList, isThere, Moment, type Value } from "./values.js"

const comparable = (value: Value | undefined): string | number | Exact.Exact | boolean | null => {
  if (value instanceof Moment) return value.epochMillis
  if (typeof value === "bigint") return Exact.fromBigInt(value)
  if (typeof value === "number") return Exact.fromText(String(value)) ?? value
  return typeof value === "string" || typeof value === "boolean" ? value : null
}

/** −1, 0, 1; undefined where the two cannot be compared. */
const compared = (left: Value | undefined, right: Value | undefined): number | undefined => {
  const [a, b] = [comparable(left), comparable(right)]
  if (a === null || b === null) return a === b && !isThere(left) && !isThere(right) ? 0 : undefined
  if (typeof a === "object" && typeof b === "object") return Exact.compare(a, b)
  if (typeof a !== typeof b || typeof a === "object" || typeof b === "object") return undefined
  return a === b ? 0 : a < b ? -1 : 1
}

const isIn = (left: Value | undefined, right: Value | undefined): boolean => {
  if (isList(right)) return right.some((item) => compared(left, item) === 0)
  return typeof left === "string" && typeof right === "string" && right.includes(left)
}

export const holds = (by: Comparison, left: Value | undefined, right: Value | undefined): boolean => {
  if (by === "in") return isIn(left, right)
  if (by === "not in") return !isIn(left, right)
  const order = compared(left, right)
  if (by === "==") return order === 0
  if (by === "!=") return order !== 0
  if (order === undefined) return false
  return by === "<" ? order < 0 : by === ">" ? order > 0 : by === "<=" ? order <= 0 : order >= 0
}
