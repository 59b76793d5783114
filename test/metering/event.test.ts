/** Reading an event: never a crash, never a change of what was sent, and equal content is equal text. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { InvalidInput, parseInstant } from "../../src/core/index.js"
import { readEvent } from "../../src/metering/event.js"
import { canonicalJson } from "../../src/metering/index.js"
import { numberText } from "../../src/metering/property.js"
import { timestampOf } from "../../src/metering/timestamp.js"

const sent = { transaction_id: "t", external_customer_id: "c", code: "m", timestamp: "2026-03-01T00:00:00Z" }

const plain = fc.string({ unit: "grapheme-ascii" })
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\u0000")),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      plain.filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 5 }
    )
  )
}))
const properties = fc.dictionary(
  plain.filter((key) => key !== "__proto__"),
  json.value,
  { maxKeys: 6 }
)

const shuffled = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(shuffled)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, item]) => [key, shuffled(item)])
        )
      : value

describe("an event", () => {
  it("keeps its properties, whatever JSON they are", () => {
    fc.assert(
      fc.property(properties, (given) => {
        const text = canonicalJson(given, "properties")
        // −0 is written as 0.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(given)))
        expect(canonicalJson(shuffled(given) as object, "properties")).toBe(text)
        const fact = readEvent({ ...sent, properties: given })
        expect(fact instanceof InvalidInput ? fact : fact.json).toBe(text)
      }),
      { numRuns: 500 }
    )
  })

  it("has one fingerprint for one content, and another for another", () => {
    const of = (change: object) => {
      const fact = readEvent({ ...sent, properties: { a: 1, b: "x" }, ...change })
      if (fact instanceof InvalidInput) throw fact
      return fact.fingerprint
    }
    const changes = [
      {},
      { external_customer_id: "d" },
      { external_subscription_id: "s" },
      { code: "n" },
      { timestamp: "2026-03-01T00:00:00.001Z" },
      { properties: { a: 1, b: "y" } },
      { properties: { a: "1", b: "x" } },
      { precise_total_amount_cents: "1" },
      { external_customer_id: "cs", external_subscription_id: null },
      { external_customer_id: "c", external_subscription_id: "s1" }
    ]
    expect(new Set(changes.map(of)).size).toBe(changes.length)
    expect(of({ timestamp: new Date("2026-03-01T00:00:00Z"), properties: { b: "x", a: 1 } })).toBe(of({}))
    for (const change of changes) expect(Number.isSafeInteger(of(change))).toBe(true)
  })

  it("is refused or read, but never throws, whatever is sent", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
        (input) => {
          const whole = readEvent(input)
          expect(whole instanceof InvalidInput).toBe(true)
          for (const field of [...Object.keys(sent), "properties", "external_subscription_id", "precise_total_amount_cents"]) {
            const fact = readEvent({ ...sent, [field]: input })
            if (fact instanceof InvalidInput) expect(fact.field.split(/[.[]/)[0]).toBe(field)
          }
        }
      ),
      { numRuns: 500 }
    )
  })

  it("survives getters that throw, circles and numbers that no JSON holds", () => {
    const circle: Record<string, unknown> = {}
    circle.again = circle
    const wide: Record<string, unknown> = {}
    wide.a = wide.b = wide.c = { ...wide, x: [wide, wide, wide] }
    const hostile = [
      {
        ...sent,
        get properties(): never {
          throw new Error("no")
        }
      },
      {
        ...sent,
        properties: {
          get v(): never {
            throw new Error("no")
          }
        }
      },
      { ...sent, properties: circle },
      { ...sent, properties: { toJSON: () => "x" } },
      {
        ...sent,
        properties: new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("no")
            }
          }
        )
      },
      { ...sent, properties: { v: Number.NaN } },
      { ...sent, properties: { v: Symbol("x") } },
      { ...sent, properties: Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index])) }
    ]
    for (const input of hostile) expect(readEvent(input)).toBeInstanceOf(InvalidInput)
  })

  it("reads timestamps as the rest of the library does, only faster", () => {
    const two = (max: number) => fc.nat(max).map((n) => String(n).padStart(2, "0"))
    const written = fc
      .tuple(
        fc.constantFrom("1969", "1970", "2024", "2026", "2100", "9999"),
        two(13),
        two(32),
        two(25),
        two(61),
        two(61),
        fc.constantFrom("", ".0", ".123", ".1234567"),
        fc.constantFrom("Z", "+01:00", "z", "")
      )
      .map(([y, mo, d, h, mi, s, f, z]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${f}${z}`)
    fc.assert(
      fc.property(written, (text) => {
        expect(timestampOf(text)).toEqual(parseInstant(text))
      }),
      { numRuns: 3000 }
    )
  })

  it("writes numbers as plain decimals without loss", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = numberText(number)
        expect(text).toMatch(/^-?[0-9]+(\.[0-9]+)?$/)
        expect(Number(text)).toBe(number === 0 ? 0 : number)
      }),
      { numRuns: 2000 }
    )
  })
})
