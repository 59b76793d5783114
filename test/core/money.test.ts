import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CurrencyCode, currencies, exponentOf, Money } from "../../src/core/index.js"

const EUR = CurrencyCode.make("EUR")
const USD = CurrencyCode.make("USD")
const euros = (amount: bigint) => Money.make(amount, EUR)
const amount = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
const anyCurrency = fc.constantFrom(...currencies.map((currency) => currency.code))

describe("money", () => {
  it("adds and subtracts whole minor units", () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        expect(Money.amountOf(Either.getOrThrow(Money.add(euros(a), euros(b))))).toBe(a + b)
        expect(Money.amountOf(Either.getOrThrow(Money.subtract(euros(a), euros(b))))).toBe(a - b)
        expect(Either.getOrThrow(Money.compare(euros(a), euros(b)))).toBe(a < b ? -1 : a > b ? 1 : 0)
      })
    )
  })

  it("never mixes currencies, not even for an amount of nothing", () => {
    const mismatch = Either.left(expect.objectContaining({ _tag: "CurrencyMismatch", expected: "EUR", given: "USD" }))
    const [a, b] = [euros(1n), Money.zero(USD)]
    for (const answer of [Money.add(a, b), Money.subtract(a, b), Money.compare(a, b), Money.sum(EUR, [a, b])]) {
      expect(answer).toEqual(mismatch)
    }
  })

  it("sums up, and nothing is zero of the currency", () => {
    expect(Money.amountOf(Either.getOrThrow(Money.sum(EUR, [3n, 4n, -5n].map(euros))))).toBe(2n)
    const nothing = Either.getOrThrow(Money.sum(EUR, []))
    expect([Money.amountOf(nothing), Money.codeOf(nothing)]).toEqual([0n, "EUR"])
  })

  it("reads in main units, plain and with thousands marked", () => {
    expect(Money.toText(euros(119_368_017n))).toBe("1193680.17")
    expect(Money.toGroupedText(euros(119_368_017n))).toBe("1,193,680.17")
    expect([5n, -5n, -123_456n, 0n].map((minor) => Money.toGroupedText(euros(minor)))).toEqual(["0.05", "-0.05", "-1,234.56", "0.00"])
    expect(Money.toGroupedText(Money.make(3100n, CurrencyCode.make("JPY")))).toBe("3,100")
    expect(Money.toGroupedText(Money.make(12_345_678n, CurrencyCode.make("CLF")))).toBe("1,234.5678")
  })

  it("text holds every digit of the minor units", () => {
    fc.assert(
      fc.property(amount, anyCurrency, (minor, code) => {
        const money = Money.make(minor, code)
        expect(BigInt(Money.toText(money).replace(".", ""))).toBe(minor)
        expect(Money.toGroupedText(money).replaceAll(",", "")).toBe(Money.toText(money))
        expect(Money.toText(money).split(".")[1]?.length ?? 0).toBe(exponentOf(code))
      })
    )
  })

  it("formats for a locale without losing a digit", () => {
    expect(Money.format(euros(119_368_017n), "en-US")).toBe("€1,193,680.17")
    expect(Money.format(euros(900_719_925_474_099_301n), "de-DE")).toBe("9.007.199.254.740.993,01\u00a0€")
    expect(Money.format(Money.make(1235n, CurrencyCode.make("KWD")), "en-US")).toBe("KWD\u00a01.235")
    expect(Money.format(Money.make(-3100n, CurrencyCode.make("JPY")), "en-US")).toBe("-¥3,100")
    expect(Money.format(Money.make(1500n, CurrencyCode.make("IQD")), "en-US")).toBe("IQD\u00a01.500")
  })
})
