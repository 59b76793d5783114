/** Words and terms of a calculation that a person can check with a pocket calculator. */
import { compare, type Exact, isZero, toText, unsafeFromText } from "../core/exact.js"
import type { PriceTierRow, RateTierRow } from "./rows.js"

/** Whether a configured figure is 0 (`0`, `0.00`). */
export const isNone = (text: string): boolean => isZero(unsafeFromText(text))

/** `50 × 1.95`; with a flat amount among other terms `(50 × 1.95 + 4)`. */
const tierTerm = (row: PriceTierRow | RateTierRow, alone: boolean): string => {
  const product = `${toText(row.units)} × ${"rate" in row ? `${row.rate} %` : row.per_unit_amount}`
  if (isNone(row.flat_unit_amount)) return product
  return alone ? `${product} + ${row.flat_unit_amount}` : `(${product} + ${row.flat_unit_amount})`
}

export const tierTerms = (rows: ReadonlyArray<PriceTierRow | RateTierRow>): string =>
  rows.map((row) => tierTerm(row, rows.length === 1)).join(" + ")

export const equation = (calculation: string, amount: Exact): string => `${calculation} = ${toText(amount)}`

/** A calculation whose result a bound may have replaced. */
export const boundedEquation = (calculation: string, raw: Exact, amount: Exact): string => {
  const bound = compare(amount, raw)
  if (bound === 0) return equation(calculation, raw)
  return `${equation(calculation, raw)}, ${bound > 0 ? "raised" : "lowered"} to ${toText(amount)}`
}

/** A term to add: its sign stands before it. */
export const signed = (figure: Exact): string => {
  const text = toText(figure)
  return text.startsWith("-") ? `− ${text.slice(1)}` : `+ ${text}`
}
