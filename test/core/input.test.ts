import { Effect, Schema } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeInput, type InvalidInput, JsonObject, MinorUnits, Text } from "../../src/core/index.js"

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
    [JSON.parse('{"__proto__":{"a":1}}'), false],
    [JSON.parse('{"a":[{"__proto__":1}]}'), false],
    [[], false],
    [null, false],
    ["text", false],
    [JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`), false]
  ])("%#", (value, fine) => {
    expect(Schema.is(JsonObject)(value)).toBe(fine)
  })
})

describe("what is wrong in a JSON object", () => {
  it.each([
    ['{"a":{"__proto__":1}}', "of.a.__proto__"],
    ['{"a":[0,{"b":1e400}]}', "of.a[1].b"],
    [`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`, `of${".a".repeat(33)}`],
    ['"text"', "of"]
  ])("%.30s is named by its path", async (json, field) => {
    const decode = decodeInput(Schema.Struct({ of: JsonObject }))
    expect(await Effect.runPromise(Effect.flip(decode({ of: JSON.parse(json) })))).toMatchObject({ _tag: "InvalidInput", field })
  })
})

describe("the reason of an input that does not decode", () => {
  const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`)
  const schemas = {
    text: Schema.Struct({ of: Text.name(255) }),
    "a text or null": Schema.Struct({ of: Schema.NullOr(Schema.String) }),
    "one of some": Schema.Struct({ of: Schema.Literal("a", "b") }),
    amount: Schema.Struct({ of: Schema.optional(MinorUnits) }),
    list: Schema.Struct({ of: Schema.optionalWith(Schema.Array(Schema.Struct({ a: Schema.Number })), { default: () => [] }) })
  }

  it.each(Object.entries(schemas))("shows little of the value, however deep or long it is: %s", async (_, schema) => {
    for (const value of [deep, [deep], [{ a: deep }], { secret: "secret".repeat(100_000) }]) {
      const decode = decodeInput(schema as unknown as typeof schemas.text)
      // What was taken is not handed to the test's own report: it would never end.
      const answer = await Effect.runPromise(Effect.match(decode({ of: value }), { onFailure: (error) => error, onSuccess: () => "taken" }))
      const { _tag, field, reason } = answer as InvalidInput
      expect([_tag, String(field).slice(0, 2), String(reason).includes("secret"), String(reason).length < 200]).toEqual([
        "InvalidInput",
        "of",
        false,
        true
      ])
    }
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
