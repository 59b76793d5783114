/** Identifiers: UUID version 7 from a service, so that the same seed and the same commands give the same rows (O3). */
import { Clock, Context, Effect, Layer, Predicate, Schema } from "effect"
import { InvalidInput } from "./errors.js"
import { but } from "./reason.js"
import { isStorable } from "./text.js"

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** What types forbid and callers without types give all the same. Thrown: it is a mistake of the program, and no answer of a method. */
const misnamed = (field: string, expected: string, value: unknown) =>
  new InvalidInput({ field, reason: but(`expected ${expected}`, value) })

/** Whether a text is an id at all; one that is not names nothing. Throws `InvalidInput` for what is no text. */
export const isUuid = (text: string): boolean => {
  if (typeof text !== "string") throw misnamed("id", "an id as text", text)
  return UUID.test(text)
}

/**
 * Whether a reference, by id or by names of the host's, can name a row at all: what is no id, or cannot be stored, names nothing. More than a name is
 * taken, such as a whole row. Throws `InvalidInput` for what is no reference, such as the bare text of a name.
 */
export const canName = <N extends string>(
  ref: { readonly id: string } | Readonly<Record<N, string>>,
  ...names: ReadonlyArray<N>
): boolean => {
  if (!Predicate.isRecord(ref)) throw misnamed("ref", `{ id } or { ${names.join(", ")} }`, ref)
  if ("id" in ref) return isUuid(ref.id as string)
  return names.every((name) => {
    const value = ref[name]
    if (typeof value !== "string") throw misnamed(name, `text, in { id } or { ${names.join(", ")} }`, value)
    return isStorable(value)
  })
}

/** A branded id: 36 characters, lower case. */
export const brandedId = <B extends string>(brand: B) =>
  Schema.String.pipe(Schema.pattern(UUID, { message: () => "expected a UUID: 36 characters, lower case" }), Schema.brand(brand))

export interface IdSource {
  /** A fresh UUIDv7; ids of one source sort in the order in which they were given. */
  readonly next: Effect.Effect<string>
  /** `count` fresh ids, ascending. */
  readonly many: (count: number) => Effect.Effect<ReadonlyArray<string>>
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/** Formats a UUIDv7 from its millisecond, a 12-bit counter and 62 random bits given as two halves below 2^31. */
const format = (millis: number, counter: number, high: number, low: number): string => {
  const m1 = Math.floor(millis / 0x10000)
  const m2 = millis % 0x10000
  const b = (value: number, shift: number) => HEX[(value >>> shift) & 0xff]!
  return `${b(m1, 24)}${b(m1, 16)}${b(m1, 8)}${b(m1, 0)}-${b(m2, 8)}${b(m2, 0)}-${HEX[0x70 | (counter >>> 8)]!}${HEX[counter & 0xff]!}-${HEX[
    0x80 | ((high >>> 24) & 0x3f)
  ]!}${b(high, 16)}-${b(high, 8)}${b(high, 0)}${b(low, 24)}${b(low, 16)}${b(low, 8)}${b(low, 0)}`
}

/** 31-bit numbers from a seed of 62 bits: two xorshift generators, added up. */
const generator = (first: number, second: number) => {
  let a = first | 1
  let b = second | 1
  return (): number => {
    a ^= a << 13
    a ^= a >>> 17
    a ^= a << 5
    b ^= b << 7
    b ^= b >>> 9
    b ^= b << 8
    return (a + b) & 0x7fffffff
  }
}

/** Where new ids come from. */
export class Ids extends Context.Tag("billwright/Ids")<Ids, IdSource>() {
  static readonly layer: Layer.Layer<Ids> = Layer.effect(
    Ids,
    Effect.sync(() => {
      let last = 0
      let counter = 0
      const many = Effect.fnUntraced(function* (count: number) {
        const now = yield* Clock.currentTimeMillis
        const random = yield* Effect.random
        // One draw for many ids: asking the service for each would take longer than what most of them are for.
        const draw = generator(yield* random.nextIntBetween(0, 0x7fffffff), yield* random.nextIntBetween(0, 0x7fffffff))
        const ids: Array<string> = []
        for (let i = 0; i < count; i++) {
          // The same millisecond, or a clock that went back: go on counting, so that order is kept.
          if (now > last) {
            last = now
            counter = 0
          } else if (++counter > 0xfff) {
            last += 1
            counter = 0
          }
          ids.push(format(last, counter, draw(), draw()))
        }
        return ids as ReadonlyArray<string>
      })
      return Ids.of({ many, next: Effect.map(many(1), (ids) => ids[0]!) })
    })
  )
}
