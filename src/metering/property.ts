/** How a property of an event reads: as a plain decimal, and as text (decisions P5, P9). */
import { isPlainDecimal } from "../core/exact.js"

/** The properties of an event: a flat map of JSON values; only its own keys are ever read. */
export type Properties = Readonly<Record<string, unknown>>

/** A property by its name; what a prototype holds is not there. */
export const own = (properties: Properties, name: string): unknown => (Object.hasOwn(properties, name) ? properties[name] : undefined)

const EXPONENT = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/

/** A finite number as a plain decimal: its shortest exact text, with the exponent written out. */
export const numberText = (value: number): string => {
  const short = String(value)
  const match = EXPONENT.exec(short)
  if (match === null) return short
  const [, sign = "", first = "", rest = ""] = match
  const exponent = Number(match[4])
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${first}${rest}`
  return `${sign}${first}${rest.padEnd(exponent, "0")}`
}

/** The plain decimal that a JSON text or number reads as; undefined where it does not (`1e3`, ` 5`, `true`, lists). */
export const decimalText = (value: unknown): string | undefined => {
  if (typeof value === "string") return isPlainDecimal(value) ? value : undefined
  return typeof value === "number" && Number.isFinite(value) ? numberText(value) : undefined
}

/**
 * The text by which filters, groups and unique values compare: `1` and `"1"` are the same. Missing, null and empty values
 * have none, nor have lists and objects.
 */
export const scalarText = (value: unknown): string | undefined => {
  switch (typeof value) {
    case "string":
      return value === "" ? undefined : value
    case "number":
      return Number.isFinite(value) ? numberText(value) : undefined
    case "boolean":
      return value ? "true" : "false"
    default:
      return undefined
  }
}
