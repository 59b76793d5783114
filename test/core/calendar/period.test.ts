import { DateTime } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  addDays,
  BillingInterval,
  BillingTime,
  boundaryDay,
  unsafeLocalDate as day,
  instant,
  localDate,
  nextPeriod,
  type PeriodRule,
  parseInstant,
  periodAt,
  periodNumber,
  periodOf,
  periodsFrom
} from "../../../src/core/index.js"

const at = (iso: string) => instant(parseInstant(iso) as number)
const iso = (value: DateTime.Utc) => DateTime.formatIso(value).replace(".000Z", "Z")

const anyRule: fc.Arbitrary<PeriodRule> = fc.record({
  interval: fc.constantFrom(...BillingInterval.literals),
  billing_time: fc.constantFrom(...BillingTime.literals),
  anchor: fc.oneof(
    fc.integer({ min: 3_653, max: 25_000 }).map((days) => addDays(day("1970-01-01"), days)),
    fc.constantFrom("2024-02-29", "2023-01-31", "2023-08-31", "2023-11-30", "2024-01-29").map(day)
  ),
  timezone: fc.constantFrom(...Intl.supportedValuesOf("timeZone"))
})
const anyInstant = fc.integer({ min: Date.UTC(1985, 0, 1), max: Date.UTC(2040, 0, 1) }).map((millis) => instant(millis))

/** First days of `count` periods, beginning with the one that holds `from`. */
const firstDays = (rule: Omit<PeriodRule, "billing_time" | "timezone">, from: string, count: number) => {
  const periods = periodsFrom({ billing_time: "anniversary", timezone: "UTC", ...rule }, day(from))
  return Array.from({ length: count }, () => periods.next().value.first_day)
}

describe("anniversaries that not every month has", () => {
  it("29 February, yearly: 28 in common years and 29 again in leap years", () => {
    expect(firstDays({ interval: "yearly", anchor: day("2024-02-29") }, "2024-02-29", 9)).toEqual([
      "2024-02-29",
      "2025-02-28",
      "2026-02-28",
      "2027-02-28",
      "2028-02-29",
      "2029-02-28",
      "2030-02-28",
      "2031-02-28",
      "2032-02-29"
    ])
  })

  it("29, 30 and 31, quarterly and semiannual", () => {
    expect(firstDays({ interval: "quarterly", anchor: day("2022-11-29") }, "2022-11-29", 6)).toEqual([
      "2022-11-29",
      "2023-02-28",
      "2023-05-29",
      "2023-08-29",
      "2023-11-29",
      "2024-02-29"
    ])
    expect(firstDays({ interval: "quarterly", anchor: day("2022-11-30") }, "2022-11-30", 6)).toEqual([
      "2022-11-30",
      "2023-02-28",
      "2023-05-30",
      "2023-08-30",
      "2023-11-30",
      "2024-02-29"
    ])
    expect(firstDays({ interval: "quarterly", anchor: day("2023-01-31") }, "2023-01-31", 5)).toEqual([
      "2023-01-31",
      "2023-04-30",
      "2023-07-31",
      "2023-10-31",
      "2024-01-31"
    ])
    for (const date of ["29", "30", "31"]) {
      expect(firstDays({ interval: "semiannual", anchor: day(`2023-08-${date}`) }, `2023-08-${date}`, 4)).toEqual([
        `2023-08-${date}`,
        "2024-02-29",
        `2024-08-${date}`,
        "2025-02-28"
      ])
    }
  })

  it("31 January, monthly: every month from the 31st, never from the day before", () => {
    expect(firstDays({ interval: "monthly", anchor: day("2026-01-31") }, "2026-01-31", 13)).toEqual([
      "2026-01-31",
      "2026-02-28",
      "2026-03-31",
      "2026-04-30",
      "2026-05-31",
      "2026-06-30",
      "2026-07-31",
      "2026-08-31",
      "2026-09-30",
      "2026-10-31",
      "2026-11-30",
      "2026-12-31",
      "2027-01-31"
    ])
  })

  it("a date before the anchor lies in a period with a negative number", () => {
    const rule = { interval: "monthly", billing_time: "anniversary", anchor: day("2025-08-31") } as const
    expect([-2, -1, 0, 1].map((n) => boundaryDay(rule, n))).toEqual(["2025-06-30", "2025-07-31", "2025-08-31", "2025-09-30"])
    expect(periodNumber(rule, day("2025-07-30"))).toBe(-2)
    expect(periodNumber(rule, day("2025-07-31"))).toBe(-1)
  })
})

describe("the table of the specification", () => {
  const period = (interval: BillingInterval, billing_time: BillingTime, anchor: string, moment: string, timezone = "UTC") => {
    const { start, end, days } = periodAt({ interval, billing_time, anchor: day(anchor), timezone }, at(moment))
    return [iso(start), iso(end), days]
  }
  it.each([
    ["monthly", "anniversary", "2023-01-31", "2024-02-15T00:00:00Z", "UTC", "2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z", 29],
    ["quarterly", "anniversary", "2021-08-31", "2022-03-15T00:00:00Z", "UTC", "2022-02-28T00:00:00Z", "2022-05-31T00:00:00Z", 92],
    ["semiannual", "calendar", "2021-08-31", "2022-05-08T00:00:00Z", "UTC", "2022-01-01T00:00:00Z", "2022-07-01T00:00:00Z", 181],
    ["yearly", "anniversary", "2024-02-29", "2025-03-01T00:00:00Z", "UTC", "2025-02-28T00:00:00Z", "2026-02-28T00:00:00Z", 365],
    ["weekly", "calendar", "2026-01-01", "2026-03-29T23:30:00Z", "Europe/Oslo", "2026-03-29T22:00:00Z", "2026-04-05T22:00:00Z", 7]
  ] as const)("%s, %s, anchor %s, at %s in %s", (interval, time, anchor, moment, zone, start, end, days) => {
    expect(period(interval, time, anchor, moment, zone)).toEqual([start, end, days])
  })
})

describe("zones with their own ideas", () => {
  const week = (anchor: string, timezone: string) => {
    const period = periodAt({ interval: "weekly", billing_time: "anniversary", anchor: day(anchor), timezone }, at(`${anchor}T12:00:00Z`))
    return [iso(period.start), iso(period.end), (period.end.epochMillis - period.start.epochMillis) / 3_600_000, period.days]
  }
  it.each([
    ["2026-03-24", "Europe/Paris", "2026-03-23T23:00:00Z", "2026-03-30T22:00:00Z", 167],
    ["2026-10-20", "Europe/Paris", "2026-10-19T22:00:00Z", "2026-10-26T23:00:00Z", 169],
    ["2026-10-27", "America/New_York", "2026-10-27T04:00:00Z", "2026-11-03T05:00:00Z", 169],
    ["2026-03-24", "Antarctica/Troll", "2026-03-24T00:00:00Z", "2026-03-30T22:00:00Z", 166],
    ["2026-02-10", "Africa/Casablanca", "2026-02-09T23:00:00Z", "2026-02-17T00:00:00Z", 169],
    ["2026-05-05", "Asia/Kathmandu", "2026-05-04T18:15:00Z", "2026-05-11T18:15:00Z", 168],
    ["2026-03-03", "America/Juneau", "2026-03-03T09:00:00Z", "2026-03-10T08:00:00Z", 167],
    ["2026-04-01", "Australia/Lord_Howe", "2026-03-31T13:00:00Z", "2026-04-07T13:30:00Z", 168.5]
  ])("a week from %s in %s is seven days, whatever its hours", (anchor, zone, start, end, hours) => {
    expect(week(anchor, zone)).toEqual([start, end, hours, 7])
  })

  it("a period may begin on the day that Apia left out", () => {
    const rule = { interval: "weekly", billing_time: "anniversary", anchor: day("2011-12-23"), timezone: "Pacific/Apia" } as const
    const [before, after] = [periodAt(rule, at("2011-12-30T09:59:59Z")), periodAt(rule, at("2011-12-30T10:00:00Z"))]
    expect([before.first_day, before.days, iso(before.end)]).toEqual(["2011-12-23", 7, "2011-12-30T10:00:00Z"])
    expect([after.first_day, after.days, iso(after.start)]).toEqual(["2011-12-30", 6, "2011-12-30T10:00:00Z"])
  })
})

describe("laws of periods", () => {
  it("periods tile: each ends where the next begins, and holds its own instants only", () => {
    fc.assert(
      fc.property(anyRule, anyInstant, (rule, moment) => {
        const period = periodAt(rule, moment)
        expect(period.start.epochMillis).toBeLessThanOrEqual(moment.epochMillis)
        expect(period.end.epochMillis).toBeGreaterThan(moment.epochMillis)
        const next = nextPeriod(rule, period)
        expect([next.start, next.first_day]).toEqual([period.end, period.next_first_day])
        expect(periodAt(rule, period.start)).toEqual(period)
        expect(periodAt(rule, instant(period.end.epochMillis - 1))).toEqual(period)
        expect(periodAt(rule, period.end)).toEqual(next)
      }),
      { numRuns: 1000 }
    )
  })

  it("a boundary is the anchor and n intervals, whichever way one came to it", () => {
    fc.assert(
      fc.property(anyRule, fc.integer({ min: -50, max: 300 }), (rule, n) => {
        const period = periodOf(rule, n)
        expect(periodNumber(rule, period.first_day)).toBe(n)
        expect(nextPeriod(rule, periodOf(rule, n - 1))).toEqual(period)
        if (rule.interval !== "weekly") {
          const anchorDay = rule.billing_time === "calendar" ? 1 : Number(rule.anchor.slice(8))
          const lastOfMonth = addDays(period.first_day, 1).endsWith("-01")
          expect(Number(period.first_day.slice(8)) === anchorDay || (lastOfMonth && Number(period.first_day.slice(8)) < anchorDay)).toBe(
            true
          )
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("begin and end with the local day, in every zone on the same dates", () => {
    fc.assert(
      fc.property(anyRule, anyInstant, (rule, moment) => {
        const period = periodAt(rule, moment)
        const elsewhere = periodOf({ ...rule, timezone: "UTC" }, period.number)
        expect([period.first_day, period.next_first_day]).toEqual([elsewhere.first_day, elsewhere.next_first_day])
        if (period.days === elsewhere.days) expect(localDate(period.start, rule.timezone)).toBe(period.first_day)
      }),
      { numRuns: 1000 }
    )
  })
})
