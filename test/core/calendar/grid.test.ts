/**
 * Every zone × every day of a month as anchor (and 29 February) × every interval × ten years, against dates that the
 * platform computes. A random part of it each time; `CALENDAR_GRID=all` goes through the whole.
 */
import { setImmediate } from "node:timers/promises"
import fc from "fast-check"
import { expect, it } from "vitest"
import { BillingInterval, unsafeLocalDate as day, localDate, type PeriodRule, periodsFrom } from "../../../src/core/index.js"

const ZONES = Intl.supportedValuesOf("timeZone")
const ANCHORS = [...Array.from({ length: 31 }, (_, index) => `2020-01-${String(index + 1).padStart(2, "0")}`), "2020-02-29"]
const COMBINATIONS = ZONES.length * ANCHORS.length * BillingInterval.literals.length
const END = "2030-03-01"

const rule = (index: number): PeriodRule => {
  const zone = index % ZONES.length
  const anchor = Math.floor(index / ZONES.length) % ANCHORS.length
  const interval = Math.floor(index / ZONES.length / ANCHORS.length)
  return {
    interval: BillingInterval.literals[interval]!,
    billing_time: "anniversary",
    anchor: day(ANCHORS[anchor]!),
    timezone: ZONES[zone]!
  }
}

const MONTHS = { monthly: 1, quarterly: 3, semiannual: 6, yearly: 12 }

/** The n-th first day, by the platform's own calendar. */
const expectedDay = ({ interval, anchor }: PeriodRule, n: number): string => {
  const [year, month, date] = anchor.split("-").map(Number) as [number, number, number]
  if (interval === "weekly") return new Date(Date.UTC(year, month - 1, date + 7 * n)).toISOString().slice(0, 10)
  const lastOfMonth = new Date(Date.UTC(year, month + MONTHS[interval] * n, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + MONTHS[interval] * n, Math.min(date, lastOfMonth))).toISOString().slice(0, 10)
}

const clocks = new Map(
  ZONES.map((timeZone) => [timeZone, new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" })])
)

/** Date and time on the wall, sortable. */
const wall = (millis: number, timezone: string): string => clocks.get(timezone)!.format(millis)

/** Checks ten years of one combination; the number of boundaries. */
const check = (index: number): number => {
  const terms = rule(index)
  let n = 0
  let previousEnd: number | undefined
  for (const period of periodsFrom(terms, terms.anchor)) {
    if (period.first_day >= END) return n
    const where = `${terms.timezone} ${terms.interval} from ${terms.anchor}, boundary ${n}`
    const start = period.start.epochMillis
    if (period.first_day !== expectedDay(terms, n)) expect(period.first_day, where).toBe(expectedDay(terms, n))
    if (!wall(start, terms.timezone).startsWith(period.first_day)) expect(wall(start, terms.timezone), where).toContain(period.first_day)
    if (wall(start - 1, terms.timezone) >= period.first_day) expect(wall(start - 1, terms.timezone), where).toBe("the day before")
    if (localDate(period.start, terms.timezone) !== period.first_day)
      expect(localDate(period.start, terms.timezone), where).toBe(period.first_day)
    if (previousEnd !== undefined && start !== previousEnd) expect(start, where).toBe(previousEnd)
    const days = (Date.parse(period.next_first_day) - Date.parse(period.first_day)) / 86_400_000
    if (period.days !== days) expect(period.days, where).toBe(days)
    previousEnd = period.end.epochMillis
    n++
  }
  return n
}

it("each period begins at the first instant of its day, and where the last one ended", { timeout: 3_600_000 }, async () => {
  let boundaries = 0
  if (process.env.CALENDAR_GRID === "all") {
    for (let index = 0; index < COMBINATIONS; index++) {
      boundaries += check(index)
      // The runner wants to hear of its worker now and then.
      if (index % 100 === 0) await setImmediate()
    }
  } else {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: COMBINATIONS - 1 }), (index) => {
        boundaries += check(index)
      }),
      { numRuns: Math.floor(COMBINATIONS / 50) }
    )
  }
  expect(boundaries).toBeGreaterThan(50_000)
})
