import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { split } from "../../src/core/index.js"

const amount = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n })
const weights = fc.array(fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.constantFrom(0n, 1n, 1n, 333n)), {
  minLength: 1,
  maxLength: 12
})
const total = (parts: ReadonlyArray<bigint>) => parts.reduce((sum, part) => sum + part, 0n)
const size = (value: bigint) => (value < 0n ? -value : value)

describe("splits by largest remainder", () => {
  it("add up to the whole, whatever its sign", () => {
    fc.assert(
      fc.property(amount, weights, (whole, shares) => {
        const parts = split(whole, shares)
        expect(parts).toHaveLength(shares.length)
        expect(total(parts)).toBe(whole)
        expect(split(-whole, shares)).toEqual(parts.map((part) => -part))
      }),
      { numRuns: 1000 }
    )
  })

  it("give each its exact share or less than one unit more or less, nothing to a weight of nothing, and never the other sign", () => {
    fc.assert(
      fc.property(amount, weights, (whole, shares) => {
        const sum = total(shares)
        fc.pre(sum > 0n)
        for (const [index, part] of split(whole, shares).entries()) {
          expect(size(part * sum - whole * shares[index]!)).toBeLessThan(sum)
          if (shares[index] === 0n) expect(part).toBe(0n)
          expect(part * whole).toBeGreaterThanOrEqual(0n)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("the odd units go to the largest remainders, ties in the order given", () => {
    fc.assert(
      fc.property(amount, weights, (whole, shares) => {
        const sum = total(shares)
        fc.pre(sum > 0n)
        const remainder = (index: number) => (size(whole) * shares[index]!) % sum
        const raised = split(whole, shares).map((part, index) => size(part) > (size(whole) * shares[index]!) / sum)
        for (const [i, up] of raised.entries()) {
          for (const [j, other] of raised.entries()) {
            if (up && !other) expect(remainder(i) > remainder(j) || (remainder(i) === remainder(j) && i < j)).toBe(true)
          }
        }
      }),
      { numRuns: 500 }
    )
    expect(split(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n])
    expect(split(-1n, [1n, 1n])).toEqual([-1n, 0n])
    expect(split(1000n, [10_000n, 5_000n, 3_000n])).toEqual([555n, 278n, 167n])
  })

  it("without any weight the first takes everything; without any part there is nothing to give", () => {
    expect(split(7n, [0n, 0n, 0n])).toEqual([7n, 0n, 0n])
    expect(split(7n, [])).toEqual([])
  })

  it("weights that are all multiplied by one number change nothing", () => {
    fc.assert(
      fc.property(amount, weights, fc.bigInt({ min: 1n, max: 10n ** 9n }), (whole, shares, factor) => {
        expect(
          split(
            whole,
            shares.map((share) => share * factor)
          )
        ).toEqual(split(whole, shares))
      })
    )
  })
})
