/** Shapes that inputs of every context share: JSON columns, and fields that may be left out. */
import { Schema } from "effect"
import { isStorable } from "./text.js"

/** How many bytes of JSON a column takes. */
const JSON_LIMIT = 64 * 1024

const isStorableJson = (value: unknown, depth: number): boolean => {
  if (depth > 32) return false
  if (typeof value === "string") return isStorable(value)
  if (typeof value === "number") return Number.isFinite(value)
  if (value === null || typeof value === "boolean") return true
  if (Array.isArray(value)) return value.every((item) => isStorableJson(item, depth + 1))
  if (typeof value !== "object") return false
  return Object.entries(value).every(([key, item]) => isStorable(key) && isStorableJson(item, depth + 1))
}

/** A JSON object of at most 64 KB. */
export const JsonObject = Schema.Record({ key: Schema.String, value: Schema.Unknown }).pipe(
  Schema.filter((value) => isStorableJson(value, 0) && new TextEncoder().encode(JSON.stringify(value)).length <= JSON_LIMIT, {
    message: () => "expected a JSON object of at most 64 KB"
  })
)
export type JsonObject = typeof JsonObject.Type

/** A field that may be left out: null then. */
export const orNull = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(Schema.NullOr(schema), { default: () => null })

/** Money of one document stays far below what 64 bits hold. */
const LARGEST_AMOUNT = 10n ** 16n

/** Whole minor units ≥ 0: a bigint, or digits as text; never a floating-point number (N1). */
export const MinorUnits = Schema.Union(
  Schema.BigIntFromSelf,
  Schema.String.pipe(
    Schema.pattern(/^[0-9]{1,17}$/, { message: () => "expected whole minor units as bigint or digits" }),
    Schema.compose(Schema.BigInt)
  )
).pipe(
  Schema.filter((value) => value >= 0n && value <= LARGEST_AMOUNT, { message: () => "expected 0 to 10^16 minor units" }),
  Schema.annotations({ message: () => ({ message: "expected whole minor units, 0 to 10^16, as bigint or digits", override: true }) })
)
