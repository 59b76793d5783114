import { Schema } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { JsonObject, MinorUnits, Text } from "../../src/core/index.js"

describe("text", () => {
  it("is taken where both engines can store it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(Text.isStorable(text)).toBe(!text.includes("\u0000"))
      })
    )
    expect(["\ud800", "a\udc00", "\ud83d x"].map(Text.isStorable)).toEqual([false, false, false])
  })

  it("is measured in characters, not in units", () => {
    const four = Schema.is(Text.atMost(4))
    expect([four("👍👍👍👍"), four("👍👍👍👍👍"), four("")]).toEqual([true, false, true])
  })

  it("of a name is not empty nor only spaces", () => {
    expect(["", "  ", "\t\n", "a"].map(Schema.is(Text.name(255)))).toEqual([false, false, false, true])
  })

  it.each(["a@b.co", "first.last+tag@sub.example.com"])("%s is an e-mail address", (text) => expect(Schema.is(Text.Email)(text)).toBe(true))
  it.each(["a", "a@b", "@b.co", "a b@c.co", "a@b@c.co", `${"x".repeat(251)}@b.co`])("%s is none", (text) =>
    expect(Schema.is(Text.Email)(text)).toBe(false)
  )
})

describe("a JSON object", () => {
  it.each([
    [{ a: { b: [1, "x", null, true] } }, true],
    [{ a: "x".repeat(64 * 1024) }, false],
    [{ a: Number.NaN }, false],
    [{ a: Number.POSITIVE_INFINITY }, false],
    [{ a: 1n }, false],
    [{ a: "\u0000" }, false],
    [{ "\u0000": 1 }, false],
    [JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`), false]
  ])("%#", (value, fine) => {
    expect(Schema.is(JsonObject)(value)).toBe(fine)
  })
})

describe("minor units", () => {
  const decode = Schema.decodeUnknownEither(MinorUnits)

  it.each([
    [0n, 0n],
    ["0", 0n],
    ["9007199254740993", 9_007_199_254_740_993n],
    [10n ** 16n, 10n ** 16n]
  ])("%s are taken", (given, amount) => expect(decode(given)).toMatchObject({ right: amount }))

  it.each([1, 0, -1n, "-1", "1.0", "1e3", "", " 1", 10n ** 16n + 1n, null, Number.NaN])("%s are refused", (given) =>
    expect(decode(given)).toMatchObject({ _tag: "Left" })
  )
})
