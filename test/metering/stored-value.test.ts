/** What is stored of a value reads back as the value, whatever it is. */

import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Exact } from "../../src/core/index.js"
import {
  COMMON_SCALE,
  exactOfStored,
  isUncounted,
  OTHER_TALLY,
  reader,
  TEXT_SCALE,
  tallyOf,
  validateMetric
} from "../../src/metering/index.js"
import { type StoredValue, storedDecimal, storedExact, storedReader } from "../../src/metering/stored-value.js"

const back = ({ coefficient, scale, text }: StoredValue) => exactOfStored(BigInt(coefficient ?? 0), scale, text)

const decimal = fc
  .tuple(fc.boolean(), fc.stringMatching(/^[0-9]{1,20}$/), fc.option(fc.stringMatching(/^[0-9]{1,20}$/), { nil: undefined }))
  .map(([negative, whole, fraction]) => `${negative ? "-" : ""}${whole}${fraction === undefined ? "" : `.${fraction}`}`)

describe("a stored value", () => {
  it("is the decimal that was sent, in whole numbers that every engine holds", () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const stored = storedDecimal(text)!
        expect(Exact.equals(back(stored), Exact.unsafeFromText(text))).toBe(true)
        expect(stored.coefficient === null || (Number.isSafeInteger(stored.coefficient) && !Object.is(stored.coefficient, -0))).toBe(true)
      }),
      { numRuns: 2000 }
    )
  })

  it("is a quotient that ends as a decimal, and one that does not as a fraction", () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(1n, 10n ** 6n), fc.nat(8), (numerator, divisor, scale) => {
        const value = Exact.make(numerator, scale, divisor)
        expect(Exact.equals(back(storedExact(value)), value)).toBe(true)
      }),
      { numRuns: 1000 }
    )
    expect(storedExact(Exact.make(1n, 0, 8n))).toEqual({ coefficient: 125_000, scale: COMMON_SCALE, text: null })
    expect(storedExact(Exact.make(1n, 0, 3n))).toEqual({ coefficient: null, scale: TEXT_SCALE, text: "1/3" })
  })

  it("has six decimals where they suffice, so that a tally of them is a count", () => {
    for (const text of ["0", "12", "-3.25", "0.000001", "8999999999", "1.50000000"]) {
      expect(tallyOf(storedDecimal(text)!)).toBe(1)
    }
    for (const text of ["9000000001", "0.0000001", "123456789012345678", "0.0000000000000001"]) {
      expect(tallyOf(storedDecimal(text)!)).toBe(OTHER_TALLY)
    }
  })

  it("is none where the text is no plain decimal", () => {
    for (const text of ["", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1 ", "1,5", "0x1", "--1", "1-", "1.2.3", "NaN", "１"]) {
      expect(storedDecimal(text)).toBeUndefined()
      expect(Exact.isPlainDecimal(text)).toBe(false)
    }
  })

  it("agrees with how the event reads, for every kind of metric and of property", () => {
    const anything = fc.oneof(decimal, fc.double(), fc.integer(), fc.constantFrom<unknown>(null, undefined, "", true, "x", [], {}, "1e5"))
    const operation = fc.constantFrom<unknown>("add", "remove", "other", undefined, null)
    const metrics = [
      { aggregation_type: "sum", field_name: "v" },
      { aggregation_type: "unique_count", field_name: "v" },
      { aggregation_type: "custom", expression: "v / 7 + 1" },
      { aggregation_type: "count" }
    ].map((given) => Either.getOrThrow(validateMetric(given)))
    fc.assert(
      fc.property(fc.constantFrom(...metrics), anything, operation, (metric, v, operation_type) => {
        const properties = { v, operation_type }
        const reading = reader(metric)(properties)
        const stored = storedReader(metric)(properties)
        if (isUncounted(reading)) expect(stored).toEqual(reading)
        else {
          if (isUncounted(stored)) throw new Error("counted, and stored as if not")
          if (metric.aggregation_type !== "count") expect(Exact.equals(back(stored), reading.value)).toBe(true)
          if (metric.aggregation_type === "unique_count") expect(stored.text).toBe(reading.item)
        }
      }),
      { numRuns: 1500 }
    )
  })
})
