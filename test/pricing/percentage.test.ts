import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sum } from "../../src/core/exact.js"
import type { PercentageRow } from "../../src/pricing/index.js"
import { type Fraction, isMore, minus, none, of, plus, read, times } from "./fraction.js"
import { amountOf, anyPrice, anyQuantity, exact, priceOf, RUNS, values } from "./support.js"

interface Terms {
  readonly rate: string
  readonly fixed_amount: string
  readonly free_units_per_events: number
  readonly free_units_per_total_aggregation: string
  readonly per_transaction_min_amount?: string
}

/** The six rules of the model, over slow fractions. */
const reference = (terms: Terms, quantities: ReadonlyArray<string>): Fraction => {
  const capped = { events: terms.free_units_per_events > 0, units: !/^0(\.0*)?$/.test(terms.free_units_per_total_aggregation) }
  let events = terms.free_units_per_events
  let left = read(terms.free_units_per_total_aggregation)
  let amount = none
  for (const value of quantities.map(read)) {
    const open = (capped.events || capped.units) && (!capped.events || events > 0) && (!capped.units || isMore(left, none))
    if (open && (!capped.units || !isMore(value, left))) {
      events--
      left = minus(left, value)
      continue
    }
    const charged = open ? minus(value, left) : value
    if (open) left = none
    const cost = plus(times(charged, times(read(terms.rate), { top: 1n, bottom: 100n })), read(terms.fixed_amount))
    const least = terms.per_transaction_min_amount
    amount = plus(amount, least !== undefined && isMore(read(least), cost) ? read(least) : cost)
  }
  return amount
}

const anyTerms: fc.Arbitrary<Terms> = fc.record(
  {
    rate: anyPrice,
    fixed_amount: anyPrice,
    free_units_per_events: fc.integer({ min: 0, max: 4 }),
    free_units_per_total_aggregation: fc.constantFrom("0", "0.0", "15", "100.5"),
    per_transaction_min_amount: anyPrice
  },
  { requiredKeys: ["rate", "fixed_amount", "free_units_per_events", "free_units_per_total_aggregation"] }
)

const someValues = fc.array(fc.oneof(anyQuantity, fc.constantFrom("0", "5", "10", "15")), { maxLength: 8 })

const usageOf = (texts: ReadonlyArray<string>) => ({ units: sum(texts.map(exact)), event_values: texts.map(exact) })

const free = { rate: "1", fixed_amount: "5", free_units_per_events: "3", free_units_per_total_aggregation: "15" }

describe("percentage", () => {
  it.each([
    [["1", "1", "1", "1"], "5.01"],
    [["10", "5"], "0"],
    [["10", "10"], "5.05"],
    [["20"], "5.05"],
    [["20", "10", "10", "10"], "20.35"]
  ])("1 %%, fixed 5, 3 free events, 15 free units: %j costs %s", (texts, amount) => {
    expect(amountOf(priceOf("percentage", free), values(...texts))).toBe(amount)
  })

  it("comes to what the rules say, for any terms and events", () => {
    fc.assert(
      fc.property(anyTerms, someValues, (terms, texts) => {
        expect(of(priceOf("percentage", terms).price(usageOf(texts)).amount)).toEqual(reference(terms, texts))
      }),
      RUNS
    )
  })

  it("divides units into free and paid ones, events into free and paid ones, and the amount into three totals", () => {
    fc.assert(
      fc.property(anyTerms, someValues, (terms, texts) => {
        const priced = priceOf("percentage", terms).price(usageOf(texts))
        const row = priced.rows[0] as PercentageRow
        expect(plus(of(row.free_units), of(row.paid_units))).toEqual(of(row.units))
        expect(row.free_events + row.paid_events).toBe(BigInt(texts.length))
        const totals = sum([row.per_unit_total_amount, row.fixed_fee_total_amount, row.min_max_adjustment_total_amount])
        expect(of(totals)).toEqual(of(priced.amount))
      }),
      RUNS
    )
  })

  it("needs only sum and count where neither allowance nor bounds are configured", () => {
    fc.assert(
      fc.property(anyPrice, anyPrice, someValues, (rate, fixed_amount, texts) => {
        const price = priceOf("percentage", { rate, fixed_amount, free_units_per_events: 0, free_units_per_total_aggregation: "0" })
        expect(price.needs_event_values).toBe(false)
        const { units } = usageOf(texts)
        const summed = price.price({ units, transactions_count: BigInt(texts.length) })
        const single = price.price(usageOf(texts))
        expect(of(summed.amount)).toEqual(of(single.amount))
        expect(summed.text).toBe(single.text)
      }),
      RUNS
    )
  })

  it("asks for the single values where it needs them", () => {
    for (const more of [{ free_units_per_events: 1 }, { free_units_per_total_aggregation: "1" }, { per_transaction_max_amount: "1" }]) {
      const price = priceOf("percentage", { rate: "1", ...more })
      expect(price.needs_event_values).toBe(true)
      expect(() => price.price({ units: exact("1"), transactions_count: 1n })).toThrow(/event_values/)
    }
  })

  it("costs nothing without events, whatever is configured", () => {
    expect(amountOf(priceOf("percentage", { ...free, per_transaction_min_amount: "9" }), values())).toBe("0")
  })

  it("gives units back for a negative event while the allowance is open, and charges it afterwards", () => {
    const price = priceOf("percentage", { rate: "10", free_units_per_total_aggregation: "10" })
    expect(amountOf(price, values("8", "-5", "7"))).toBe("0")
    expect(amountOf(price, values("10", "-5", "5"))).toBe("0")
    expect(amountOf(price, values("10", "-5"))).toBe("-0.5")
  })
})
