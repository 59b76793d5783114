/** Answers for callers without Effect: instants as `Date`, bytes, streams and everything else as it is. */
import { DateTime } from "effect"

/** `DateTime.Utc` → `Date`, at any depth; money stays bigint, decimals stay text. */
export type Plain<T> = T extends DateTime.Utc
  ? Date
  : T extends string | number | bigint | boolean | null | undefined | Date | Error | Uint8Array | ReadableStream
    ? T
    : T extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<K, Plain<V>>
      : T extends ReadonlyArray<infer A>
        ? ReadonlyArray<Plain<A>>
        : T extends object
          ? { readonly [K in keyof T]: Plain<T[K]> }
          : T

const KEPT = [Error, Date, Uint8Array, ReadableStream]

const convert = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || KEPT.some((kind) => value instanceof kind)) return value
  if (DateTime.isDateTime(value)) return DateTime.toDateUtc(value)
  if (Array.isArray(value)) return value.map(convert)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, convert(item)]))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]))
}

export const plain = <T>(value: T): Plain<T> => convert(value) as Plain<T>
