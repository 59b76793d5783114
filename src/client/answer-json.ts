/** Plain answers as JSON text and back, nothing lost: money, instants, maps, what is absent, failures among results. */
import { DateTime } from "effect"
import { BillingError, isTyped } from "./billing-error.js"

/** What stands for a value that JSON has not; a plain object that has this key is wrapped itself. */
const MARK = "$"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

const MOST_DEEP = 64

const mark = (kind: string, value: Json = null): Json => ({ [MARK]: [kind, value] })

const failure = (error: Error, depth: number): Json => {
  const tag = isTyped(error) || error instanceof BillingError ? error._tag : error.name
  const fields = Object.fromEntries(Object.entries(error).filter(([key]) => key !== "cause" && key !== "_tag"))
  return mark("error", { tag, message: error.message, fields: toJson(fields, depth) })
}

const record = (value: object, depth: number, ordered: boolean): Json => {
  const entries = Object.entries(value).map(([key, item]) => [key, toJson(item, depth, ordered)] as const)
  const own = Object.fromEntries(ordered ? entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) : entries)
  return MARK in own ? mark("object", own) : own
}

/** `ordered`: keys sorted and what is undefined left out, so that equal content is equal text. */
const toJson = (value: unknown, above = 0, ordered = false): Json => {
  const depth = above + 1
  if (depth > MOST_DEEP) throw new RangeError("nested too deep")
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  if (typeof value === "number") return Number.isFinite(value) ? value : mark("number", String(value))
  if (typeof value === "bigint") return mark("bigint", value.toString())
  if (value === undefined) return mark("undefined")
  if (value instanceof Date) return mark("date", Number.isNaN(value.getTime()) ? "" : value.toISOString())
  if (DateTime.isDateTime(value)) return mark("date", DateTime.formatIso(value))
  if (value instanceof Error) return failure(value, depth)
  if (value instanceof Map)
    return mark(
      "map",
      [...value].map((entry) => entry.map((item) => toJson(item, depth, ordered)))
    )
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth, ordered))
  if (typeof value !== "object" || Symbol.asyncIterator in value || Symbol.iterator in value) throw new TypeError("not plain data")
  const named = ordered ? Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) : value
  return record(named, depth, ordered)
}

type Marked = readonly [kind: string, value: Json]

const restored = ([kind, value]: Marked): unknown => {
  switch (kind) {
    case "bigint":
      return BigInt(value as string)
    case "number":
      return Number(value)
    case "undefined":
      return undefined
    case "date":
      return new Date(value as string)
    case "map":
      return new Map((value as ReadonlyArray<readonly [Json, Json]>).map(([key, item]) => [fromJson(key), fromJson(item)]))
    case "error": {
      const { fields, message, tag } = value as { readonly tag: string; readonly message: string; readonly fields: Json }
      return new BillingError({ ...(fromJson(fields) as object), _tag: tag, message })
    }
    default:
      return plainObject(value as { readonly [key: string]: Json })
  }
}

const plainObject = (value: { readonly [key: string]: Json }): object =>
  Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromJson(item)]))

const fromJson = (value: Json): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(fromJson)
  const object = value as { readonly [key: string]: Json }
  return MARK in object ? restored(object[MARK] as unknown as Marked) : plainObject(object)
}

export const encodeAnswer = (answer: unknown): string => JSON.stringify(toJson(answer))
export const decodeAnswer = (text: string): unknown => fromJson(JSON.parse(text) as Json)

/** One text for equal content, whatever the order of its keys. Throws for what is no plain data. */
export const contentText = (content: unknown): string => JSON.stringify(toJson(content, 0, true))
