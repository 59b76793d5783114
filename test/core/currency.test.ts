import * as dinero from "dinero.js/bigint/currencies"
import { Either, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { CurrencyCode, currencies, currencyOf, exponentOf } from "../../src/core/index.js"

describe("currencies", () => {
  it("have the decimals of ISO 4217", () => {
    const decimals = (code: string) => Either.getOrThrow(currencyOf(code)).exponent
    expect(["JPY", "EUR", "KWD", "CLF"].map(decimals)).toEqual([0, 2, 3, 4])
    expect(["ISK", "UGX", "IQD", "UYW", "HUF", "MRU", "MGA"].map(decimals)).toEqual([0, 0, 3, 4, 2, 2, 2])
  })

  it("are those of dinero.js but for the lev, which the euro replaced in 2026, and for currencies counted by fifths", () => {
    const theirs = Object.values(dinero)
    expect(currencies.map((currency) => currency.code)).toEqual(
      theirs
        .map((currency) => currency.code as string)
        .filter((code) => code !== "BGN")
        .sort()
    )
    const differing = theirs.filter(
      (currency) => currency.code !== "BGN" && currency.exponent !== BigInt(exponentOf(CurrencyCode.make(currency.code)))
    )
    expect(differing.map((currency) => [currency.code, currency.base])).toEqual([
      ["MGA", 5n],
      ["MRU", 5n]
    ])
  })

  it.each([
    "XXX",
    "XTS",
    "XAU",
    "XDR",
    "ZZZ",
    "usd",
    "Usd",
    "US",
    "US$",
    "USDT",
    "",
    " EUR",
    "EUR ",
    "HRK",
    "ANG",
    "ZWL",
    "BGN",
    "ＥＵＲ",
    "__proto__",
    "constructor"
  ])("%j is none", (code) => {
    expect(Schema.is(CurrencyCode)(code)).toBe(false)
    const answer = Either.flip(currencyOf(code))
    expect(Either.getOrThrow(answer)).toMatchObject({ _tag: "UnknownCurrency", code })
  })

  it("cuts an overlong code in its error", () => {
    expect(Either.getOrThrow(Either.flip(currencyOf("X".repeat(1_000_000)))).code).toHaveLength(40)
  })
})
