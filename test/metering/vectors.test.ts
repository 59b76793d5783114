/** Every published case of metering, computed by the code that bills. */
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { Exact } from "../../src/core/index.js"
import { meteringOperations } from "../conformance/operations/metering.js"

const folder = new URL("../vectors/metering/", import.meta.url)

const isExact = (value: unknown): value is Exact.Exact => typeof value === "object" && value !== null && "coefficient" in value

const byGroup = (items: ReadonlyArray<any>) => [...items].sort((a, b) => (JSON.stringify(a.group) < JSON.stringify(b.group) ? -1 : 1))

/** What was found, in the words of what is expected: numbers rounded to as many decimals, unnamed fields left out. */
const shaped = (expected: any, found: any): unknown => {
  if (Array.isArray(expected) && Array.isArray(found)) {
    const grouped = expected.some((item) => item !== null && typeof item === "object" && "group" in item)
    const [wanted, given] = grouped ? [byGroup(expected), byGroup(found)] : [expected, found]
    return given.map((item, index) => shaped(wanted[index], item))
  }
  if (isExact(found) && typeof expected === "string") {
    const decimals = expected.includes(".") ? expected.length - expected.indexOf(".") - 1 : 0
    const digits = Exact.toMinorUnits(found, decimals).toString()
    const sign = digits.startsWith("-") ? "-" : ""
    const padded = digits.replace("-", "").padStart(decimals + 1, "0")
    return decimals === 0 ? sign + padded : `${sign}${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`
  }
  if (typeof expected !== "object" || expected === null || typeof found !== "object" || found === null) return found
  return Object.fromEntries(Object.keys(expected).map((key) => [key, shaped(expected[key], found[key])]))
}

const inOrder = (expected: any): unknown => {
  if (Array.isArray(expected)) {
    const items = expected.some((item) => item !== null && typeof item === "object" && "group" in item) ? byGroup(expected) : expected
    return items.map(inOrder)
  }
  return typeof expected === "object" && expected !== null
    ? Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, inOrder(value)]))
    : expected
}

for (const file of readdirSync(folder).sort()) {
  const cases: ReadonlyArray<any> = JSON.parse(readFileSync(new URL(file, folder), "utf8")).vectors
  // The days of a period are the calendar's.
  const vectors = cases.filter((vector) => vector.operation in meteringOperations)
  if (vectors.length === 0) continue
  describe(file, () => {
    for (const vector of vectors) {
      const operation = meteringOperations[vector.operation]!
      it(`${vector.id}: ${vector.note ?? vector.kind}`, () => {
        expect(shaped(vector.expected, operation(vector.input))).toEqual(inOrder(vector.expected))
      })
    }
  })
}
