import { Clock, DateTime, Duration, Effect, ManagedRuntime } from "effect"
import { expect, it } from "vitest"
import { testClock } from "../../../adapters/testing/index.js"
import { Ids, instant } from "../../../src/core/index.js"

const first = "2025-03-01T12:00:00.000Z"
const later = "2026-01-31T23:59:59.999Z"
const now = Effect.map(DateTime.now, DateTime.formatIso)

it("stands at its instant until it is set, for every way to ask", async () => {
  const clock = testClock(first)
  const runtime = ManagedRuntime.make(clock.layer)
  expect(await runtime.runPromise(now)).toBe(first)
  expect(await runtime.runPromise(Clock.currentTimeMillis)).toBe(Date.parse(first))
  expect(await runtime.runPromise(Clock.currentTimeNanos)).toBe(BigInt(Date.parse(first)) * 1_000_000n)
  clock.set(later)
  expect(await runtime.runPromise(now)).toBe(later)
  await runtime.dispose()
})

it("takes texts, Dates and instants, backwards too", async () => {
  const clock = testClock(instant(Date.parse(later)))
  expect(clock.unsafeCurrentTimeMillis()).toBe(Date.parse(later))
  clock.set(new Date(first))
  expect(clock.unsafeCurrentTimeMillis()).toBe(Date.parse(first))
  clock.set("2025-03-01T13:00:00+01:00")
  expect(clock.unsafeCurrentTimeMillis()).toBe(Date.parse(first))
})

it.each(["2025-02-30T00:00:00Z", "2025-03-01", "tomorrow", new Date(Number.NaN)])("refuses %s and stands", (at) => {
  const clock = testClock(first)
  expect(() => clock.set(at)).toThrow(RangeError)
  expect(clock.unsafeCurrentTimeMillis()).toBe(Date.parse(first))
})

it("gives ids that sort by its time", async () => {
  const clock = testClock(first)
  const ids = await Effect.runPromise(
    Effect.gen(function* () {
      const { next } = yield* Ids
      const before = yield* next
      clock.set(later)
      return [before, yield* next]
    }).pipe(Effect.provide(Ids.layer), Effect.provide(clock.layer))
  )
  expect([...ids].sort()).toEqual(ids)
})

it("does not hold up who waits", async () => {
  await Effect.runPromise(Effect.sleep(Duration.millis(5)).pipe(Effect.provide(testClock(first).layer)))
})
