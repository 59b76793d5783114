/** The figures of reports: exact, rounded once. */
import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { addDays, instant, localDate, unsafeLocalDate } from "../../src/core/index.js"
import { averageDays, complianceRate, monthOf, weekOf } from "../../src/reporting/index.js"

const DAY = 86_400_000n

describe("figures of reports", () => {
  it("are those of the specification's examples", () => {
    const jobs = [20n, 21n, 25n]
    const durations = { jobs: 3n, millis: jobs.reduce((sum, days) => sum + days * DAY, 0n), within: 2n }
    expect([averageDays(durations), complianceRate(durations)]).toEqual(["22.0", "66.67"])
    expect([averageDays({ jobs: 0n, millis: 0n, within: 0n }), complianceRate({ jobs: 0n, millis: 0n, within: 0n })]).toEqual([null, null])
    expect(averageDays({ jobs: 1n, millis: DAY / 20n, within: 1n })).toBe("0.1")
  })

  it("count a week of Kolkata from its Monday's midnight", () => {
    const { from, to } = Either.getOrThrow(weekOf(unsafeLocalDate("2025-03-10"), "Asia/Kolkata"))
    expect([from, to].map(({ epochMillis }) => new Date(epochMillis).toISOString())).toEqual([
      "2025-03-09T18:30:00.000Z",
      "2025-03-16T18:30:00.000Z"
    ])
    expect(
      Either.isLeft(weekOf(unsafeLocalDate("2025-03-11"), "UTC")) && Either.isLeft(monthOf(unsafeLocalDate("2025-03-02"), "UTC"))
    ).toBe(true)
  })

  it("cover every instant with exactly one week and one month, in any zone", () => {
    const zones = ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Apia", "Europe/Berlin"]
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2035, 0, 1) }), fc.constantFrom(...zones), (millis, zone) => {
        const day = localDate(instant(millis), zone)
        const monday = Array.from({ length: 7 }, (_, back) => addDays(day, -back)).find((one) => Either.isRight(weekOf(one, zone)))!
        const month = unsafeLocalDate(`${day.slice(0, 7)}-01`)
        for (const period of [Either.getOrThrow(weekOf(monday, zone)), Either.getOrThrow(monthOf(month, zone))]) {
          expect(period.from.epochMillis <= millis && millis < period.to.epochMillis).toBe(true)
        }
        expect(Either.getOrThrow(weekOf(addDays(monday, 7), zone)).from).toEqual(Either.getOrThrow(weekOf(monday, zone)).to)
      })
    )
  })
})
