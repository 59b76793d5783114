/** The periods and parts of fees that the specification states, each as it stands there (billing 7.2). */
import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { type BillingInterval, type BillingTime, unsafeLocalDate as day, instant, periodAt, periodOn } from "../../../src/core/index.js"
import { prorate, unused } from "../../../src/invoicing/proration.js"

type Example = readonly [BillingTime, BillingInterval, anchor: string, on: string, first_day: string, next_first_day: string]

const examples: ReadonlyArray<Example> = [
  ["calendar", "weekly", "2025-01-01", "2025-03-12", "2025-03-10", "2025-03-17"],
  ["calendar", "monthly", "2025-01-10", "2025-03-15", "2025-03-01", "2025-04-01"],
  ["calendar", "quarterly", "2025-01-10", "2025-05-20", "2025-04-01", "2025-07-01"],
  ["calendar", "quarterly", "2025-01-10", "2025-09-15", "2025-07-01", "2025-10-01"],
  ["calendar", "yearly", "2024-05-10", "2025-07-04", "2025-01-01", "2026-01-01"],
  ["anniversary", "weekly", "2025-03-05", "2025-03-10", "2025-03-05", "2025-03-12"],
  ["anniversary", "monthly", "2025-01-15", "2025-03-20", "2025-03-15", "2025-04-15"],
  ["anniversary", "quarterly", "2025-01-10", "2025-05-01", "2025-04-10", "2025-07-10"],
  ["anniversary", "yearly", "2024-06-01", "2025-08-01", "2025-06-01", "2026-06-01"],
  ["anniversary", "monthly", "2025-01-31", "2025-02-15", "2025-01-31", "2025-02-28"],
  ["anniversary", "monthly", "2024-01-31", "2024-02-15", "2024-01-31", "2024-02-29"],
  ["anniversary", "monthly", "2025-01-31", "2025-02-28", "2025-02-28", "2025-03-31"],
  ["anniversary", "monthly", "2025-01-31", "2025-03-31", "2025-03-31", "2025-04-30"],
  // A date before the anchor.
  ["anniversary", "monthly", "2025-06-15", "2025-05-20", "2025-05-15", "2025-06-15"]
]

describe("the worked examples of the specification", () => {
  it.each(examples)("%s %s, anchor %s: %s lies in %s to %s", (billing_time, interval, anchor, on, first_day, next_first_day) => {
    const rule = { billing_time, interval, anchor: day(anchor), timezone: "UTC" }
    expect(periodOn(rule, day(on))).toMatchObject({ first_day, next_first_day })
  })

  it("Sunday at 23:59 is inside its calendar week, Monday at midnight is not", () => {
    const rule = { billing_time: "calendar", interval: "weekly", anchor: day("2025-01-01"), timezone: "Europe/Paris" } as const
    const startOf = (iso: string) => periodAt(rule, instant(DateTime.unsafeMake(iso).epochMillis)).first_day
    expect(["2025-03-16T23:59:59+01:00", "2025-03-17T00:00:00+01:00"].map(startOf)).toEqual(["2025-03-10", "2025-03-17"])
  })

  it.each([
    [3100n, 31, 31, 3100n],
    [3000n, 15, 30, 1500n],
    [3000n, 1, 30, 100n],
    [1000n, 7, 30, 233n],
    [3000n, 20, 30, 2000n],
    [100_000n, 30, 90, 33_333n],
    [3100n, 22, 31, 2200n],
    [3000n, 0, 30, 0n]
  ])("%d for %d of %d days is %d", (amount, days, full_days, part) => {
    expect(prorate(amount, days, full_days)).toBe(part)
  })

  it("what is used and what is not of one fee are a split", () => {
    expect(unused(1000n, 30, 7)).toEqual({ kept_cents: 233n, given_back_cents: 767n })
  })
})
