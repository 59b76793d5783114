/** Slots are what their events add up to, whatever came in which order, and a recount puts right what is not. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { eventStoreLayer } from "../../adapters/sql/metering/event-store.js"
import { metricStoreLayer } from "../../adapters/sql/metering/metric-store.js"
import { slotStoreLayer } from "../../adapters/sql/metering/slots/slot-store.js"
import { usageStoreLayer } from "../../adapters/sql/metering/usage/usage-store.js"
import { arrivalsLayer } from "../../adapters/sql/subscriptions/arrivals.js"
import { type CurrentOrganization, Exact, instant, Transactor } from "../../src/core/index.js"
import {
  type BillableMetric,
  type Buckets,
  daysOf,
  type EventInput,
  Events,
  eachMetric,
  examineSlots,
  MetricStore,
  Metrics,
  NOTHING_MORE,
  PLAIN,
  recountSlots,
  SlotStore,
  slotParts,
  type UsageRequest,
  UsageStore
} from "../../src/metering/index.js"
import { describeEngines, type EngineServices } from "../support/describe-engines.js"
import { nobodyBills } from "../support/metering.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 2, 1)

describe("the parts of a stretch of time", () => {
  it("tile it: days inside, hours around them, events around those; as much as can be in the widest", () => {
    const stretch = fc.tuple(fc.integer({ min: 0, max: 10 * DAY }), fc.integer({ min: 0, max: 10 * DAY }))
    fc.assert(
      fc.property(
        fc.oneof(
          stretch,
          stretch.map(([a, b]) => [Math.round(a / HOUR) * HOUR, Math.round(b / HOUR) * HOUR] as const)
        ),
        ([from, to]) => {
          const parts = slotParts(from, to)
          if (from >= to) {
            expect(parts).toEqual([])
            return
          }
          expect(parts.length).toBeLessThanOrEqual(5)
          expect(parts[0]!.from).toBe(from)
          expect(parts.at(-1)!.to).toBe(to)
          parts.forEach((part, index) => {
            expect(part.from).toBeLessThan(part.to)
            if (index > 0) expect(part.from).toBe(parts[index - 1]!.to)
            if (part.width > 0) expect([part.from % (part.width * HOUR), part.to % (part.width * HOUR)]).toEqual([0, 0])
            else expect(Math.ceil(part.from / HOUR)).toBeGreaterThanOrEqual(Math.floor(part.to / HOUR))
            if (part.width === 1) expect(part.to - part.from).toBeLessThan(2 * DAY)
          })
        }
      )
    )
  })
})

const services = Layer.mergeAll(Events.layer, Metrics.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(eventStoreLayer, metricStoreLayer, usageStoreLayer, slotStoreLayer, arrivalsLayer, nobodyBills))
)

const CODES = ["sum", "max", "count", "custom", "items"] as const

const event = fc.record({
  code: fc.constantFrom(...CODES),
  minute: fc.oneof(fc.nat(5 * 24 * 60), fc.constantFrom(0, 59, 60, 24 * 60 - 1, 24 * 60)),
  subscription: fc.constantFrom(null, "s", "t"),
  v: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -500, max: 500 }).map((n) => String(n / 8)) },
    { weight: 2, arbitrary: fc.constantFrom("8999999999", "-8999999999.123456", "0.1234567", "0.0000000000000001", "many") }
  ),
  region: fc.constantFrom<unknown>("eu", "us", "us", 1, "1", null, "", ["x"], 'a "long" one: '.repeat(20)),
  size: fc.constantFrom("s", "m", undefined)
})
type Drawn = typeof event extends fc.Arbitrary<infer A> ? A : never

/** Batches; each comes with some events that came before, as duplicates, and a filter key may be declared before it. */
const history = fc.array(
  fc.record({ events: fc.array(event, { minLength: 1, maxLength: 25 }), again: fc.nat(10), declares: fc.boolean() }),
  { minLength: 1, maxLength: 5 }
)

const answers: Record<string, Array<unknown>> = { SQLite: [], Postgres: [] }

describeEngines("slots", (engine) => {
  type Needed = Events | Metrics | MetricStore | SlotStore | UsageStore | EngineServices | CurrentOrganization
  const run = <A, E>(effect: Effect.Effect<A, E, Needed>) => engine.run(Effect.provide(effect, services))

  let histories = 0
  const regions = (suffix: string) => ({ key: "region", values: ["eu", "us", "1"], suffix })

  /** Metrics of a history of its own. */
  const declare = async (mark: string, filters: boolean) => {
    const definitions = {
      sum: { aggregation_type: "sum", field_name: "v" },
      max: { aggregation_type: "max", field_name: "v" },
      count: { aggregation_type: "count" },
      custom: { aggregation_type: "custom", expression: "v / 3" },
      items: { aggregation_type: "unique_count", field_name: "v" }
    }
    for (const code of CODES) {
      const filter = { key: regions(mark).key, values: regions(mark).values }
      await run(
        Effect.flatMap(Metrics, (metrics) =>
          metrics.create({ ...definitions[code], code: code + mark, name: code, filters: filters ? [filter] : [] } as never)
        )
      )
    }
  }

  const inputOf = ({ code, minute, region, size, subscription, v }: Drawn, mark: string, transaction: number): EventInput => ({
    transaction_id: `t${mark}-${transaction}`,
    external_customer_id: `c${mark}`,
    external_subscription_id: subscription === null ? null : subscription + mark,
    code: code + mark,
    timestamp: new Date(START + minute * 60_000),
    properties: { v, ...(region === null ? {} : { region }), ...(size === undefined ? {} : { size }) }
  })

  const play = async (given: typeof history extends fc.Arbitrary<infer A> ? A : never) => {
    const mark = `-${++histories}`
    await declare(mark, given[0]!.declares)
    const sent: Array<EventInput> = []
    let declared = false
    for (const { again, declares, events } of given) {
      if (declares && !declared) {
        declared = true
        for (const code of CODES)
          await run(Effect.flatMap(Metrics, (metrics) => metrics.addFilter({ code: code + mark }, { key: "size", values: ["s", "m"] })))
      }
      const fresh = events.map((drawn, index) => inputOf(drawn, mark, sent.length + index))
      await run(Effect.flatMap(Events, (service) => service.ingest([...sent.slice(0, again), ...fresh, ...fresh.slice(0, 2)])))
      sent.push(...fresh)
    }
    return mark
  }

  const metricsOf = (mark: string) =>
    run(
      Effect.gen(function* () {
        const found: Array<BillableMetric> = []
        yield* eachMetric(yield* MetricStore, (metric) => Effect.sync(() => void (metric.code.endsWith(mark) && found.push(metric))))
        return found
      })
    )

  const wrongOf = async (mark: string) => {
    const metrics = await metricsOf(mark)
    return run(Effect.flatMap(SlotStore, (slots) => Effect.forEach(metrics, (metric) => examineSlots(slots, metric)))).then((all) =>
      all.flat()
    )
  }

  const recountAll = async (mark: string) => {
    const metrics = await metricsOf(mark)
    return run(
      Effect.gen(function* () {
        const deps = { metrics: yield* MetricStore, slots: yield* SlotStore, unit: yield* Transactor }
        return yield* Effect.forEach(metrics, (metric) => recountSlots(deps, metric, daysOf(undefined, undefined)))
      })
    )
  }

  const requestsOf = (metrics: ReadonlyArray<BillableMetric>, mark: string, buckets: Buckets, [from, to]: readonly [number, number]) =>
    metrics.map(
      (metric): UsageRequest => ({
        subject: {
          external_subscription_id: `s${mark}`,
          external_customer_id: `c${mark}`,
          since: 0,
          owned: [{ from: 0, to: START + 3 * DAY }]
        },
        metric,
        period: { from: instant(START + from * 60_000), to: instant(START + to * 60_000) },
        buckets,
        needs: NOTHING_MORE
      })
    )

  const aggregate = (requests: ReadonlyArray<UsageRequest>) => run(Effect.flatMap(UsageStore, (store) => store.aggregate(requests)))
  const figures = (found: Awaited<ReturnType<typeof aggregate>>) =>
    found.map((buckets) =>
      buckets.map((bucket) => bucket.map(({ group, usage }) => [group, Exact.toText(usage.value, 30), usage.events_count]))
    )

  const BY_REGION: Buckets = {
    filters: [
      { ...PLAIN, values: [["region", ["eu"]]] },
      {
        ...PLAIN,
        values: [
          ["region", ["us", "1"]],
          ["size", ["m"]]
        ]
      }
    ],
    own: PLAIN
  }
  const WHOLE: Buckets = { filters: [], own: PLAIN }

  const stretch = fc.tuple(fc.nat(5 * 24 * 60), fc.nat(5 * 24 * 60)).map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const)

  const params = { numRuns: 15, seed: 20260301 }

  it("equal a recount after random batches, late events, duplicates and new filter keys", async () => {
    await fc.assert(
      fc.asyncProperty(history, async (given) => {
        const mark = await play(given)
        expect(await wrongOf(mark)).toEqual([])
        const first = await recountAll(mark)
        const second = await recountAll(mark)
        expect(second.map(({ corrected }) => corrected)).toEqual(second.map(() => 0))
        expect(second.map(({ slots }) => slots)).toEqual(first.map(({ slots }) => slots))
        expect(await wrongOf(mark)).toEqual([])
      }),
      params
    )
  })

  it("answer the same before and after a recount, and their filters add up to the whole", async () => {
    answers[engine.name] = []
    await fc.assert(
      fc.asyncProperty(history, stretch, async (given, over) => {
        const mark = await play(given)
        const metrics = await metricsOf(mark)
        const ask = async () => {
          const [whole, split] = [
            await aggregate(requestsOf(metrics, mark, WHOLE, over)),
            await aggregate(requestsOf(metrics, mark, BY_REGION, over))
          ]
          return { whole, split }
        }
        const before = await ask()
        await recountAll(mark)
        const after = await ask()
        expect([figures(after.whole), figures(after.split)]).toEqual([figures(before.whole), figures(before.split)])
        metrics.forEach((metric, index) => {
          const lines = before.split[index]!.map(([group]) => group!.usage)
          const total = before.whole[index]![0]![0]!.usage
          expect(lines.reduce((sum, line) => sum + line.events_count, 0)).toBe(total.events_count)
          if (["sum", "count", "custom"].includes(metric.aggregation_type)) {
            expect(Exact.toText(Exact.sum(lines.map(({ value }) => value)), 30)).toBe(Exact.toText(total.value, 30))
          }
        })
        answers[engine.name]!.push([figures(after.whole), figures(after.split)])
      }),
      params
    )
  })

  describe("that were altered by hand", () => {
    const mark = "-altered"
    const sql = (statement: string) => run(Effect.flatMap(SqlClient.SqlClient, (client) => client.unsafe(statement)))
    const events = [10, 20, 70, 1500, 1510].map((minute) => ({
      code: "sum" as const,
      minute,
      subscription: "s",
      v: "1.5",
      region: "eu",
      size: "m"
    }))

    beforeAll(async () => {
      await declare(mark, true)
      await run(Effect.flatMap(Events, (service) => service.ingest(events.map((drawn, index) => inputOf(drawn, mark, index)))))
    })

    it("are named by the hour or day, and put right by a recount of their days", async () => {
      const where = `code = 'sum${mark}'`
      await sql(`UPDATE usage_slots SET low = low + 1 WHERE ${where} AND width = 24 AND hour = ${(START / HOUR) | 0}`)
      await sql(`UPDATE usage_slots SET events_count = 7 WHERE ${where} AND width = 1 AND hour = ${START / HOUR + 1}`)
      await sql(`DELETE FROM usage_slots WHERE ${where} AND width = 1 AND hour = ${START / HOUR + 25}`)
      const wrong = await wrongOf(mark)
      expect(wrong.map(({ counted, kept, slot }) => [slot.width, slot.hour - START / HOUR, kept, counted]).sort()).toEqual([
        [1, 1, 7n, 1n],
        [1, 25, 0n, 2n],
        [24, 0, 3n, 3n]
      ])
      const [metric] = (await metricsOf(mark)).filter(({ code }) => code.startsWith("sum"))
      const recount = (from: number, to: number) =>
        run(
          Effect.gen(function* () {
            const deps = { metrics: yield* MetricStore, slots: yield* SlotStore, unit: yield* Transactor }
            return yield* recountSlots(deps, metric!, daysOf(from, to))
          })
        )
      expect((await recount(START + DAY, START + DAY + 1)).corrected).toBe(1)
      expect(await wrongOf(mark)).toHaveLength(2)
      expect(await recount(START, START + DAY)).toEqual({ slots: 3, corrected: 2 })
      expect(await wrongOf(mark)).toEqual([])
    })
  })
})

it("slots of both engines answer equally for the same random histories", () => {
  expect(answers.SQLite!.length).toBeGreaterThan(0)
  expect(answers.SQLite).toEqual(answers.Postgres)
})
