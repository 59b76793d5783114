/** Ten years of a subscription: whatever its anchor, zone, interval, changes of plan and moves, its windows tile the line. */
import type { DateTime } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  addDays,
  BillingInterval,
  BillingTime,
  countDays,
  unsafeLocalDate as day,
  Exact,
  instant,
  localDate,
  periodOn,
  startOfDay
} from "../../src/core/index.js"
import { unused } from "../../src/invoicing/proration.js"
import {
  afterWork,
  type DueWork,
  nextDueWork,
  planChangeWork,
  type ScheduleState,
  type UsageWindow
} from "../../src/subscriptions/index.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const TEN_YEARS = 3653 * DAY
const zones = fc.constantFrom(...Intl.supportedValuesOf("timeZone"))

interface Change {
  readonly at: number
  readonly interval: BillingInterval
}

interface Life {
  readonly state: ScheduleState
  readonly changes: ReadonlyArray<Change>
  readonly moves: ReadonlyArray<{ readonly at: number; readonly timezone: string }>
  readonly until: DateTime.Utc
}

const anyLife: fc.Arbitrary<Life> = fc
  .record({
    interval: fc.constantFrom(...BillingInterval.literals),
    billing_time: fc.constantFrom(...BillingTime.literals),
    anchor: fc.oneof(
      fc.integer({ min: 0, max: 2000 }).map((days) => addDays(day("2014-01-01"), days)),
      fc.constantFrom("2016-02-29", "2015-01-31", "2015-08-31", "2015-11-30").map(day)
    ),
    timezone: zones,
    pay_in_advance: fc.boolean(),
    start: fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2017, 0, 1) }),
    changes: fc.array(
      fc.record({ after: fc.integer({ min: 1, max: TEN_YEARS }), interval: fc.constantFrom(...BillingInterval.literals) }),
      { maxLength: 6 }
    ),
    moves: fc.array(fc.record({ after: fc.integer({ min: 1, max: TEN_YEARS }), timezone: zones }), { maxLength: 3 })
  })
  .map(({ changes, moves, start, ...rule }) => ({
    state: {
      ...rule,
      starts_at: instant(start),
      started_at: null,
      ending_at: null,
      over: false,
      trial_period_days: 0,
      trial_ended_at: null,
      pauses: [],
      window: null,
      waiting: null
    },
    changes: changes.map(({ after, interval }) => ({ at: start + after, interval })).sort((a, b) => a.at - b.at),
    moves: moves.map(({ after, timezone }) => ({ at: start + after, timezone })).sort((a, b) => a.at - b.at),
    until: instant(start + TEN_YEARS)
  }))

/** All windows that a life closes up to its last boundary, by the clock and by changes of plan. */
const live = ({ changes, moves, state, until }: Life): ReadonlyArray<UsageWindow> => {
  const windows: Array<UsageWindow> = []
  let now = state
  const step = (work: DueWork) => {
    if (work.usage !== null) windows.push(work.usage)
    now = afterWork(now, work)
  }
  const catchUp = (before: number) => {
    for (let work = nextDueWork(now)!; work.at.epochMillis < before; work = nextDueWork(now)!) step(work)
  }
  const acts = [
    ...changes.map(({ at, interval }) => ({
      at,
      act: () => step(planChangeWork(now, instant(at), { plan_id: interval, version: 1, interval }))
    })),
    ...moves.map(({ at, timezone }) => ({ at, act: () => (now = { ...now, timezone }) }))
  ].sort((a, b) => a.at - b.at)
  for (const { act, at } of acts) {
    catchUp(at)
    act()
  }
  catchUp(until.epochMillis)
  return windows
}

describe("ten years of a subscription", () => {
  it("windows tile the line: from the start on each begins where the last one ended, and none is empty but by a move", () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const windows = live(life)
        expect(windows[0]!.from).toEqual(life.state.starts_at)
        for (const [index, window] of windows.slice(1).entries()) expect(window.from).toEqual(windows[index]!.to)
        for (const window of windows) {
          expect(window.to.epochMillis).toBeGreaterThanOrEqual(window.from.epochMillis)
          expect(window.days).toBeLessThanOrEqual(window.full_days)
          if (life.moves.length === 0) expect(window.to.epochMillis).toBeGreaterThan(window.from.epochMillis)
        }
        // The one that still runs ends later than ten years.
        const last = windows.at(-1)?.to ?? life.state.starts_at
        expect(life.until.epochMillis - last.epochMillis).toBeLessThanOrEqual(367 * DAY)
      }),
      { numRuns: 300 }
    )
  })

  it("without changes, each ends with a period of the anchor, and has all its days", () => {
    fc.assert(
      fc.property(anyLife, ({ state, until }) => {
        const windows = live({ state, until, changes: [], moves: [] })
        for (const [index, window] of windows.entries()) {
          const period = periodOn(state, localDate(window.from, state.timezone))
          expect(window.to).toEqual(startOfDay(period.next_first_day, state.timezone))
          expect(window.full_days).toBe(countDays(period, state.timezone))
          if (index > 0) expect(window.days).toBe(window.full_days)
        }
      }),
      { numRuns: 300 }
    )
  })

  it("in one zone every day is counted once, the day of a change of plan with the new plan", () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const windows = live({ ...life, moves: [] })
        const { starts_at, timezone } = life.state
        const last = windows.at(-1)
        if (last === undefined || last.superseded) return
        const whole = countDays({ first_day: localDate(starts_at, timezone), next_first_day: localDate(last.to, timezone) }, timezone)
        expect(windows.reduce((sum, { days }) => sum + days, 0)).toBe(whole)
      }),
      { numRuns: 300 }
    )
  })
})

describe("the parts of a period", () => {
  const amounts = fc.bigInt({ min: 1n, max: 10_000_000n })

  it("cut by changes of plan at the same price, come to the period, exactly", () => {
    const rule = fc.record({
      billing_time: fc.constantFrom(...BillingTime.literals),
      interval: fc.constantFrom(...BillingInterval.literals),
      timezone: zones,
      start: fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2025, 0, 1) }),
      cuts: fc.array(fc.double({ min: 0.001, max: 0.999, noNaN: true }), { maxLength: 5 }),
      amount: amounts
    })
    fc.assert(
      fc.property(rule, ({ amount, cuts, start, ...given }) => {
        const anchored = { ...given, anchor: localDate(instant(start), given.timezone) }
        const period = periodOn(anchored, anchored.anchor)
        const begin = period.start.epochMillis
        const length = period.end.epochMillis - begin
        const changes = cuts.map((share) => ({ at: begin + 1 + Math.floor(share * (length - 2)), interval: given.interval }))
        const state: ScheduleState = {
          ...anchored,
          pay_in_advance: false,
          starts_at: period.start,
          started_at: null,
          ending_at: null,
          over: false,
          trial_period_days: 0,
          trial_ended_at: null,
          pauses: [],
          window: null,
          waiting: null
        }
        const windows = live({ state, changes: changes.sort((a, b) => a.at - b.at), moves: [], until: instant(period.end.epochMillis + 1) })
        expect(windows.at(-1)!.to).toEqual(period.end)
        const parts = windows.map(({ days, full_days }) => Exact.share(Exact.fromBigInt(amount), BigInt(days), BigInt(full_days)))
        expect(Exact.toText(Exact.sum(parts))).toBe(amount.toString())
      }),
      { numRuns: 300 }
    )
  })

  it("used and unused days of one fee are a split of it", () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 366 }), fc.nat(366), (fee, days, kept) => {
        const { given_back_cents, kept_cents } = unused(fee, days, Math.min(kept, days))
        expect(kept_cents + given_back_cents).toBe(fee)
        expect(given_back_cents >= 0n && kept_cents >= 0n).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })
})
