import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { trueUp } from "../../src/invoicing/commitment.js"

const cents = fc.bigInt({ min: 0n, max: 10n ** 10n })
const window = fc
  .record({
    amount_cents: cents,
    counts: fc.constantFrom("all" as const, "charges" as const),
    full_days: fc.integer({ min: 1, max: 366 }),
    part: fc.integer({ min: 0, max: 1000 }),
    base_cents: cents,
    usage_cents: cents
  })
  .map(({ part, ...given }) => ({ ...given, days: Math.floor((given.full_days * part) / 1000) }))

const of = (
  amount_cents: bigint,
  days: number,
  full_days: number,
  base_cents: bigint,
  usage_cents: bigint,
  counts: "all" | "charges" = "all"
) => trueUp({ amount_cents, counts, days, full_days, base_cents, usage_cents }).true_up_cents

describe("the true-up of a commitment", () => {
  it("lifts what counts to what is due, never above it, and is never negative", () => {
    fc.assert(
      fc.property(window, (given) => {
        const { counted_cents, due_cents, true_up_cents } = trueUp(given)
        expect(counted_cents).toBe(given.counts === "all" ? given.base_cents + given.usage_cents : given.usage_cents)
        expect(counted_cents + true_up_cents).toBe(counted_cents > due_cents ? counted_cents : due_cents)
        const twice = 2n * (due_cents * BigInt(given.full_days) - given.amount_cents * BigInt(given.days))
        expect(twice <= BigInt(given.full_days) && twice > -BigInt(given.full_days)).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("never rises with usage", () => {
    fc.assert(
      fc.property(window, cents, (given, more) => {
        const risen = trueUp({ ...given, usage_cents: given.usage_cents + more })
        expect(risen.true_up_cents).toBeLessThanOrEqual(trueUp(given).true_up_cents)
      }),
      { numRuns: 1000 }
    )
  })

  it("the worked examples: with the base fee and without, after a trial, beside a pause, of a window without a day", () => {
    expect(of(5000n, 30, 30, 1000n, 3200n)).toBe(800n)
    expect(of(5000n, 30, 30, 1000n, 3200n, "charges")).toBe(1800n)
    expect(of(10_000_000n, 12, 30, 2_000_000n, 1000n)).toBe(1_999_000n)
    expect(of(6200n, 21, 31, 2100n, 0n)).toBe(2100n)
    expect(of(5000n, 0, 31, 0n, 0n)).toBe(0n)
    expect(of(500n, 30, 30, 0n, 320n)).toBe(180n)
  })

  it("is rounded by the issuer's mode", () => {
    const half = { amount_cents: 1n, counts: "all" as const, days: 15, full_days: 30, base_cents: 0n, usage_cents: 0n }
    expect([trueUp(half).true_up_cents, trueUp(half, "half_even").true_up_cents, trueUp(half, "down").true_up_cents]).toEqual([1n, 0n, 0n])
  })
})
