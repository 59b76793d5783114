/** Tiers, one by one: from 0, without hole or overlap, the last one open (decision P3). */
import * as Either from "effect/Either"
import { add, compare, equals, one, sign, unsafeFromText } from "../../core/exact.js"
import type { PriceRange, RateRange } from "../model.js"
import { type Checked, ensure, type Found, isRecord, own, refuse, refuseOthers } from "./found.js"
import { decimal } from "./scalar.js"

/** Where a tier stands: the upper bound before it as written (0 for the first), and whether it is the last. */
interface Place {
  readonly path: string
  readonly former: string
  readonly first: boolean
  readonly last: boolean
}

type Entry = Readonly<Record<string, unknown>>
type CheckTier<R> = (entry: Entry, place: Place) => Checked<R>

const field = (entry: Entry, name: string, { path }: Place): Found => ({ path: `${path}.${name}`, value: own(entry, name) })

const lowerBound = (entry: Entry, place: Place): Checked<string> => {
  const found = field(entry, "from_value", place)
  return Either.flatMap(decimal(found), (text) => {
    const from = unsafeFromText(text)
    if (place.first) return sign(from) === 0 ? Either.right(text) : refuse(found.path, "the first tier begins at 0")
    const former = unsafeFromText(place.former)
    const continues = equals(from, former) || equals(from, add(former, one))
    return continues ? Either.right(text) : refuse(found.path, "expected the former upper bound, or that plus 1")
  })
}

const upperBound = (found: Found, { last, former }: Place): Checked<string | null> => {
  if (last) return found.value === null ? Either.right(null) : refuse(found.path, "the last tier has no upper bound: expected null")
  if (found.value === null) return refuse(found.path, "only the last tier is without upper bound")
  const isAbove = (text: string): boolean => compare(unsafeFromText(text), unsafeFromText(former)) > 0
  return ensure(decimal(found), isAbove, found.path, "expected an upper bound above the former one")
}

const checkTiers =
  <R extends { readonly to_value: string | null }>(fields: ReadonlyArray<string>, check: CheckTier<R>) =>
  ({ path, value }: Found): Checked<ReadonlyArray<R>> =>
    Either.gen(function* () {
      if (value === undefined) return yield* refuse(path, "missing")
      if (!Array.isArray(value)) return yield* refuse(path, "expected a list of tiers")
      if (value.length === 0) return yield* refuse(path, "expected at least one tier")
      const ranges: Array<R> = []
      let former = "0"
      for (const [index, entry] of value.entries()) {
        const place = { path: `${path}[${index}]`, former, first: index === 0, last: index === value.length - 1 }
        if (!isRecord(entry)) return yield* refuse(place.path, "expected a tier")
        yield* refuseOthers(entry, fields, place.path, "a tier has no such property")
        const range = yield* check(entry, place)
        former = range.to_value ?? former
        ranges.push(range)
      }
      return ranges
    })

/** Ranges of graduated and volume. */
export const priceRanges = checkTiers<PriceRange>(["from_value", "to_value", "per_unit_amount", "flat_amount"], (entry, place) =>
  Either.gen(function* () {
    return {
      from_value: yield* lowerBound(entry, place),
      to_value: yield* upperBound(field(entry, "to_value", place), place),
      per_unit_amount: yield* decimal(field(entry, "per_unit_amount", place)),
      flat_amount: yield* decimal(field(entry, "flat_amount", place))
    }
  })
)

/** Ranges of graduated_percentage. */
export const rateRanges = checkTiers<RateRange>(["from_value", "to_value", "rate", "flat_amount"], (entry, place) =>
  Either.gen(function* () {
    return {
      from_value: yield* lowerBound(entry, place),
      to_value: yield* upperBound(field(entry, "to_value", place), place),
      rate: yield* decimal(field(entry, "rate", place)),
      flat_amount: yield* decimal(field(entry, "flat_amount", place))
    }
  })
)

/** The short spelling `{ up_to, unit_price, flat_amount? }`; stored as ranges that touch. */
export const shortTiers = checkTiers<PriceRange>(["up_to", "unit_price", "flat_amount"], (entry, place) =>
  Either.gen(function* () {
    return {
      from_value: place.former,
      to_value: yield* upperBound(field(entry, "up_to", place), place),
      per_unit_amount: yield* decimal(field(entry, "unit_price", place)),
      flat_amount: own(entry, "flat_amount") === undefined ? "0" : yield* decimal(field(entry, "flat_amount", place))
    }
  })
)
