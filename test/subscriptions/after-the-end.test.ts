import { expect, it } from "vitest"
import { instant, unsafeLocalDate } from "../../src/core/index.js"
import { afterWork, nextDueWork, type ScheduleState } from "../../src/subscriptions/index.js"

const at = (text: string) => instant(Date.parse(text))

it("no window runs after the end, which closed the last one", () => {
  const made: ScheduleState = {
    interval: "monthly",
    billing_time: "calendar",
    anchor: unsafeLocalDate("2025-01-01"),
    timezone: "UTC",
    pay_in_advance: false,
    starts_at: at("2025-01-01T00:00:00Z"),
    started_at: null,
    ending_at: at("2025-01-20T10:00:00Z"),
    over: false,
    trial_period_days: 0,
    trial_ended_at: null,
    pauses: [],
    window: null,
    waiting: null
  }
  const started = afterWork(made, nextDueWork(made)!)
  expect(started.window).not.toBeNull()
  const end = nextDueWork(started)!
  expect(end.usage?.to).toEqual(made.ending_at)
  const ended = afterWork(started, end)
  expect(ended.window).toBeNull()
  expect(nextDueWork(ended)).toBeNull()
})
