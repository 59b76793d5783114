/** Shapes that inputs of every context share: JSON columns, and fields that may be left out. */
import { Predicate, Schema } from "effect"
import { isStorable } from "./text.js"

/** How many bytes of JSON a column takes. */
const JSON_LIMIT = 64 * 1024

/** Any object but a list, with all its own keys: a record of Schema would make a prototype of `__proto__`. */
export const AnyObject: Schema.Schema<Readonly<Record<string, unknown>>> = Schema.declare(
  (input): input is Readonly<Record<string, unknown>> => Predicate.isRecord(input),
  { description: "an object" }
)

type Place = ReadonlyArray<string | number>

const entryPlace = (key: string, value: unknown, at: Place): Place | undefined =>
  key === "__proto__" || !isStorable(key) ? [...at, key.slice(0, 40)] : unstorablePlace(value, [...at, key])

/** Where the first value is that no engine gives back as it was; undefined where all can be stored. */
const unstorablePlace = (value: unknown, at: Place): Place | undefined => {
  if (at.length > 32) return at
  if (value === null || typeof value === "boolean") return undefined
  if (typeof value === "string") return isStorable(value) ? undefined : at
  if (typeof value === "number") return Number.isFinite(value) ? undefined : at
  if (typeof value !== "object") return at
  const entries: Iterable<readonly [string | number, unknown]> = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [key, item] of entries) {
    const place = typeof key === "number" ? unstorablePlace(item, [...at, key]) : entryPlace(key, item, at)
    if (place !== undefined) return place
  }
  return undefined
}

const NOT_JSON = "expected a JSON object of at most 64 KB"

/** A JSON object of at most 64 KB; what is wrong in it is named by its path. */
export const JsonObject = AnyObject.pipe(
  Schema.filter((value) => {
    const path = unstorablePlace(value, [])
    if (path !== undefined) return { path, message: NOT_JSON }
    return new TextEncoder().encode(JSON.stringify(value)).length <= JSON_LIMIT || NOT_JSON
  })
)
export type JsonObject = typeof JsonObject.Type

/** A list of at most `max` items, counted before any is looked at: what a call costs follows from what it may name (X6). */
export const listOf = <A, I>(item: Schema.Schema<A, I>, max: number): Schema.Schema<ReadonlyArray<A>, ReadonlyArray<I>> =>
  Schema.compose(
    Schema.Array(Schema.Unknown).pipe(Schema.maxItems(max, { message: () => `expected at most ${max} items` })),
    Schema.Array(item),
    { strict: false }
  ) as unknown as Schema.Schema<ReadonlyArray<A>, ReadonlyArray<I>>

/** A field that may be left out: null then. */
export const orNull = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(Schema.NullOr(schema), { default: () => null })

/** Minor units: money of one document stays far below what 64 bits hold. */
export const LARGEST_AMOUNT = 10n ** 16n

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
