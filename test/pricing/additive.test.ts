/** rate(0, a + b) = rate(0, a) ⊕ rate(a, b), where a model is additive: what comes later costs the same alone as together. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { add, compare, type Exact, equals, fromBigInt, subtract, sum } from "../../src/core/exact.js"
import { beforeFirstEvent, billEvent, type CompiledPrice } from "../../src/pricing/index.js"
import { anyPrice, anyTiers, anyUnits, digits, exact, priceOf, RUNS, ranges, type ShortTier } from "./support.js"

const priceAt = (price: CompiledPrice, units: Exact): Exact => price.price({ units }).amount

const isSplit = (price: CompiledPrice, a: string, b: string, rest: Exact): void => {
  const [first, second] = [exact(a), exact(b)]
  expect(digits(priceAt(price, add(first, second)))).toBe(digits(add(priceAt(price, first), rest)))
}

/** What of a tariff lies above `from`: bounds counted from there, and no flat amount for a tier that was entered already. */
const above = (tiers: ReadonlyArray<ShortTier>, from: Exact): ReadonlyArray<ShortTier> =>
  tiers
    .map(([to, price, flat = "0"], index): ShortTier => {
      const lower = index === 0 ? null : exact(tiers[index - 1]![0]!)
      const entered = lower === null || compare(from, lower) > 0
      return [to === null ? null : digits(subtract(exact(to), from)), price, entered ? "0" : flat]
    })
    .filter(([to]) => to === null || compare(exact(to), fromBigInt(0n)) > 0)

/** Bounds have at most 15 decimals, also when they are counted from here. */
const anyStart = anyUnits.filter((text) => (text.split(".")[1] ?? "").length <= 15)
const anyAdded = anyUnits.filter((text) => /[1-9]/.test(text))

describe("units after units", () => {
  it.each([
    ["standard", (amount: string) => priceOf("standard", { amount })],
    ["custom", (unit_price: string) => priceOf("custom", { unit_price })],
    ["a package of one", (amount: string) => priceOf("package", { amount, package_size: "1", free_units: "0" })]
  ])("cost the same alone as together: %s", (name, compiled) => {
    const units = name === "a package of one" ? fc.bigInt(0n, 10n ** 20n).map(String) : anyUnits
    fc.assert(
      fc.property(anyPrice, units, units, (amount, a, b) => isSplit(compiled(amount), a, b, priceAt(compiled(amount), exact(b)))),
      RUNS
    )
  })

  it("cost what the tiers above say: graduated", () => {
    fc.assert(
      fc.property(anyTiers, anyStart, anyAdded, (tiers, a, b) => {
        const rest = priceOf("graduated", { graduated_ranges: ranges(...above(tiers, exact(a))) })
        isSplit(priceOf("graduated", { graduated_ranges: ranges(...tiers) }), a, b, priceAt(rest, exact(b)))
      }),
      RUNS
    )
  })

  it("cost what the tiers above say: graduated percentage", () => {
    const rated = (tiers: ReadonlyArray<ShortTier>) => ranges(...tiers).map(({ per_unit_amount: rate, ...range }) => ({ ...range, rate }))
    fc.assert(
      fc.property(anyTiers, anyStart, anyAdded, (tiers, a, b) => {
        const rest = priceOf("graduated_percentage", { graduated_percentage_ranges: rated(above(tiers, exact(a))) })
        isSplit(priceOf("graduated_percentage", { graduated_percentage_ranges: rated(tiers) }), a, b, priceAt(rest, exact(b)))
      }),
      RUNS
    )
  })

  it("cost the packages that they open: package", () => {
    const count = fc.bigInt(0n, 500n)
    fc.assert(
      fc.property(anyPrice, fc.bigInt(1n, 20n), fc.bigInt(0n, 60n), count, count, (amount, size, free, a, b) => {
        const price = priceOf("package", { amount, package_size: `${size}`, free_units: `${free}` })
        const opened = (units: bigint) => (units <= free ? 0n : (units - free + size - 1n) / size)
        const rest = sum(Array.from({ length: Number(opened(a + b) - opened(a)) }, () => exact(amount)))
        isSplit(price, `${a}`, `${b}`, rest)
      }),
      RUNS
    )
  })

  it("are not additive by volume, where the last unit changes the price of all", () => {
    const price = priceOf("volume", { volume_ranges: ranges(["10", "2"], [null, "1"]) })
    expect(equals(priceAt(price, exact("12")), add(priceAt(price, exact("6")), priceAt(price, exact("6"))))).toBe(false)
  })
})

describe("transactions after transactions", () => {
  const anyPercentage = fc.record(
    {
      rate: anyPrice,
      fixed_amount: anyPrice,
      free_units_per_events: fc.integer({ min: 0, max: 4 }).map(String),
      free_units_per_total_aggregation: fc.integer({ min: 0, max: 80 }).map(String),
      per_transaction_min_amount: fc.constantFrom("0", "0.5"),
      per_transaction_max_amount: fc.constantFrom("0.75", "3")
    },
    { requiredKeys: ["rate"] }
  )

  it("cost the same one by one, with what the ones before left of the allowance, as all together: percentage", () => {
    fc.assert(
      fc.property(anyPercentage, fc.array(anyUnits, { maxLength: 12 }), (properties, texts) => {
        const price = priceOf("percentage", properties)
        const event_values = texts.map(exact)
        let state = beforeFirstEvent(price)
        const fees = event_values.map((value) => {
          const fee = billEvent(price, state, { value })
          state = fee.state
          return fee.priced.amount
        })
        expect(digits(sum(fees))).toBe(
          digits(price.price({ units: sum(event_values), event_values, transactions_count: BigInt(texts.length) }).amount)
        )
      }),
      RUNS
    )
  })

  it("cost their own amounts: dynamic", () => {
    fc.assert(
      fc.property(anyAdded, anyAdded, anyPrice, anyPrice, (a, b, cost_of_a, cost_of_b) => {
        const price = priceOf("dynamic", {})
        const amount = (units: Exact, cents: Exact) =>
          price.price({ units, precise_total_amount_cents: cents, currency_exponent: 2 }).amount
        const together = amount(add(exact(a), exact(b)), add(exact(cost_of_a), exact(cost_of_b)))
        expect(equals(together, add(amount(exact(a), exact(cost_of_a)), amount(exact(b), exact(cost_of_b))))).toBe(true)
      }),
      RUNS
    )
  })
})
