import { Schema } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { addDays, addMonths, unsafeLocalDate as day, daysBetween, LocalDate, weekday } from "../../../src/core/index.js"

/** The platform's calendar, in UTC, as a second opinion. */
const utc = (date: string) => Date.parse(`${date}T00:00:00Z`)
const text = (millis: number) => new Date(millis).toISOString().slice(0, 10)
const MILLIS = 86_400_000

const anyDate = fc.integer({ min: utc("0001-01-01") / MILLIS, max: utc("9999-12-31") / MILLIS }).map((number) => day(text(number * MILLIS)))

describe("civil dates", () => {
  it("adding days and counting them agree with the platform's calendar", () => {
    fc.assert(
      fc.property(anyDate, anyDate, (a, b) => {
        const days = (utc(b) - utc(a)) / MILLIS
        expect(daysBetween(a, b)).toBe(days)
        expect(addDays(a, days)).toBe(b)
        expect(weekday(a)).toBe(((new Date(utc(a)).getUTCDay() + 6) % 7) + 1)
      }),
      { numRuns: 1000 }
    )
  })

  it("every day of four centuries has a date of its own", () => {
    for (let number = utc("1900-01-01") / MILLIS; number <= utc("2300-01-01") / MILLIS; number++) {
      const expected = text(number * MILLIS)
      if (addDays(day("1970-01-01"), number) !== expected) expect(addDays(day("1970-01-01"), number)).toBe(expected)
    }
  })

  it("adding months clamps to the length of the month, and only there", () => {
    expect([1, 2, 3, 13, -1, -2, 12].map((months) => addMonths(day("2024-01-31"), months))).toEqual([
      "2024-02-29",
      "2024-03-31",
      "2024-04-30",
      "2025-02-28",
      "2023-12-31",
      "2023-11-30",
      "2025-01-31"
    ])
    fc.assert(
      fc.property(anyDate, fc.integer({ min: -600, max: 600 }), (date, months) => {
        fc.pre(date > "0060" && date < "9930")
        const moved = addMonths(date, months)
        const [year, month] = date.split("-").map(Number) as [number, number]
        const first = new Date(Date.UTC(2000 + year, month - 1 + months, 1))
        expect(moved.slice(0, 7)).toBe(
          `${String(first.getUTCFullYear() - 2000).padStart(4, "0")}-${String(first.getUTCMonth() + 1).padStart(2, "0")}`
        )
        const isLast = addDays(moved, 1).endsWith("-01")
        expect(moved.slice(8) === date.slice(8) || (isLast && moved.slice(8) < date.slice(8))).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("the lesser text is the earlier date", () => {
    fc.assert(
      fc.property(anyDate, anyDate, (a, b) => {
        expect(a < b).toBe(daysBetween(a, b) > 0)
      })
    )
  })

  it("1 March follows 28 February in common years and centuries", () => {
    const before = ["2023-03-01", "2024-03-01", "1900-03-01", "2000-03-01"].map((date) => addDays(day(date), -1))
    expect(before).toEqual(["2023-02-28", "2024-02-29", "1900-02-28", "2000-02-29"])
  })

  it.each([
    "2026-02-30",
    "2026-02-29",
    "1900-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "2026-04-31",
    "0000-01-01",
    "26-01-01",
    "2026-1-1",
    "20260101",
    "2026-01-01T00:00:00Z",
    " 2026-01-01",
    "2026-01-01 ",
    "-2026-01-01",
    "+012026-01-01",
    "２０２６-01-01",
    "",
    "__proto__"
  ])("%j is no date", (input) => {
    expect(Schema.is(LocalDate)(input)).toBe(false)
  })
})
