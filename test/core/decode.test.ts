import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { canName, decodeInput, Instant, InvalidInput, isUuid, JsonObject, MinorUnits, Text } from "../../src/core/index.js"

const Input = Schema.Struct({
  name: Text.name(255),
  amount: Schema.optional(MinorUnits),
  at: Schema.optionalWith(Schema.NullOr(Instant), { default: () => null }),
  model: Schema.optional(Schema.NullOr(Schema.Literal("a", "b", "c"))),
  code: Schema.optional(Schema.NullOr(Text.atMost(5))),
  metadata: Schema.optional(JsonObject),
  lines: Schema.optional(Schema.Array(Schema.Struct({ units: Schema.Int.pipe(Schema.between(1, 5)) }))),
  rate: Schema.optional(Schema.String.pipe(Schema.pattern(/^0\.\d+$/, { message: () => "expected a fraction as text" }))),
  on: Schema.optional(Schema.Boolean),
  either: Schema.optional(Schema.Union(Schema.String, Schema.Struct({ deep: Schema.Number })))
})

const said = (given: unknown) =>
  Effect.runSync(Effect.match(decodeInput(Input)(given), { onFailure: ({ message }) => message, onSuccess: () => "taken" }))

describe("an input that does not decode is told by its field and what was expected", () => {
  it.each<readonly [unknown, string]>([
    [undefined, "input: expected an object, got undefined"],
    ["text", 'input: expected an object, got "text"'],
    [{}, "name: is missing"],
    [{ name: "" }, "name: expected 1 to 255 characters"],
    [{ name: 1 }, "name: expected 1 to 255 characters, got the number 1"],
    [{ name: "n", nmae: 1 }, "nmae: there is no such field; there are name, amount, at, model, code, metadata, lines, rate, on, either"],
    [{ name: "n", amount: 29.99 }, "amount: expected whole minor units, 0 to 10^16, as bigint or digits"],
    [{ name: "n", at: 5 }, "at: expected an instant in ISO 8601 with Z or an offset, got the number 5"],
    [{ name: "n", at: "2026-01-01" }, "at: expected an instant in ISO 8601 with Z or an offset"],
    [{ name: "n", at: new Date("none") }, "at: expected an instant from 1970 to 9999"],
    [{ name: "n", model: "d" }, 'model: expected "a", "b" or "c", got "d"'],
    [{ name: "n", code: "toolong" }, "code: expected at most 5 characters"],
    [{ name: "n", code: 7n }, "code: expected text without NUL and unpaired surrogates, got a bigint"],
    [{ name: "n", on: "4111 1111 1111 1111" }, "on: expected true or false, got a long number"],
    [{ name: "n", metadata: [] }, "metadata: expected an object, got a list"],
    [{ name: "n", lines: {} }, "lines: expected a list, got an object"],
    [{ name: "n", lines: [{ units: 1 }, { units: 9 }] }, "lines[1].units: expected a number between 1 and 5, got the number 9"],
    [{ name: "n", lines: [{ units: 1.5 }] }, "lines[0].units: expected an integer, got the number 1.5"],
    [{ name: "n", rate: 0.19 }, "rate: expected a fraction as text, got the number 0.19"],
    [{ name: "n", on: "true" }, 'on: expected true or false, got "true"'],
    [{ name: "n", either: { deep: "x" } }, 'either.deep: expected a number, got "x"'],
    [{ name: "n", either: 5 }, "either: expected text or an object, got the number 5"]
  ])("%# %o", (given, message) => expect(said(given)).toBe(message))
})

describe("what is to name a row", () => {
  const id = "019b76da-a800-7000-abec-945846bab4fc"

  it("may be more than a name, such as a whole row", () => {
    expect([canName({ id, created_at: new Date() } as { id: string }, "code"), canName({ code: "c" }, "code")]).toEqual([true, true])
    expect([canName({ id: "none" }), canName({ code: "\u0000" }, "code"), isUuid("none")]).toEqual([false, false, false])
  })

  it.each<readonly [string, () => boolean]>([
    ['ref: expected { id } or { external_id }, got "ada"', () => canName("ada" as never, "external_id")],
    ["external_id: expected text, in { id } or { external_id }, got undefined", () => canName({ code: "ada" } as never, "external_id")],
    ["id: expected an id as text, got an object", () => isUuid({ id } as never)]
  ])("is refused as %s", (message, names) =>
    expect(names).toThrow(new InvalidInput({ field: message.split(":")[0]!, reason: message.slice(message.indexOf(":") + 2) }))
  )
})
