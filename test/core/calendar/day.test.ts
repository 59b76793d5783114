import { DateTime, Schema } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  addDays,
  addLocalDays,
  countDays,
  unsafeLocalDate as day,
  instant,
  localDate,
  localDaysTouched,
  parseInstant,
  periodDays,
  startOfDay,
  TimeZone,
  touchedDays
} from "../../../src/core/index.js"

const at = (iso: string) => instant(parseInstant(iso) as number)
const iso = (value: DateTime.Utc) => DateTime.formatIso(value).replace(".000Z", "Z")

const anyZone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"))
const anyInstant = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2040, 0, 1) }).map((millis) => instant(millis))

/** What a wall calendar in the zone shows. */
const shown = (millis: number, timezone: string): string => {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(
    millis
  )
  const part = (type: string) => parts.find((each) => each.type === type)!.value
  return `${part("year")}-${part("month")}-${part("day")}`
}

describe("zones", () => {
  it.each([
    "UTC",
    "Europe/Paris",
    "Europe/Kyiv",
    "Europe/Kiev",
    "Asia/Calcutta",
    "America/Argentina/Buenos_Aires",
    "America/Port-au-Prince",
    "US/Pacific",
    "Etc/GMT+5"
  ])("%s is one", (name) => expect(Schema.is(TimeZone)(name)).toBe(true))

  it("every canonical name is one", () => {
    expect(Intl.supportedValuesOf("timeZone").filter((name) => !Schema.is(TimeZone)(name))).toEqual([])
  })

  it.each([
    "",
    "Mars/Olympus",
    "EST",
    "EST5EDT",
    "GMT",
    "Japan",
    " Europe/Paris",
    "Europe/Paris ",
    "europe/paris",
    "Europe/PARIS",
    "utc",
    "+01:00",
    "GMT+1",
    "SystemV/EST5",
    "Europe",
    "Europe/",
    "__proto__",
    "Europe/../Paris",
    `Europe/${"P".repeat(100_000)}`
  ])("%j is none", (name) => {
    expect(Schema.is(TimeZone)(name)).toBe(false)
    expect(() => startOfDay(day("2026-01-01"), name)).toThrow(RangeError)
  })
})

describe("local days", () => {
  it.each([
    ["2026-03-29", "Europe/Paris", "2026-03-28T23:00:00Z", "a day of 23 hours"],
    ["2026-10-25", "Europe/Paris", "2026-10-24T22:00:00Z", "a day of 25 hours"],
    ["2026-11-01", "America/New_York", "2026-11-01T04:00:00Z", "the clock goes back at two"],
    ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "midnight was skipped: one o'clock"],
    ["2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00Z", "midnight is skipped: one o'clock"],
    ["2026-11-01", "America/Havana", "2026-11-01T04:00:00Z", "midnight comes twice: the first one"],
    ["2010-11-07", "America/St_Johns", "2010-11-07T02:30:00Z", "a minute after midnight it was yesterday again"],
    ["2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z", "left out: it begins with the next one"],
    ["2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z", ""],
    ["2026-01-01", "Asia/Kathmandu", "2025-12-31T18:15:00Z", "quarters of an hour"],
    ["2026-03-29", "Antarctica/Troll", "2026-03-29T00:00:00Z", "two hours of summer time"],
    ["2026-03-30", "Antarctica/Troll", "2026-03-29T22:00:00Z", ""],
    ["2026-02-15", "Africa/Casablanca", "2026-02-14T23:00:00Z", "Ramadan has its own time"],
    ["2026-02-16", "Africa/Casablanca", "2026-02-16T00:00:00Z", ""],
    ["2026-03-08", "America/Juneau", "2026-03-08T09:00:00Z", ""],
    ["2026-03-09", "America/Juneau", "2026-03-09T08:00:00Z", ""],
    ["2026-01-01", "Pacific/Kiritimati", "2025-12-31T10:00:00Z", "fourteen hours ahead"],
    ["2026-01-01", "Etc/GMT+12", "2026-01-01T12:00:00Z", "twelve hours behind"]
  ])("%s in %s begins at %s %s", (date, zone, start) => {
    expect(iso(startOfDay(day(date), zone))).toBe(start)
  })

  it("an instant lies in the day that has begun", () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (value, zone) => {
        const date = localDate(value, zone)
        expect(startOfDay(date, zone).epochMillis).toBeLessThanOrEqual(value.epochMillis)
        expect(startOfDay(addDays(date, 1), zone).epochMillis).toBeGreaterThan(value.epochMillis)
      }),
      { numRuns: 2000 }
    )
  })

  it("is the one on the wall, but for the hour in which the clocks show yesterday again", () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (value, zone) => {
        const date = localDate(value, zone)
        const wall = shown(value.epochMillis, zone)
        expect(wall === date || wall === addDays(date, -1)).toBe(true)
        if (wall !== date) expect(shown(value.epochMillis - 3_600_000, zone)).toBe(date)
      }),
      { numRuns: 2000 }
    )
    expect(localDate(at("2010-11-07T02:31:00Z"), "America/St_Johns")).toBe("2010-11-07")
  })

  it("both instances of a repeated hour lie in the same day", () => {
    const twice = (first: string, second: string, zone: string) => [localDate(at(first), zone), localDate(at(second), zone)]
    expect(twice("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "Europe/Paris")).toEqual(["2026-10-25", "2026-10-25"])
    expect(twice("2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "America/New_York")).toEqual(["2026-11-01", "2026-11-01"])
  })

  it.each([
    ["2026-03-22T01:30:00Z", 7, "Europe/Paris", "2026-03-29T01:00:00Z", "02:30 does not exist that day: three o'clock"],
    ["2026-10-18T00:30:00Z", 7, "Europe/Paris", "2026-10-25T00:30:00Z", "02:30 comes twice: the first time"],
    ["2026-10-25T05:30:00Z", 7, "America/New_York", "2026-11-01T05:30:00Z", "01:30 comes twice: the first time"],
    ["2026-03-22T11:00:00Z", 10, "Europe/Paris", "2026-04-01T10:00:00Z", "an hour less in between"],
    ["2024-03-05T12:12:00Z", 45, "UTC", "2024-04-19T12:12:00Z", ""],
    ["2026-11-01T06:30:00Z", 0, "America/New_York", "2026-11-01T06:30:00Z", "no days: the instant itself"]
  ])("%s and %i days in %s is %s %s", (from, days, zone, expected) => {
    expect(iso(addLocalDays(at(from), days, zone))).toBe(expected)
  })
})

describe("counting days", () => {
  it("counts every day that is touched, once", () => {
    const count = (from: string, to: string, zone = "UTC") => localDaysTouched(at(from), at(to), zone)
    expect(count("2026-06-10T12:00:00Z", "2026-06-10T12:00:00Z")).toBe(0)
    expect(count("2026-06-10T12:00:00Z", "2026-06-10T12:00:00.001Z")).toBe(1)
    expect(count("2026-06-10T23:59:59.999Z", "2026-06-11T00:00:00.001Z")).toBe(2)
    expect(count("2026-06-10T12:00:00Z", "2026-06-10T11:00:00Z")).toBe(0)
    expect(count("2023-02-08T00:00:00Z", "2023-03-01T08:00:00Z", "America/Los_Angeles")).toBe(22)
  })

  it("a day that the zone left out counts nothing", () => {
    const december = { first_day: day("2011-12-01"), next_first_day: day("2012-01-01") }
    expect([countDays(december, "Pacific/Apia"), countDays(december, "Pacific/Auckland")]).toEqual([30, 31])
    expect(countDays({ first_day: day("2011-12-30"), next_first_day: day("2011-12-31") }, "Pacific/Apia")).toBe(0)
  })

  it("is that of the wall calendar, however the clocks change", () => {
    fc.assert(
      fc.property(anyInstant, fc.integer({ min: 1, max: 400 * 86_400_000 }), anyZone, (from, length, zone) => {
        fc.pre(!["Pacific/Apia", "Pacific/Fakaofo", "Pacific/Enderbury", "Pacific/Kiritimati", "Pacific/Kwajalein"].includes(zone))
        const range = touchedDays(from, instant(from.epochMillis + length), zone)
        expect(countDays(range, zone)).toBe((Date.parse(range.next_first_day) - Date.parse(range.first_day)) / 86_400_000)
      }),
      { numRuns: 1000 }
    )
  })

  it("parts cut by changes of plan add up to the whole", () => {
    fc.assert(
      fc.property(
        anyZone,
        fc.uniqueArray(anyInstant, { minLength: 3, maxLength: 6, selector: (each) => each.epochMillis }),
        (timezone, instants) => {
          const cuts = [...instants].sort((a, b) => a.epochMillis - b.epochMillis)
          const parts = cuts
            .slice(1)
            .map((to, index) => periodDays({ from: cuts[index]!, to, timezone, superseded: index < cuts.length - 2 }).days)
          expect(parts.reduce((sum, days) => sum + days, 0)).toBe(localDaysTouched(cuts[0]!, cuts.at(-1)!, timezone))
        }
      ),
      { numRuns: 500 }
    )
  })
})
