import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { draw } from "../../src/credits/index.js"

const cents = fc.bigInt({ min: 0n, max: 10n ** 12n })
const sum = (values: ReadonlyArray<bigint>) => values.reduce((total, value) => total + value, 0n)

describe("drawing an amount from what there is", () => {
  it("takes it all or empties everything, and nothing from a later one before the earlier ones are empty", () => {
    fc.assert(
      fc.property(cents, fc.array(fc.oneof(cents, fc.constant(0n)), { maxLength: 8 }), (amount, available) => {
        const { left, taken } = draw(amount, available)
        expect(sum(taken) + left).toBe(amount)
        if (left > 0n) expect(taken).toEqual(available)
        for (const [index, part] of taken.entries()) {
          expect(part >= 0n && part <= available[index]!).toBe(true)
          if (part > 0n) expect(taken.slice(0, index)).toEqual(available.slice(0, index))
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("from nothing takes nothing", () => {
    expect(draw(5n, [])).toEqual({ taken: [], left: 5n })
    expect(draw(0n, [3n, 4n])).toEqual({ taken: [0n, 0n], left: 0n })
  })
})
