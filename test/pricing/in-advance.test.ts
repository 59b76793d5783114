import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compare, type Exact, max, sum, zero } from "../../src/core/exact.js"
import {
  type AdvanceEvent,
  beforeFirstEvent,
  billCarried,
  billEvent,
  type CompiledPrice,
  feeOf,
  type InAdvance,
  inAdvanceFromTexts,
  inAdvanceTexts,
  moveLevel,
  peakAtStart
} from "../../src/pricing/index.js"
import { of } from "./fraction.js"
import { anyQuantity, anyTiers, digits, exact, priceOf, RUNS, ranges } from "./support.js"

/** Bills events one after the other, the state kept as texts in between, as a store does. */
const billAll = (price: CompiledPrice, events: ReadonlyArray<AdvanceEvent>, start: InAdvance = beforeFirstEvent(price)) => {
  let state = start
  const fees = events.map((event) => {
    const fee = billEvent(price, inAdvanceFromTexts(JSON.parse(JSON.stringify(inAdvanceTexts(state)))), event)
    state = fee.state
    return fee
  })
  return { fees, state }
}

const events = (...texts: ReadonlyArray<string>): ReadonlyArray<AdvanceEvent> => texts.map((text) => ({ value: exact(text) }))

const cents = ({ fees }: ReturnType<typeof billAll>): ReadonlyArray<bigint> =>
  fees.map((fee) => feeOf(fee.priced, fee.usage, { currency_exponent: 2 }).amount_cents)

const peakOf = (quantities: ReadonlyArray<Exact>): Exact => {
  let level = zero
  let peak = zero
  for (const value of quantities) {
    level = sum([level, value])
    peak = max(peak, level)
  }
  return peak
}

describe("level and billed peak", () => {
  it("rises by what exceeds the peak: 10, −8, 4, 10 are 10, 0, 0, 6", () => {
    let state = peakAtStart()
    const risen = ["10", "-8", "4", "10"].map((text) => {
      const rise = moveLevel(state, exact(text))
      state = rise.after
      return digits(rise.units)
    })
    expect(risen).toEqual(["10", "0", "0", "6"])
  })

  it("never has a peak below 0, even where something below 0 is carried over", () => {
    expect(digits(peakAtStart(exact("-3")).peak)).toBe("0")
    expect(digits(moveLevel(peakAtStart(exact("-3")), exact("5")).units)).toBe("2")
  })
})

describe("charges paid in advance", () => {
  const models = fc.tuple(fc.constantFrom("graduated", "graduated_percentage", "standard", "package"), anyTiers).map(([model, tiers]) => {
    if (model === "graduated") return priceOf("graduated", { graduated_ranges: ranges(...tiers) })
    if (model === "standard") return priceOf("standard", { amount: tiers[0]![1], min_price: tiers[0]![2] ?? "0" })
    if (model === "package") return priceOf("package", { amount: tiers[0]![1], package_size: "7", free_units: "3" })
    const rates = ranges(...tiers).map(({ per_unit_amount: rate, ...range }) => ({ ...range, rate }))
    return priceOf("graduated_percentage", { graduated_percentage_ranges: rates })
  })

  it("come to the price of the peak, whatever the order and size of the events", () => {
    fc.assert(
      fc.property(models, fc.array(anyQuantity, { minLength: 1, maxLength: 6 }), (price, quantities) => {
        const { fees, state } = billAll(price, events(...quantities))
        const peak = peakOf(quantities.map(exact))
        expect(of(state.peak)).toEqual(of(peak))
        expect(of(sum(fees.map((fee) => fee.priced.amount)))).toEqual(of(price.price({ units: peak }).amount))
        for (const fee of fees) expect(compare(fee.priced.amount, zero)).toBeGreaterThanOrEqual(0)
      }),
      RUNS
    )
  })

  it("carry a flat amount once, with the first event even if its value is 0", () => {
    const price = priceOf("graduated", { graduated_ranges: ranges(["10", "2", "100"], [null, "1", "50"]) })
    expect(cents(billAll(price, events("0", "10", "1")))).toEqual([10_000n, 2_000n, 5_100n])
    expect(cents(billAll(price, events("-5", "7")))).toEqual([10_000n, 400n])
  })

  it("round every fee for itself", () => {
    expect(cents(billAll(priceOf("standard", { amount: "0.004" }), events("1", "1", "1")))).toEqual([0n, 0n, 0n])
    expect(cents(billAll(priceOf("standard", { amount: "0.005" }), events("1", "1")))).toEqual([1n, 1n])
  })

  it("take each event of a percentage as a transaction, with what the events before left of the allowance", () => {
    const price = priceOf("percentage", { rate: "5", free_units_per_total_aggregation: "10" })
    expect(cents(billAll(price, events("10", "4", "-4", "4")))).toEqual([0n, 20n, 0n, 20n])
    const both = priceOf("percentage", { rate: "5", fixed_amount: "1", free_units_per_events: 2 })
    expect(cents(billAll(both, events("8", "5", "0")))).toEqual([0n, 0n, 100n])
  })

  it("take a new item of a percentage as a transaction, and an item that goes or comes back as none", () => {
    const price = priceOf("percentage", { rate: "100", fixed_amount: "0.5" })
    const items = ["1", "1", "-1", "1", "0", "1"].map((text) => ({ value: exact(text), unique: true }))
    expect(cents(billAll(price, items))).toEqual([150n, 150n, 0n, 0n, 0n, 150n])
  })

  it("bill a dynamic event its own amount, nothing for a value of 0 or below", () => {
    const priced = (value: string) => ({ value: exact(value), precise_total_amount_cents: exact("12.6"), currency_exponent: 2 as const })
    expect(cents(billAll(priceOf("dynamic", {}), [priced("5"), priced("0"), priced("-1")]))).toEqual([13n, 0n, 0n])
  })

  it("bill what a recurring metric carries over at the start, as the first peak", () => {
    const price = priceOf("graduated", { graduated_ranges: ranges(["10", "1", "5"], [null, "2"]) })
    const start = billCarried(price, { value: exact("8") })
    expect(digits(start.priced.amount)).toBe("13")
    expect(cents(billAll(price, events("-3", "3", "4"), start.state))).toEqual([0n, 0n, 600n])
    const below = billCarried(price, { value: exact("-8") })
    expect(digits(below.priced.amount)).toBe("5")
    expect(cents(billAll(price, events("9"), below.state))).toEqual([100n])
  })

  it("bill by days on a prorated charge: what is carried for the period, an event from its day on", () => {
    const price = priceOf("standard", { amount: "31" })
    const start = billCarried(price, { value: exact("2"), share: { days: 31, full_days: 31 } })
    expect(digits(start.priced.amount)).toBe("62")
    const { fees, state } = billAll(
      price,
      [
        { value: exact("1"), share: { days: 10, full_days: 31 } },
        { value: exact("-2"), share: { days: 5, full_days: 31 } },
        { value: exact("3"), share: { days: 1, full_days: 31 } }
      ],
      start.state
    )
    const figures = fees.map((fee) => feeOf(fee.priced, fee.usage, { currency_exponent: 2 }))
    expect(figures.map((fee) => fee.amount_cents)).toEqual([1_000n, 0n, 100n])
    expect(figures.map((fee) => fee.units)).toEqual(["0.32258064516129", "0", "0.032258064516129"])
    expect(figures.map((fee) => fee.precise_unit_amount)).toEqual(["10", "0", "1"])
    expect(inAdvanceTexts(state)).toMatchObject({ level: "4", peak: "4", billed: "73/31" })
  })

  it("say how a fee came about", () => {
    const price = priceOf("graduated", { graduated_ranges: ranges(["10", "1"], [null, "2", "4"]) })
    expect(billAll(price, events("8", "4")).fees.map((fee) => fee.priced.text)).toEqual([
      "8 × 1 = 8",
      "price of 12 − price of 8 units: 18 − 8 = 10"
    ])
  })

  it("refuse to read a state that nobody wrote", () => {
    const texts = inAdvanceTexts(beforeFirstEvent(priceOf("standard", { amount: "1" })))
    for (const billed of ["", "1e5", "1/0", "1/-2", "NaN"]) expect(() => inAdvanceFromTexts({ ...texts, billed })).toThrow(RangeError)
  })
})
