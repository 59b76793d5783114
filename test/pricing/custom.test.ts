import { DateTime, Either } from "effect"
import { describe, expect, it } from "vitest"
import { askFunction, type CustomFunction, compile, explainPrice, readAnswer } from "../../src/pricing/index.js"
import { amountOf, exact, priceOf, units } from "./support.js"

const context = {
  events_count: 2,
  period: { from: DateTime.unsafeMake("2026-03-01T00:00:00Z"), to: DateTime.unsafeMake("2026-04-01T00:00:00Z") },
  custom_properties: { factor: "3" }
}

const asked = (custom: CustomFunction, usage = units("10")) => askFunction(custom, usage, context)

describe("custom", () => {
  it("is the fixed amount where there is one, else units at a price", () => {
    expect(amountOf(priceOf("custom", { custom_amount: "99", unit_price: "5" }), units("10"))).toBe("99")
    expect(amountOf(priceOf("custom", { unit_price: "0.0033" }), units("3"))).toBe("0.0099")
  })

  it("cannot be rated without function and without a price of its own", () => {
    expect(Either.flip(compile("custom", {}))).toMatchObject({ right: { _tag: "ChargeNotRatable", charge_model: "custom" } })
    expect(Either.isRight(compile("custom", {}, { function_registered: true }))).toBe(true)
  })

  it("is what the host's function answers, before everything else; nothing answered is 0", () => {
    const price = priceOf("custom", { custom_amount: "99" }, { function_registered: true })
    const result = Either.getOrThrow(readAnswer({ amount: "20.5", rows: [{ zone: "eu", amount: "20.5" }] }))
    const usage = { ...units("10"), function_result: result }
    expect(amountOf(price, usage)).toBe("20.5")
    expect(explainPrice(price.price(usage), usage)).toMatchObject({
      text: "the host's function = 20.5",
      rows: [{ zone: "eu", amount: "20.5" }]
    })
    expect(amountOf(price, { ...units("10"), function_result: null })).toBe("0")
    expect(amountOf(price, units("10"))).toBe("0")
  })

  it("gives the function decimal texts and the charge's own properties", () => {
    const usage = { units: { ...exact("20"), divisor: 30n }, full_units: exact("2"), event_values: [exact("1.50"), exact("-0.5")] }
    const inputs: Array<unknown> = []
    asked((input) => {
      inputs.push(input)
      return null
    }, usage)
    expect(inputs).toEqual([{ ...context, units: "0.666666666666667", full_units: "2", event_values: ["1.5", "-0.5"] }])
  })

  it.each<[string, unknown]>([
    ["a number", 12.5],
    ["a text that is no decimal", "1e3"],
    ["NaN", "NaN"],
    ["an amount that is no text", { amount: 5 }],
    ["rows that are no list", { amount: "5", rows: "x" }],
    ["true", true]
  ])("refuses %s as an answer", (_, answer) => {
    expect(asked(() => answer as never)).toMatchObject({ _tag: "Left", left: { _tag: "ChargeNotRatable" } })
  })

  it("keeps a function that throws from taking the host down, and its words out of the error", () => {
    const broken = asked(() => {
      throw new Error("secret")
    })
    expect(broken).toMatchObject({ left: { _tag: "ChargeNotRatable" } })
    expect(JSON.stringify(broken)).not.toContain("secret")
  })
})
