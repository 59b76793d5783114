import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { contentText, decodeAnswer, encodeAnswer } from "../../src/client/answer-json.js"
import { BillingError } from "../../src/client/index.js"
import { CodeTaken } from "../../src/core/index.js"

const leaf = fc.oneof(
  fc.string(),
  fc.bigInt(),
  fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.date({ noInvalidDate: true })
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.constantFrom("$", "id", "toString"), fc.string()).filter((key) => key !== "__proto__"),
      tie("tree"),
      { maxKeys: 4 }
    ),
    fc.array(fc.tuple(fc.string(), tie("tree")), { maxLength: 3 }).map((entries) => new Map(entries))
  )
}))

describe("an answer as it is kept", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(tree, (answer) => {
        expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer)
      }),
      { numRuns: 500 }
    )
  })

  it("keeps failures among results with their tag, fields and words", () => {
    const kept = decodeAnswer(encodeAnswer({ items: [{ ok: false, error: new CodeTaken({ entity: "plan", code: "p" }) }] }))
    const { error } = (kept as { items: ReadonlyArray<{ error: BillingError }> }).items[0]!
    expect(error).toBeInstanceOf(BillingError)
    expect([error._tag, error.code, error.message]).toEqual(["CodeTaken", "p", "plan code p is taken"])
  })
})

describe("the content of a call", () => {
  it("is one text for equal content, whatever the order of its keys", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((key) => key !== "__proto__"),
          leaf
        ),
        (input) => {
          const turned = Object.fromEntries(Object.entries(input).toReversed())
          expect(contentText([turned])).toBe(contentText([input]))
        }
      )
    )
  })

  it.each([
    ["1", 1],
    ["1", 1n],
    [1, 1n],
    [{ a: ["b", "c"] }, { a: ["b,c"] }],
    [{ a: "b" }, { "a:b": "" }],
    [[["a"], "b"], [["a", "b"]]],
    [{}, []],
    [null, "null"],
    [{ $: ["bigint", "1"] }, 1n]
  ])("tells %o from %o", (one, other) => {
    expect(contentText(one)).not.toBe(contentText(other))
  })

  it("what is left out and what is undefined are alike; functions and what never ends are refused", () => {
    expect(contentText([{ a: undefined }])).toBe(contentText([{}]))
    const circle: { self?: unknown } = {}
    circle.self = circle
    for (const content of [() => 1, new Set([1]), circle, (async function* () {})()]) expect(() => contentText(content)).toThrow()
  })
})
