import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Exact, type RoundingMode } from "../../src/core/index.js"

const MODES: ReadonlyArray<RoundingMode> = ["half_away", "half_even", "down"]

/** A rational number as numerator and denominator, the plain way. */
interface Rational {
  readonly n: bigint
  readonly d: bigint
}

const rationalOf = ({ coefficient, scale, divisor }: Exact.Exact): Rational => ({ n: coefficient, d: 10n ** BigInt(scale) * divisor })
const same = (a: Rational, b: Rational): boolean => a.n * b.d === b.n * a.d

const anyExact: fc.Arbitrary<Exact.Exact> = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
    fc.integer({ min: 0, max: 18 }),
    fc.oneof(fc.constant(1n), fc.bigInt({ min: 1n, max: 400n }))
  )
  .map(([coefficient, scale, divisor]) => Exact.make(coefficient, scale, divisor))

/** Values that lie on, or a hair beside, the half of a unit in the last of some decimals. */
const halves = fc
  .tuple(fc.bigInt({ min: -100_000n, max: 100_000n }), fc.integer({ min: 0, max: 6 }), fc.constantFrom(-1n, 0n, 1n))
  .map(([unit, decimals, beside]) => ({ decimals, value: Exact.make((2n * unit + 1n) * 5n * 10n ** 10n + beside, decimals + 11) }))

/** What a mode makes of n ÷ d, by looking at the two whole numbers around it. */
const reference = ({ n, d }: Rational, mode: RoundingMode): bigint => {
  const below = n >= 0n ? n / d : -((-n + d - 1n) / d)
  if (below * d === n) return below
  const above = below + 1n
  const towardsZero = n > 0n ? below : above
  const awayFromZero = n > 0n ? above : below
  if (mode === "down") return towardsZero
  const [fromBelow, fromAbove] = [n - below * d, above * d - n]
  if (fromBelow !== fromAbove) return fromBelow < fromAbove ? below : above
  return mode === "half_away" ? awayFromZero : below % 2n === 0n ? below : above
}

describe("exact numbers", () => {
  it("are a field: sums, products and quotients are those of rational numbers", () => {
    fc.assert(
      fc.property(anyExact, anyExact, (a, b) => {
        const [x, y] = [rationalOf(a), rationalOf(b)]
        expect(same(rationalOf(Exact.add(a, b)), { n: x.n * y.d + y.n * x.d, d: x.d * y.d })).toBe(true)
        expect(same(rationalOf(Exact.subtract(a, b)), { n: x.n * y.d - y.n * x.d, d: x.d * y.d })).toBe(true)
        expect(same(rationalOf(Exact.multiply(a, b)), { n: x.n * y.n, d: x.d * y.d })).toBe(true)
        if (y.n !== 0n) expect(same(rationalOf(Exact.divide(a, b)), { n: x.n * y.d, d: x.d * y.n })).toBe(true)
        const order = x.n * y.d - y.n * x.d
        expect(Exact.compare(a, b)).toBe(order < 0n ? -1 : order > 0n ? 1 : 0)
      }),
      { numRuns: 1000 }
    )
  })

  it("moving the point multiplies by a power of ten, and moving it back undoes it", () => {
    fc.assert(
      fc.property(anyExact, fc.integer({ min: 0, max: 6 }), (value, places) => {
        const moved = Exact.shift(value, places)
        expect(Exact.equals(moved, Exact.multiply(value, Exact.make(10n ** BigInt(places))))).toBe(true)
        expect(Exact.equals(Exact.shift(moved, -places), value)).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it.each(MODES)("%s agrees with the whole numbers on both sides", (mode) => {
    fc.assert(
      fc.property(anyExact, fc.integer({ min: 0, max: 8 }), (value, decimals) => {
        const { n, d } = rationalOf(value)
        expect(Exact.toMinorUnits(value, decimals, mode)).toBe(reference({ n: n * 10n ** BigInt(decimals), d }, mode))
        expect(Exact.equals(Exact.round(value, decimals, mode), Exact.make(Exact.toMinorUnits(value, decimals, mode), decimals))).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it.each(MODES)("%s is right on halves and a hair beside them", (mode) => {
    fc.assert(
      fc.property(halves, ({ value, decimals }) => {
        const { n, d } = rationalOf(value)
        expect(Exact.toMinorUnits(value, decimals, mode)).toBe(reference({ n: n * 10n ** BigInt(decimals), d }, mode))
      }),
      { numRuns: 1000 }
    )
  })

  it("rounds to tens and hundreds too, and floor and ceil go their ways", () => {
    fc.assert(
      fc.property(anyExact, fc.integer({ min: -4, max: 6 }), fc.constantFrom(...MODES), (value, decimals, mode) => {
        const { n, d } = rationalOf(value)
        const unit = 10n ** BigInt(Math.abs(decimals))
        const scaled = decimals >= 0 ? { n: n * unit, d } : { n, d: d * unit }
        const back = (whole: bigint) => (decimals >= 0 ? Exact.make(whole, decimals) : Exact.make(whole * unit))
        expect(Exact.equals(Exact.round(value, decimals, mode), back(reference(scaled, mode)))).toBe(true)
        const below = scaled.n >= 0n ? scaled.n / scaled.d : -((-scaled.n + scaled.d - 1n) / scaled.d)
        expect(Exact.equals(Exact.floor(value, decimals), back(below))).toBe(true)
        expect(Exact.equals(Exact.ceil(value, decimals), back(below * scaled.d === scaled.n ? below : below + 1n))).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("rounding up by half away is symmetric about zero, and half even leaves no drift", () => {
    expect([25n, -25n, 35n, -35n].map((n) => Exact.roundQuotient(n, 10n))).toEqual([3n, -3n, 4n, -4n])
    expect([25n, -25n, 35n, -35n].map((n) => Exact.roundQuotient(n, 10n, "half_even"))).toEqual([2n, -2n, 4n, -4n])
    expect([29n, -29n].map((n) => Exact.roundQuotient(n, 10n, "down"))).toEqual([2n, -2n])
    expect(Exact.toMinorUnits(Exact.unsafeFromText("-0.004"), 2)).toBe(0n)
  })

  it("a text comes back as it went in, without needless zeros", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 15 }), (coefficient, scale) => {
        const text = Exact.toText(Exact.make(coefficient, scale))
        expect(Exact.equals(Exact.unsafeFromText(text), Exact.make(coefficient, scale))).toBe(true)
        expect(text).not.toMatch(/\.\d*0$|\.$|^-0$/)
      }),
      { numRuns: 1000 }
    )
    expect(Exact.toText(Exact.divide(Exact.fromBigInt(2n), Exact.fromBigInt(3n)))).toBe("0.666666666666667")
    expect(Exact.toText(Exact.unsafeFromText("-0.0000000000000001"))).toBe("0")
  })

  it.each(["", " ", "1.", ".5", "+1", "1e3", "0x10", "1,000", "١٢", "１２", "NaN", "Infinity", "--1", "1.2.3", "1 ", " 1", "1n", "-"])(
    "%j is no plain decimal",
    (text) => {
      expect(Exact.fromText(text)).toBeUndefined()
    }
  )
})
