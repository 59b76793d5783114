import { DateTime } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  addDays,
  addLocalDays,
  BillingInterval,
  BillingTime,
  unsafeLocalDate as day,
  instant,
  localDate,
  parseInstant,
  startOfDay,
  touchedDays
} from "../../src/core/index.js"
import { afterWork, type DueWork, isPausedAt, nextDueWork, type ScheduleState, trialEnd } from "../../src/subscriptions/index.js"

const at = (iso: string) => instant(parseInstant(iso) as number)
const iso = (value: DateTime.Utc) => DateTime.formatIso(value).replace(".000Z", "Z")

/** A monthly subscription by the calendar, in UTC and in arrears, from 1 January 2025. */
const subscription = (fields: Partial<ScheduleState> = {}): ScheduleState => ({
  interval: "monthly",
  billing_time: "calendar",
  anchor: day("2025-01-01"),
  timezone: "UTC",
  pay_in_advance: false,
  starts_at: at("2025-01-01T00:00:00Z"),
  started_at: null,
  ending_at: null,
  over: false,
  trial_period_days: 0,
  trial_ended_at: null,
  pauses: [],
  window: null,
  waiting: null,
  ...fields
})

const pause = (paused: string, resumed: string | null) => ({ paused_at: at(paused), resumed_at: resumed === null ? null : at(resumed) })

/** All work up to an instant, and the state after it. */
const until = (state: ScheduleState, now: DateTime.Utc) => {
  const done: Array<DueWork> = []
  let after = state
  for (let work = nextDueWork(after); work !== null && work.at.epochMillis <= now.epochMillis; work = nextDueWork(after)) {
    done.push(work)
    after = afterWork(after, work)
  }
  return { done, after }
}

const brief = (work: DueWork) =>
  [
    work.kind,
    iso(work.at),
    work.usage && `usage ${iso(work.usage.from)} to ${iso(work.usage.to)}`,
    work.base && `base ${iso(work.base.from)} to ${iso(work.base.to)} ${work.base.days}/${work.base.full_days}`
  ].filter((part) => part !== null)

const work = (fields: Partial<ScheduleState>, now: string) => until(subscription(fields), at(now)).done.map(brief)

describe("a trial", () => {
  const spring = { starts_at: at("2024-03-05T12:12:00Z"), pay_in_advance: true }

  it("in advance: its end bills from its own day to the end of the period", () => {
    expect(work({ ...spring, trial_period_days: 10 }, "2024-04-01T00:00:00Z")).toEqual([
      ["start", "2024-03-05T12:12:00Z"],
      ["trial_end", "2024-03-15T12:12:00Z", "base 2024-03-15T12:12:00Z to 2024-04-01T00:00:00Z 17/31"],
      [
        "boundary",
        "2024-04-01T00:00:00Z",
        "usage 2024-03-05T12:12:00Z to 2024-04-01T00:00:00Z",
        "base 2024-04-01T00:00:00Z to 2024-05-01T00:00:00Z 30/30"
      ]
    ])
  })

  it("over a renewal: the renewal bills usage only", () => {
    expect(work({ ...spring, trial_period_days: 45 }, "2024-04-19T13:00:00Z")).toEqual([
      ["start", "2024-03-05T12:12:00Z"],
      ["boundary", "2024-04-01T00:00:00Z", "usage 2024-03-05T12:12:00Z to 2024-04-01T00:00:00Z"],
      ["trial_end", "2024-04-19T12:12:00Z", "base 2024-04-19T12:12:00Z to 2024-05-01T00:00:00Z 12/30"]
    ])
  })

  it("that ends on the day of a renewal: the renewal bills the whole fee and the trial's end nothing", () => {
    expect(
      work(
        { starts_at: at("2024-03-22T01:12:00Z"), timezone: "Europe/Paris", pay_in_advance: true, trial_period_days: 10 },
        "2024-04-01T13:00:00Z"
      )
    ).toEqual([
      ["start", "2024-03-22T01:12:00Z"],
      [
        "boundary",
        "2024-03-31T22:00:00Z",
        "usage 2024-03-22T01:12:00Z to 2024-03-31T22:00:00Z",
        "base 2024-03-31T22:00:00Z to 2024-04-30T22:00:00Z 30/30"
      ],
      ["trial_end", "2024-04-01T00:12:00Z"]
    ])
  })

  it("that ends at the boundary itself comes first and bills nothing", () => {
    expect(work({ starts_at: at("2025-01-22T00:00:00Z"), pay_in_advance: true, trial_period_days: 10 }, "2025-02-01T00:00:00Z")).toEqual([
      ["start", "2025-01-22T00:00:00Z"],
      ["trial_end", "2025-02-01T00:00:00Z"],
      [
        "boundary",
        "2025-02-01T00:00:00Z",
        "usage 2025-01-22T00:00:00Z to 2025-02-01T00:00:00Z",
        "base 2025-02-01T00:00:00Z to 2025-03-01T00:00:00Z 28/28"
      ]
    ])
  })

  it("in arrears: the day on which it ends is paid", () => {
    const days = work({ starts_at: at("2025-04-01T08:00:00Z"), trial_period_days: 5 }, "2025-05-01T00:00:00Z")
    expect(days.at(-1)).toEqual([
      "boundary",
      "2025-05-01T00:00:00Z",
      "usage 2025-04-01T08:00:00Z to 2025-05-01T00:00:00Z",
      "base 2025-04-01T08:00:00Z to 2025-05-01T00:00:00Z 25/30"
    ])
  })

  it("that outlives the subscription: no base fee, the end before the trial's end", () => {
    const ending_at = at("2025-04-15T08:00:00Z")
    expect(work({ starts_at: at("2025-04-01T08:00:00Z"), trial_period_days: 14, ending_at }, "2025-06-01T00:00:00Z")).toEqual([
      ["start", "2025-04-01T08:00:00Z"],
      ["end", "2025-04-15T08:00:00Z", "usage 2025-04-01T08:00:00Z to 2025-04-15T08:00:00Z"]
    ])
  })

  it("that ends while paused bills nothing in advance", () => {
    const { done } = until(
      subscription({
        starts_at: at("2025-04-01T08:00:00Z"),
        pay_in_advance: true,
        trial_period_days: 14,
        pauses: [pause("2025-04-10T00:00:00Z", null)]
      }),
      at("2025-05-01T00:00:00Z")
    )
    expect(done.map(brief)).toEqual([
      ["start", "2025-04-01T08:00:00Z"],
      ["trial_end", "2025-04-15T08:00:00Z"],
      ["boundary", "2025-05-01T00:00:00Z", "usage 2025-04-01T08:00:00Z to 2025-05-01T00:00:00Z"]
    ])
  })

  it("ends at the same time on the wall, whatever the clocks did", () => {
    const state = subscription({ starts_at: at("2026-03-22T01:30:00Z"), timezone: "Europe/Paris", trial_period_days: 7 })
    expect(iso(trialEnd(state)!)).toBe("2026-03-29T01:00:00Z")
    expect(trialEnd(subscription())).toBeNull()
  })
})

describe("pauses, in arrears", () => {
  const march = (pauses: ScheduleState["pauses"], fields: Partial<ScheduleState> = {}) =>
    until(subscription({ starts_at: at("2025-03-01T00:00:00Z"), pauses, ...fields }), at("2025-04-01T00:00:00Z")).done.at(-1)!.base?.days ??
    0

  it("a day is paused when the subscription is so at its last moment", () => {
    expect(march([pause("2025-03-10T18:00:00Z", "2025-03-20T08:00:00Z")])).toBe(21)
    expect(march([pause("2025-03-09T01:00:00Z", "2025-03-09T23:00:00Z")])).toBe(31)
    expect(march([pause("2025-03-09T23:59:59.999Z", "2025-03-10T00:00:00Z")])).toBe(30)
    expect(march([pause("2025-03-31T12:00:00Z", null)])).toBe(30)
    expect(march([pause("2025-02-01T12:00:00Z", "2025-03-03T12:00:00Z"), pause("2025-03-03T13:00:00Z", "2025-03-05T00:00:00Z")])).toBe(27)
  })

  it("from local midnight to local midnight is one day", () => {
    const oslo = { timezone: "Europe/Oslo", starts_at: at("2025-02-28T23:00:00Z") }
    expect(march([pause("2025-03-08T23:00:00Z", "2025-03-09T23:00:00Z")], oslo)).toBe(30)
  })

  it("ended while paused: the last day counts by the last moment that it lived through", () => {
    expect(march([pause("2025-03-10T12:00:00Z", null)], { ending_at: at("2025-03-16T12:00:00Z") })).toBe(9)
    expect(march([pause("2025-03-10T12:00:00Z", "2025-03-16T08:00:00Z")], { ending_at: at("2025-03-16T12:00:00Z") })).toBe(10)
    expect(march([pause("2025-03-16T12:00:00Z", null)], { ending_at: at("2025-03-16T12:00:00Z") })).toBe(16)
  })

  it("a period that is paused as a whole has no base fee", () => {
    expect(march([pause("2025-02-28T12:00:00Z", null)])).toBe(0)
  })
})

describe("pauses, in advance", () => {
  it("a period that begins paused is not billed at its boundary; one that begins with the resuming is", () => {
    const base = (pauses: ScheduleState["pauses"]) =>
      until(subscription({ pay_in_advance: true, pauses }), at("2025-02-01T00:00:00Z")).done.at(-1)!.base?.days ?? 0
    expect(base([pause("2025-01-22T00:00:00Z", null)])).toBe(0)
    expect(base([pause("2025-02-01T00:00:00Z", null)])).toBe(0)
    expect(base([pause("2025-01-22T00:00:00Z", "2025-02-01T00:00:00Z")])).toBe(28)
  })
})

describe("the end", () => {
  it("at a boundary closes the old period and nothing else", () => {
    expect(work({ ending_at: at("2025-02-01T00:00:00Z"), pay_in_advance: true }, "2025-12-01T00:00:00Z")).toEqual([
      ["start", "2025-01-01T00:00:00Z", "base 2025-01-01T00:00:00Z to 2025-02-01T00:00:00Z 31/31"],
      ["end", "2025-02-01T00:00:00Z", "usage 2025-01-01T00:00:00Z to 2025-02-01T00:00:00Z"]
    ])
  })

  it("two hours into a new period: the old one whole, one day of the new", () => {
    expect(work({ ending_at: at("2025-03-01T02:00:00Z"), starts_at: at("2025-02-01T00:00:00Z") }, "2025-12-01T00:00:00Z").slice(1)).toEqual(
      [
        [
          "boundary",
          "2025-03-01T00:00:00Z",
          "usage 2025-02-01T00:00:00Z to 2025-03-01T00:00:00Z",
          "base 2025-02-01T00:00:00Z to 2025-03-01T00:00:00Z 28/28"
        ],
        [
          "end",
          "2025-03-01T02:00:00Z",
          "usage 2025-03-01T00:00:00Z to 2025-03-01T02:00:00Z",
          "base 2025-03-01T00:00:00Z to 2025-03-01T02:00:00Z 1/31"
        ]
      ]
    )
  })

  it("leaves nothing to do", () => {
    expect(nextDueWork(subscription({ over: true }))).toBeNull()
    expect(nextDueWork(until(subscription({ ending_at: at("2025-01-10T00:00:00Z") }), at("2025-02-01T00:00:00Z")).after)).toBeNull()
  })
})

describe("a customer that moves", () => {
  const february = (from: string, to: string) => {
    const { after } = until(
      subscription({ timezone: from, starts_at: startOfDay(day("2025-01-01"), from) }),
      startOfDay(day("2025-02-01"), from)
    )
    return brief(nextDueWork({ ...after, timezone: to })!)
  }

  it("west: the window begins where the last one ended, and has the days of the calendar", () => {
    expect(february("Europe/Paris", "America/New_York")).toEqual([
      "boundary",
      "2025-03-01T05:00:00Z",
      "usage 2025-01-31T23:00:00Z to 2025-03-01T05:00:00Z",
      "base 2025-01-31T23:00:00Z to 2025-03-01T05:00:00Z 28/28"
    ])
  })

  it("east: the same, some hours shorter", () => {
    expect(february("America/New_York", "Asia/Tokyo")).toEqual([
      "boundary",
      "2025-02-28T15:00:00Z",
      "usage 2025-02-01T05:00:00Z to 2025-02-28T15:00:00Z",
      "base 2025-02-01T05:00:00Z to 2025-02-28T15:00:00Z 28/28"
    ])
  })

  it("so far east that the boundary was before the start: an empty window, and the day that began is paid", () => {
    const started = until(
      subscription({ timezone: "Pacific/Honolulu", starts_at: at("2025-02-01T06:00:00Z") }),
      at("2025-02-01T06:00:00Z")
    ).after
    expect(brief(nextDueWork({ ...started, timezone: "Asia/Tokyo" })!)).toEqual([
      "boundary",
      "2025-02-01T06:00:00Z",
      "usage 2025-02-01T06:00:00Z to 2025-02-01T06:00:00Z",
      "base 2025-02-01T06:00:00Z to 2025-02-01T06:00:00Z 1/31"
    ])
  })
})

/* Laws */

const HOUR = 3_600_000
const start = Date.UTC(2023, 0, 1)
const anyInstant = (from: number, to: number) => fc.integer({ min: from, max: to }).map((millis) => instant(millis))

const anyPauses = fc
  .uniqueArray(fc.integer({ min: start, max: start + 500 * 24 * HOUR }), { maxLength: 8 })
  .map((instants) => [...instants].sort((a, b) => a - b))
  .map((instants) =>
    instants.flatMap((millis, index) =>
      index % 2 === 0
        ? [{ paused_at: instant(millis), resumed_at: index + 1 < instants.length ? instant(instants[index + 1]!) : null }]
        : []
    )
  )

const anySubscription: fc.Arbitrary<ScheduleState> = fc
  .record({
    interval: fc.constantFrom(...BillingInterval.literals),
    billing_time: fc.constantFrom(...BillingTime.literals),
    anchor: fc.integer({ min: 0, max: 1000 }).map((days) => addDays(day("2022-01-01"), days)),
    timezone: fc.constantFrom(...Intl.supportedValuesOf("timeZone")),
    pay_in_advance: fc.boolean(),
    starts_at: anyInstant(start, start + 60 * 24 * HOUR),
    length: fc.integer({ min: 1, max: 500 * 24 * HOUR }),
    trial_period_days: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
    pauses: fc.oneof(fc.constant([]), anyPauses)
  })
  .map(({ length, ...fields }) => subscription({ ...fields, ending_at: instant(fields.starts_at.epochMillis + length) }))

const wholeLife = (state: ScheduleState) => until(state, state.ending_at!).done

describe("laws of the schedule", () => {
  it("the windows of a life touch: from the start to the end, without gap or overlap", () => {
    fc.assert(
      fc.property(anySubscription, (state) => {
        const windows = wholeLife(state).flatMap((each) => (each.usage === null ? [] : [each.usage]))
        expect(windows[0]!.from).toEqual(state.starts_at)
        expect(windows.at(-1)!.to).toEqual(state.ending_at)
        for (const [index, window] of windows.slice(1).entries()) expect(window.from).toEqual(windows[index]!.to)
        for (const window of windows) {
          expect(window.full_from.epochMillis).toBeLessThanOrEqual(window.from.epochMillis)
          expect(window.full_to.epochMillis).toBeGreaterThanOrEqual(window.to.epochMillis)
          expect(window.days).toBeLessThanOrEqual(window.full_days)
        }
      }),
      { numRuns: 300 }
    )
  })

  it("in arrears every day is paid once that is neither in trial nor paused at its last moment", () => {
    fc.assert(
      fc.property(anySubscription, (any) => {
        const state = { ...any, pay_in_advance: false }
        const paid = wholeLife(state).reduce((sum, each) => sum + (each.base?.days ?? 0), 0)
        const { timezone, starts_at, trial_period_days } = state
        const trial = addLocalDays(starts_at, trial_period_days, timezone).epochMillis
        const lived = touchedDays(starts_at, state.ending_at!, timezone)
        let expected = 0
        for (let date = lived.first_day; date < lived.next_first_day; date = addDays(date, 1)) {
          const next = startOfDay(addDays(date, 1), timezone).epochMillis
          const last = Math.min(next, state.ending_at!.epochMillis) - 1
          const paused = state.pauses.some(
            ({ paused_at, resumed_at }) => paused_at.epochMillis <= last && (resumed_at === null || last < resumed_at.epochMillis)
          )
          if (next > startOfDay(date, timezone).epochMillis && last >= trial && !paused) expected++
        }
        expect(paid).toBe(expected)
      }),
      { numRuns: 300 }
    )
  })

  it("in advance every day from the trial's end to the end of the last period is billed once", () => {
    fc.assert(
      fc.property(anySubscription, (any) => {
        const state = { ...any, pay_in_advance: true, pauses: [] }
        const bases = wholeLife(state).flatMap((each) => (each.base === null ? [] : [each.base]))
        const days = (from: DateTime.Utc, to: DateTime.Utc) => touchedDays(from, to, state.timezone)
        for (const [index, base] of bases.entries()) {
          const range = days(base.from, base.to)
          expect(base.days).toBe((Date.parse(range.next_first_day) - Date.parse(range.first_day)) / (24 * HOUR))
          if (index > 0) expect(range.first_day).toBe(days(bases[index - 1]!.from, bases[index - 1]!.to).next_first_day)
        }
        const due = addLocalDays(state.starts_at, state.trial_period_days, state.timezone)
        const first = bases[0]
        if (due.epochMillis < state.ending_at!.epochMillis)
          expect(localDate(first!.from, state.timezone)).toBe(localDate(due, state.timezone))
        else if (first !== undefined) expect(localDate(first.from, state.timezone)).toBe(localDate(due, state.timezone))
      }),
      { numRuns: 300 }
    )
  })

  it("work comes in order of its instants, and a period in advance that begins paused waits", () => {
    fc.assert(
      fc.property(anySubscription, (state) => {
        const all = wholeLife(state)
        for (const [index, each] of all.slice(1).entries()) expect(each.at.epochMillis).toBeGreaterThanOrEqual(all[index]!.at.epochMillis)
        expect([all[0]!.kind, all.at(-1)!.kind]).toEqual(["start", "end"])
        expect(all.filter((each) => each.kind === "trial_end").length).toBeLessThanOrEqual(1)
        for (const each of all) {
          if (state.pay_in_advance && each.kind === "boundary" && isPausedAt(state, each.at)) expect(each.base).toBeNull()
        }
      }),
      { numRuns: 300 }
    )
  })
})
