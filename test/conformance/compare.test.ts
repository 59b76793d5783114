import { describe, expect, it } from "vitest"
import { Exact, instant } from "../../src/core/index.js"
import { firstDifference } from "./compare.js"

const ninth = Exact.divide(Exact.fromBigInt(1n), Exact.fromBigInt(9n))
const exact = Exact.unsafeFromText
const differs = (expected: unknown, got: unknown) => firstDifference(expected, got) !== undefined

describe("numbers", () => {
  it("a text with k decimals is met by what rounds to it, half away from zero", () => {
    expect(differs({ amount: "0.1111" }, { amount: ninth })).toBe(false)
    expect(differs({ amount: "0.111111111111111" }, { amount: ninth })).toBe(false)
    expect(differs({ amount: "10.000000" }, { amount: 10n })).toBe(false)
    expect(differs({ amount: "2.35" }, { amount: exact("2.345") })).toBe(false)
    expect(differs({ amount: "-2.35" }, { amount: exact("-2.345") })).toBe(false)
    expect(differs({ amount: "2.34" }, { amount: exact("2.345") })).toBe(true)
  })

  it.each([
    ["another figure", { amount: "15.000000" }, { amount: "16" }, { where: "amount", expected: "15.000000", got: "16" }],
    [
      "a figure that rounds to another",
      { amount: "10.000000" },
      { amount: exact("10.4") },
      { where: "amount", expected: "10.000000", got: "10.4" }
    ],
    [
      "a sixth decimal",
      { amount: "10.000000" },
      { amount: exact("10.0000005") },
      { where: "amount", expected: "10.000000", got: "10.0000005" }
    ],
    ["the other sign", { amount: "1" }, { amount: -1n }, { where: "amount", expected: "1", got: "-1" }],
    [
      "a fraction in a JavaScript number",
      { amount: "0.30" },
      { amount: 0.30000000000000004 },
      { where: "amount", expected: "0.30", got: "0.30000000000000004" }
    ],
    [
      "a number that lost its last digit",
      { amount: "9007199254740993" },
      { amount: 9007199254740992 },
      { where: "amount", expected: "9007199254740993", got: "9007199254740992" }
    ],
    ["a figure with an exponent", { amount: "1000" }, { amount: "1e3" }, { where: "amount", expected: "1000", got: "1e3" }],
    ["null for nothing", { amount: "0" }, { amount: null }, { where: "amount", expected: "0", got: "null" }],
    ["a number for null", { true_up: null }, { true_up: 0n }, { where: "true_up", expected: "null", got: "0" }]
  ])("%s differs", (_, expected, got, difference) => {
    expect(firstDifference(expected, got)).toEqual(difference)
  })

  it.each([
    "amount_cents",
    "events_count",
    "days",
    "full_days",
    "packages",
    "free_events",
    "paid_events",
    "total_cents",
    "coupon_cents",
    "taxes_amount_cents"
  ])("%s is whole: a fraction fails, although it would round to what is expected", (field) => {
    expect(differs({ [field]: "10" }, { [field]: exact("10.00") })).toBe(false)
    expect(firstDifference({ [field]: "10" }, { [field]: exact("10.4") })).toEqual({ where: field, expected: "10", got: "10.4" })
  })

  it.each(["precise_amount_cents", "precise_total_amount_cents", "unit_amount_cents", "units"])("%s may have a fraction", (field) => {
    expect(differs({ [field]: "10.3" }, { [field]: exact("10.34") })).toBe(false)
  })

  it("a JSON integer is met by that integer only", () => {
    expect([2n, 2, "2", exact("2")].map((got) => differs({ count: 2 }, { count: got }))).toEqual([false, false, false, false])
    expect([3n, exact("2.4"), "2.0001", null, undefined].map((got) => differs({ count: 2 }, { count: got }))).toEqual([
      true,
      true,
      true,
      true,
      true
    ])
  })
})

describe("other values", () => {
  it("texts, true and null are equal or not", () => {
    const answer = { status: "active", fires: true, filter: null, first_day: "2026-02-28" }
    expect(firstDifference(answer, { ...answer })).toBeUndefined()
    for (const key of Object.keys(answer)) {
      expect(firstDifference(answer, { ...answer, [key]: "other" })?.where).toBe(key)
      expect(firstDifference(answer, { ...answer, [key]: undefined })).toMatchObject({ where: key, got: "nothing" })
    }
    expect(differs({ fires: true }, { fires: "true" })).toBe(true)
    expect(differs({ fires: false }, { fires: null })).toBe(true)
  })

  it("instants are compared as instants", () => {
    const start = instant(Date.UTC(2026, 0, 1))
    expect(differs({ start: "2026-01-01T00:00:00Z" }, { start })).toBe(false)
    expect(differs({ start: "2026-01-01T00:00:00.000Z" }, { start })).toBe(false)
    expect(firstDifference({ start: "2026-01-01T00:00:01Z" }, { start })).toMatchObject({ where: "start", got: "2026-01-01T00:00:00.000Z" })
    expect(differs({ start: "active" }, { start })).toBe(true)
  })
})

describe("keys and lists", () => {
  it("every expected key must be there; others are not looked at", () => {
    expect(firstDifference({ a: "1" }, { a: 1n, b: 2n })).toBeUndefined()
    expect(firstDifference({ a: null }, {})).toEqual({ where: "a", expected: "null", got: "nothing" })
    expect(firstDifference({ a: { b: "1" } }, { a: { c: 1n } })).toEqual({ where: "a.b", expected: "1", got: "nothing" })
    expect(firstDifference({ a: { b: "1" } }, { a: null })?.where).toBe("a")
    expect(firstDifference({ a: "1" }, undefined)?.where).toBe("answer")
    expect(differs({ toString: "x" }, {})).toBe(true)
  })

  it("lists have the same length and order", () => {
    expect(differs({ parts: ["1", "2"] }, { parts: [1n, 2n] })).toBe(false)
    expect(firstDifference({ parts: ["1", "2"] }, { parts: [2n, 1n] })).toEqual({ where: "parts[0]", expected: "1", got: "2" })
    expect(firstDifference({ parts: ["1"] }, { parts: [1n, 2n] })).toMatchObject({ where: "parts", expected: "1 entries" })
    expect(differs({ parts: ["1", "2"] }, { parts: [1n] })).toBe(true)
    expect(differs({ parts: [] }, { parts: [1n] })).toBe(true)
    expect(differs({ parts: [] }, { parts: null })).toBe(true)
    expect(firstDifference({ fees: [{ days: "1" }, { days: "2" }] }, { fees: [{ days: 1 }, { days: 3 }] })?.where).toBe("fees[1].days")
  })

  it("entries with a group are matched by filter and group, in any order", () => {
    const line = (filter: string | null, group: object, units: unknown) => ({ filter, group, units })
    const expected = { fees: [line("a", { k: "1", r: null }, "10"), line(null, { k: "1", r: null }, "20")] }
    const got = [line(null, { r: null, k: "1" }, 20n), line("a", { k: "1", r: null }, 10n)]
    expect(firstDifference(expected, { fees: got })).toBeUndefined()
    expect(firstDifference(expected, { fees: [got[0], line("a", { k: "1", r: null }, 11n)] })).toMatchObject({ expected: "10", got: "11" })
    expect(firstDifference(expected, { fees: [got[0], line("b", { k: "1", r: null }, 10n)] })).toMatchObject({ got: "nothing" })
    expect(firstDifference(expected, { fees: [got[0], line("a", { k: "1.0", r: null }, 10n)] })).toMatchObject({ got: "nothing" })
    expect(firstDifference(expected, { fees: [got[1], got[1]] })).toMatchObject({ got: "nothing" })
    const twice = { fees: [expected.fees[0], expected.fees[0]] }
    expect(firstDifference(twice, { fees: [got[1], got[0]] })).toMatchObject({ got: "nothing" })
    expect(firstDifference(expected, { fees: got.slice(1) })).toMatchObject({ where: "fees", expected: "2 entries" })
  })
})
