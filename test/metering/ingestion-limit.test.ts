/** The limit of calls to the ingestion: a sliding window that the clock service moves, on both engines. */
import * as SqlClient from "@effect/sql/SqlClient"
import { expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import fc from "fast-check"
import { CurrentOrganization, type OrganizationId } from "../../src/core/index.js"
import { type EventInput, Events, IngestionLimiter, Metrics } from "../../src/metering/index.js"
import { slidingWindow } from "../../src/metering/ingestion-limit.js"
import { meteringOver } from "../support/catalog.js"
import { describeEngines } from "../support/describe-engines.js"

let transactions = 0
const event = (): EventInput => ({
  transaction_id: `limited-${++transactions}`,
  external_customer_id: "c",
  code: "calls",
  timestamp: "2026-03-01T00:00:00Z"
})

/** Lets the database work on. */
const meanwhile = Effect.promise(() => new Promise<void>((done) => setImmediate(done)))

const ingest = (events: ReadonlyArray<EventInput> = [event()]) => Effect.flatMap(Events, (service) => service.ingest(events))
const stored = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ n: unknown }>`SELECT count(*) AS n FROM events WHERE organization_id = ${yield* CurrentOrganization}`
  return Number(row!.n)
})

describeEngines("the limit of calls", (engine) => {
  /** Three calls in a minute; each test has a limiter and an organization of its own. */
  const limited = <A, E>(effect: Effect.Effect<A, E, Events | Metrics | SqlClient.SqlClient | CurrentOrganization>) =>
    Effect.gen(function* () {
      const organization = yield* Effect.promise(() => engine.newOrganization())
      const metering = meteringOver(Layer.orDie(IngestionLimiter.layer({ calls: 3 }))).pipe(Layer.provideMerge(engine.layer))
      return yield* Effect.flatMap(Metrics, (metrics) => metrics.create({ code: "calls", name: "Calls", aggregation_type: "count" })).pipe(
        Effect.zipRight(effect),
        Effect.provide(metering),
        Effect.provideService(CurrentOrganization, organization)
      )
    })

  const inAnother = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(
      Effect.promise(() => engine.newOrganization()),
      (other: OrganizationId) => Effect.provideService(effect, CurrentOrganization, other)
    )

  it.effect("refuses what is too much, says when to try again, and stores nothing of it", () =>
    limited(
      Effect.gen(function* () {
        yield* ingest([event(), event()])
        yield* TestClock.adjust("10 seconds")
        yield* ingest()
        yield* Effect.flatMap(Events, (events) => events.ingestOne(event()))
        const refused = yield* Effect.flip(ingest())
        expect(refused).toMatchObject({ _tag: "RateLimited", retry_after_seconds: 50 })
        expect(yield* stored).toBe(4)
        // The first call leaves the window after exactly a minute, the refused one never was in it.
        yield* TestClock.adjust("49999 millis")
        expect(yield* Effect.flip(ingest())).toMatchObject({ retry_after_seconds: 1 })
        yield* TestClock.adjust("1 millis")
        yield* ingest()
        expect(yield* Effect.flip(ingest())).toMatchObject({ retry_after_seconds: 10 })
        expect(yield* stored).toBe(5)
      })
    )
  )

  it.effect("counts a call that was refused for what it held, and none of another organization", () =>
    limited(
      Effect.gen(function* () {
        for (let call = 0; call < 3; call++) yield* Effect.flip(ingest([]))
        expect(yield* Effect.flip(ingest())).toMatchObject({ _tag: "RateLimited" })
        expect(yield* Effect.flip(inAnother(ingest()))).toMatchObject({ _tag: "EventBatchRejected" })
      })
    )
  )

  it.effect("lets a stream wait for its turn, batch by batch", () =>
    limited(
      Effect.gen(function* () {
        const progress: Array<number> = []
        const events = Array.from({ length: 10 }, event)
        const options = { batch_size: 2, on_progress: (so_far: { readonly events: number }) => progress.push(so_far.events) }
        const streaming = yield* Effect.fork(Effect.flatMap(Events, (service) => service.ingestStream(events, options)))
        // What waits is the fourth batch: it sleeps in the clock that nobody moves.
        while ((yield* TestClock.sleeps()).length === 0) yield* meanwhile
        expect([progress, yield* stored]).toEqual([[2, 4, 6], 6])
        yield* TestClock.adjust("1 minute")
        expect(yield* Fiber.join(streaming)).toMatchObject({ accepted: 10 })
        expect(progress).toEqual([2, 4, 6, 8, 10])
      })
    )
  )
})

it("admits just as many as fit into every window, whenever they come", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 })
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1000 }), (steps, calls, millis) => {
      const admit = slidingWindow(calls, millis)
      const admitted: Array<number> = []
      let now = 0
      for (const step of steps) {
        now += step
        const within = admitted.filter((at) => at > now - millis)
        const wait = admit("o", now)
        expect(wait === null).toBe(within.length < calls)
        if (wait === null) admitted.push(now)
        else expect(wait).toBe(within[0]! + millis - now)
      }
    })
  )
})

it("a clock that is set back admits nobody twice, and who was silent for a window is forgotten", () => {
  const admit = slidingWindow(1, 1000)
  expect(admit("a", 5000)).toBeNull()
  expect(admit("a", 1000)).toBe(1000)
  expect(admit("b", 7000)).toBeNull()
  expect(admit("a", 7000)).toBeNull()
})

it.effect("a limit that is none is refused by field", () =>
  Effect.gen(function* () {
    for (const [field, limit] of [
      ["calls", { calls: 0 }],
      ["seconds", { seconds: 0.5 }],
      ["per", { per: 1 } as never]
    ] as const) {
      expect(yield* Effect.flip(IngestionLimiter.make(limit))).toMatchObject({ _tag: "InvalidInput", field })
    }
  })
)
