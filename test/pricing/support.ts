/** What the tests of pricing share: short ways to write usages, and arbitrary prices, units and tiers. */
import { Either } from "effect"
import fc from "fast-check"
import { add, type Exact, sum, toText, unsafeFromText } from "../../src/core/exact.js"
import {
  type ChargeModel,
  type CompiledPrice,
  type CompileOptions,
  compile,
  type Movement,
  type PriceRange,
  type Usage
} from "../../src/pricing/index.js"

export const exact = unsafeFromText

export const priceOf = (charge_model: ChargeModel, properties: unknown, options: CompileOptions = {}): CompiledPrice =>
  Either.getOrThrowWith(compile(charge_model, properties, options), (error) => error)

export const units = (text: string): Usage => ({ units: exact(text) })

export const values = (...texts: ReadonlyArray<string>): Usage => ({
  units: sum(texts.map(exact)),
  event_values: texts.map(exact)
})

export const movement = (steps: string, prorated: string): Movement => ({ units: exact(steps), prorated_units: exact(prorated) })

/** All digits, so that a rounding would show. */
export const digits = (value: Exact): string => toText(value, value.divisor === 1n ? value.scale : 30)

export const amountOf = (price: CompiledPrice, usage: Usage): string => digits(price.price(usage).amount)

/** `[upper bound or null, price, flat amount]`, ranges that touch. */
export type ShortTier = readonly [string | null, string, string?]

export const ranges = (...tiers: ReadonlyArray<ShortTier>): ReadonlyArray<PriceRange> =>
  tiers.map(([to_value, per_unit_amount, flat_amount = "0"], index) => ({
    from_value: index === 0 ? "0" : tiers[index - 1]![0]!,
    to_value,
    per_unit_amount,
    flat_amount
  }))

const decimalText = (whole: fc.Arbitrary<bigint>, most: number): fc.Arbitrary<string> =>
  fc
    .tuple(whole, fc.integer({ min: 0, max: most }), fc.bigInt(0n, 10n ** BigInt(most) - 1n))
    .map(([head, places, tail]) => (places === 0 ? `${head}` : `${head}.${tail.toString().padStart(most, "0").slice(0, places)}`))

/** Prices as configured: up to 15 decimals, 0 among them. */
export const anyPrice = fc.oneof(decimalText(fc.bigInt(0n, 1_000n), 15), decimalText(fc.bigInt(0n, 9n), 3), fc.constant("0"))

/** Quantities from 0, whole, fractional and huge. */
export const anyUnits = fc.oneof(
  decimalText(fc.bigInt(0n, 60n), 2),
  decimalText(fc.bigInt(0n, 10n ** 20n), 18),
  fc.bigInt(0n, 100n).map(String)
)

/** Quantities, also below 0. */
export const anyQuantity = fc.tuple(fc.boolean(), anyUnits).map(([negative, text]) => (negative ? `-${text}` : text))

/** One to six tiers with rising bounds, near the quantities above. */
export const anyTiers: fc.Arbitrary<ReadonlyArray<ShortTier>> = fc
  .array(fc.tuple(decimalText(fc.bigInt(0n, 15n), 2), anyPrice, anyPrice), { minLength: 1, maxLength: 6 })
  .map((steps) => {
    let bound = 0n
    return steps.map(([step, price, flat], index) => {
      bound += 1n + BigInt(Math.round(Number(step) * 100))
      const text = `${bound / 100n}.${(bound % 100n).toString().padStart(2, "0")}`
      return [index === steps.length - 1 ? null : text, price, flat] as const
    })
  })

/** At every bound of a tariff: one unit and the smallest part of one below it, the bound itself, and as much above. */
export const aroundBounds = (tiers: ReadonlyArray<ShortTier>): ReadonlyArray<string> =>
  tiers.flatMap(([to]) =>
    to === null ? [] : ["-1", "-0.000000000000000001", "0", "0.000000000000000001", "1"].map((step) => digits(add(exact(to), exact(step))))
  )

/** Every property runs as often, unless it says otherwise. */
export const RUNS = { numRuns: 1_000 }
