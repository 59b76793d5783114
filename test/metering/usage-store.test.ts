/** Usage in SQL equals usage folded from the events, on both engines, in any order and any batching. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Either, Layer } from "effect"
import fc from "fast-check"
import { beforeAll, expect, it } from "vitest"
import { eventStoreLayer } from "../../adapters/sql/metering/event-store.js"
import { metricStoreLayer } from "../../adapters/sql/metering/metric-store.js"
import { usageStoreLayer } from "../../adapters/sql/metering/usage/usage-store.js"
import { arrivalsLayer } from "../../adapters/sql/subscriptions/arrivals.js"
import { type CurrentOrganization, Exact, instant, type UsagePeriod } from "../../src/core/index.js"
import {
  type Buckets,
  type BucketUsage,
  type EventInput,
  Events,
  type MetricDefinition,
  Metrics,
  type Needs,
  recount,
  type Subject,
  type UsageRequest,
  UsageStore,
  validateMetric
} from "../../src/metering/index.js"
import { describeEngines, type EngineServices } from "../support/describe-engines.js"
import { nobodyBills } from "../support/metering.js"

const services = Layer.mergeAll(Events.layer, Metrics.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(eventStoreLayer, metricStoreLayer, usageStoreLayer, arrivalsLayer, nobodyBills))
)

const DEFINITIONS: Readonly<Record<string, Parameters<typeof validateMetric>[0]>> = {
  count: { aggregation_type: "count" },
  count_so_far: { aggregation_type: "count", recurring: true },
  sum: { aggregation_type: "sum", field_name: "v" },
  sum_so_far: { aggregation_type: "sum", field_name: "v", recurring: true, rounding_function: "ceil", rounding_precision: 1 },
  max: { aggregation_type: "max", field_name: "v" },
  max_so_far: { aggregation_type: "max", field_name: "v", recurring: true },
  latest: { aggregation_type: "latest", field_name: "v" },
  latest_so_far: { aggregation_type: "latest", field_name: "v", recurring: true },
  items: { aggregation_type: "unique_count", field_name: "item" },
  items_so_far: { aggregation_type: "unique_count", field_name: "item", recurring: true },
  level: { aggregation_type: "weighted_sum", field_name: "v" },
  delta_so_far: { aggregation_type: "weighted_sum", field_name: "v", value_mode: "delta", recurring: true },
  custom: { aggregation_type: "custom", expression: "if(v > 0, v / 3, w * 2)" }
}

/** Keys that metrics declare, by which their slots are split; those of the others are found among the events. */
const FILTERS: Readonly<Record<string, ReadonlyArray<string>>> = {
  sum: ["size", "region"],
  sum_so_far: ["a.b", "region", "size"],
  max: ["region"],
  count: ["region", "a.b", 'quo"te']
}

const definition = (code: string): MetricDefinition & { readonly code: string } => ({
  ...Either.getOrThrow(validateMetric(DEFINITIONS[code]!)),
  code
})

/** Two months of hours, so that instants meet; a third of them before the period. */
const HOUR = 3_600_000
const START = Date.UTC(2026, 1, 15)
const FROM = Date.UTC(2026, 2, 1)
const TO = Date.UTC(2026, 3, 1)

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -50, max: 200 }).map((n) => (n % 3 === 0 ? n : String(n / 4))) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("0.1234567", "12345678901", 12_345_678_901_234, "0.000000000000001", "-0", "007.50", "1.50000000")
  },
  { weight: 1, arbitrary: fc.constantFrom("123456789012345678.5", "0.0000000000000000001", "9007199254740993", 1e21) },
  { weight: 1, arbitrary: fc.constantFrom("1e3", "", " 5", true, null, "many", [1]) }
)

const text = fc.constantFrom<unknown>("a", "a", "a", "b", "1", 1, true, "", "", null, undefined, "ü x.y", ["a"], 0.1)

const event = fc.record({
  // Few hours, so that many events share an instant.
  hour: fc.oneof(
    fc.nat(24 * 60),
    fc.constantFrom(300, 340, 341),
    fc.nat(24 * 600).map((tenths) => tenths / 10)
  ),
  customer: fc.constantFrom("c", "d"),
  subscription: fc.constantFrom(null, "s", "s", "s", "s2"),
  price: fc.constantFrom(null, null, "12.5", "-0.000000000000001"),
  properties: fc.record(
    {
      v: value,
      w: value,
      item: fc.constantFrom<unknown>("x", "x", "x", "y", "1", 1, "", null),
      operation_type: fc.constantFrom("add", "remove", "remove", "remove", "other"),
      region: text,
      size: text,
      "a.b": text,
      'quo"te': text,
      unit_price: value,
      quantity: value
    },
    { requiredKeys: ["v", "item"] }
  )
})
type Drawn = typeof event extends fc.Arbitrary<infer A> ? A : never

const key = fc.constantFrom("region", "size", "a.b")

const terms = fc.record({
  group_by: fc.uniqueArray(fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: fc.constant('quo"te') }), { maxLength: 2 }),
  prices: fc.constant(null)
})

const buckets: fc.Arbitrary<Buckets> = fc.record({
  filters: fc.array(
    fc
      .tuple(
        terms,
        fc.uniqueArray(fc.tuple(key, fc.uniqueArray(fc.constantFrom("a", "b", "1", "true"), { minLength: 1, maxLength: 3 })), {
          minLength: 1,
          maxLength: 2,
          selector: ([name]) => name
        })
      )
      .map(([own, values]) => ({ ...own, values })),
    { maxLength: 3 }
  ),
  own: terms
})

const period: fc.Arbitrary<UsagePeriod> = fc
  .tuple(
    fc.boolean(),
    fc.constantFrom("UTC", "Europe/Oslo", "America/St_Johns"),
    fc.integer({ min: 1, max: 31 * 240 }).map((tenths) => tenths / 10)
  )
  .map(([whole, timezone, hours]) => ({
    from: instant(FROM),
    to: instant(whole ? TO : Math.round(FROM + hours * HOUR)),
    full_from: instant(FROM),
    full_to: instant(TO),
    timezone,
    superseded: !whole
  }))

const subject: fc.Arbitrary<Subject> = fc.record({
  external_subscription_id: fc.constantFrom("s", "s", "s2", "s3"),
  external_customer_id: fc.constantFrom("c", "d"),
  since: fc.constantFrom(0, START + 100 * HOUR, START + 100.25 * HOUR),
  owned: fc.constantFrom(
    [],
    [{ from: 0, to: Date.UTC(10_000, 0, 1) }],
    [
      { from: START + 200 * HOUR, to: FROM + 50.5 * HOUR },
      { from: FROM + 80.25 * HOUR, to: FROM + 300 * HOUR }
    ]
  )
})

/** Few metrics in a run, so that each has many events. */
const requestOf = (codes: ReadonlyArray<string>): fc.Arbitrary<UsageRequest> =>
  fc
    .tuple(fc.constantFrom(...codes), subject, period, buckets, fc.boolean(), fc.boolean(), fc.boolean())
    .map(([code, whose, over, given, simple, event_values, special]) => {
      const metric = definition(code)
      const prorated = special && metric.recurring && ["sum", "unique_count"].includes(metric.aggregation_type)
      const prices = special && code === "sum" ? { price_field: "unit_price", quantity_field: "quantity", exponent: 2 as const } : null
      const plain: Buckets = { filters: [], own: { group_by: [], prices } }
      const needs: Needs = { prorated, event_values: event_values && metric.aggregation_type !== "weighted_sum" }
      const split: Buckets = { filters: given.filters.map((filter) => ({ ...filter, prices })), own: { ...given.own, prices } }
      return { subject: whose, metric, period: over, buckets: simple ? plain : split, needs }
    })

const codes = fc.uniqueArray(fc.constantFrom(...Object.keys(DEFINITIONS)), { minLength: 1, maxLength: 2 })

const requests = codes.chain((few) => fc.array(requestOf(few), { minLength: 1, maxLength: 12 }))

/** Which of the events a request reads, by the rules of ownership. */
const readBy = ({ metric, subject: whose }: UsageRequest, events: ReadonlyArray<EventInput & { readonly at: number }>) =>
  events
    .filter(
      (each) =>
        each.code === metric.code &&
        each.at >= whose.since &&
        (each.external_subscription_id == null
          ? each.external_customer_id === whose.external_customer_id && whose.owned.some(({ from, to }) => from <= each.at && each.at < to)
          : each.external_subscription_id === whose.external_subscription_id)
    )
    .map((each) => ({
      at: each.at,
      properties: each.properties ?? {},
      precise_total_amount_cents: each.precise_total_amount_cents ?? null
    }))

const figure = (exact: Exact.Exact) => Exact.toText(exact, 40)

/** Figures as texts, so that what is equal looks equal. */
const shown = (usage: ReadonlyArray<BucketUsage>) =>
  usage.map((bucket) =>
    bucket.map(({ group, usage: line }) => ({
      group,
      events_count: line.events_count,
      value: figure(line.value),
      ...(line.level === undefined ? {} : { level: figure(line.level) }),
      ...(line.full_units === undefined ? {} : { full_units: figure(line.full_units) }),
      ...(line.event_values === undefined ? {} : { event_values: line.event_values.map(figure) }),
      ...(line.movements === undefined
        ? {}
        : { movements: line.movements.map((step) => [figure(step.units), figure(step.prorated_units)]) }),
      ...(line.precise_total_amount_cents === undefined ? {} : { prices: figure(line.precise_total_amount_cents) })
    }))
  )

describeEngines("usage", (engine) => {
  type Needed = Events | Metrics | UsageStore | EngineServices | CurrentOrganization
  const run = <A, E>(effect: Effect.Effect<A, E, Needed>) => engine.run(Effect.provide(effect, services))
  const aggregate = (requests: ReadonlyArray<UsageRequest>) => Effect.flatMap(UsageStore, (store) => store.aggregate(requests))

  beforeAll(() =>
    run(
      Effect.flatMap(Metrics, (metrics) =>
        Effect.forEach(Object.entries(DEFINITIONS), ([code, given]) => {
          const filters = (FILTERS[code] ?? []).map((key) => ({ key, values: ["a", "b", "1"] }))
          return metrics.create({ ...(given as object), code, name: code, filters } as never)
        })
      )
    )
  )

  let histories = 0

  /** Stores a history under names of its own, in batches, and answers it with those names. */
  const store = async (drawn: ReadonlyArray<Drawn>, codes: ReadonlyArray<string>, batch: number) => {
    const mark = `-${++histories}`
    const events = drawn.map((each, index) => {
      const at = Math.round(START + each.hour * HOUR)
      return {
        transaction_id: `t${mark}-${index}`,
        external_customer_id: each.customer + mark,
        external_subscription_id: each.subscription === null ? null : each.subscription + mark,
        code: codes[index % codes.length]!,
        timestamp: new Date(at),
        at,
        properties: each.properties,
        precise_total_amount_cents: each.price
      }
    })
    for (let from = 0; from < events.length; from += batch) {
      await run(Effect.flatMap(Events, (service) => service.ingest(events.slice(from, from + batch).map(({ at: _, ...input }) => input))))
    }
    const named = (given: UsageRequest): UsageRequest => ({
      ...given,
      subject: {
        ...given.subject,
        external_customer_id: given.subject.external_customer_id + mark,
        external_subscription_id: given.subject.external_subscription_id + mark
      }
    })
    return { events, named }
  }

  it("equals the fold of the events, for many requests at once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 80 }), requests, fc.integer({ min: 1, max: 40 }), async (drawn, given, batch) => {
        const { events, named } = await store(drawn, [...new Set(given.map(({ metric }) => metric.code))], batch)
        const asked = given.map(named)
        const found = await run(aggregate(asked))
        asked.forEach((each, index) => {
          const expected = recount(each.metric, each.period, each.buckets, readBy(each, events), each.needs)
          expect(shown(found[index]!)).toEqual(shown(expected))
        })
      }),
      { numRuns: 120 }
    )
  })

  it("gives the same for any order and any batching, but for the order of one instant", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(event, { maxLength: 40, selector: ({ hour }) => hour }),
        requests,
        fc.nat(),
        async (drawn, given, seed) => {
          const shuffled = drawn.map((each, index) => ({ each, rank: (index * 7919 + seed) % 104_729 })).sort((a, b) => a.rank - b.rank)
          const first = await store(drawn, [given[0]!.metric.code], 40)
          const second = await store(
            shuffled.map(({ each }) => each),
            [given[0]!.metric.code],
            3
          )
          const [one, other] = [await run(aggregate(given.map(first.named))), await run(aggregate(given.map(second.named)))]
          expect(one.map(shown)).toEqual(other.map(shown))
        }
      ),
      { numRuns: 40 }
    )
  })

  const plainRequest = (code: string, group_by: ReadonlyArray<string> = []): UsageRequest => ({
    subject: { external_subscription_id: "s", external_customer_id: "c", since: 0, owned: [{ from: 0, to: TO }] },
    metric: definition(code),
    period: { from: instant(FROM), to: instant(TO) },
    buckets: { filters: [], own: { group_by, prices: null } },
    needs: { prorated: false, event_values: false }
  })

  const at = (hour: number, properties: Drawn["properties"], subscription: Drawn["subscription"] = "s"): Drawn => ({
    hour: 14 * 24 + hour,
    customer: "c",
    subscription,
    price: null,
    properties
  })

  it("takes the event accepted last at one instant, whatever it names and whatever its other properties are", async () => {
    const drawn = [
      at(5, { v: "1", item: "x", region: "b" }, null),
      at(5, { v: "2", item: "x", region: "a" }),
      at(5, { v: "3", item: "x", region: "b" }, null),
      at(4, { v: "4", item: "x" })
    ]
    const other = { values: [["region", ["z"]] as const], group_by: [], prices: null }
    for (const [order, value] of [
      [drawn, "3"],
      [[...drawn].reverse(), "1"],
      [[drawn[2]!, drawn[0]!, drawn[1]!], "2"]
    ] as const) {
      const { named } = await store(order, ["latest"], 10)
      const plain = named(plainRequest("latest"))
      const found = await run(aggregate([plain, { ...plain, buckets: { filters: [other], own: plain.buckets.own } }]))
      expect(found.map((usage) => Exact.toText(usage.at(-1)![0]!.usage.value))).toEqual([value, value])
    }
  })

  it("switches an item in the order of acceptance at one instant, in one group where the value is empty or missing", async () => {
    const drawn = [
      at(5, { v: "1", item: "x", operation_type: "remove", region: "" }),
      at(5, { v: "1", item: "x" }),
      at(6, { v: "1", item: "y", operation_type: "remove", region: null }),
      at(6, { v: "1", item: "y" })
    ]
    for (const group_by of [[], ["region"]]) {
      const { named } = await store(drawn, ["items"], 10)
      const [found] = await run(aggregate([named(plainRequest("items", group_by))]))
      expect(found![0]).toHaveLength(1)
      expect(Exact.toText(found![0]![0]!.usage.value)).toBe("2")
      expect(found![0]![0]!.usage.events_count).toBe(4)
    }
  })

  it("adds up what passes any whole number of the engine", async () => {
    const many: ReadonlyArray<Drawn> = Array.from({ length: 1500 }, (_, index) => ({
      hour: 14 * 24 + (index % 700),
      customer: "c",
      subscription: "s",
      price: null,
      properties: { v: "8999999999", item: "x" }
    }))
    const { named } = await store(many, ["sum"], 1500)
    const whose = { external_subscription_id: "s", external_customer_id: "c", since: 0, owned: [] }
    const over = { from: instant(FROM), to: instant(TO) }
    const asked = named({
      subject: whose,
      metric: definition("sum"),
      period: over,
      buckets: { filters: [], own: { group_by: [], prices: null } },
      needs: { prorated: false, event_values: false }
    })
    const [found] = await run(aggregate([asked]))
    expect(Exact.toText(found![0]![0]!.usage.value)).toBe("13499999998500")
  })

  it("asks as many statements for a thousand requests as for one of each kind", async () => {
    const over = { from: instant(FROM), to: instant(TO) }
    const asked = (subscription: string): ReadonlyArray<UsageRequest> =>
      Object.keys(DEFINITIONS).map((code) => ({
        subject: { external_subscription_id: subscription, external_customer_id: "c", since: 0, owned: [{ from: 0, to: TO }] },
        metric: definition(code),
        period: over,
        buckets: { filters: [], own: { group_by: [], prices: null } },
        needs: { prorated: false, event_values: false }
      }))
    const counted = async (requests: ReadonlyArray<UsageRequest>) => {
      let statements = 0
      const counting = Effect.map(
        SqlClient.SqlClient,
        (sql) =>
          new Proxy(sql, {
            apply: (target, self, args) => {
              if (Array.isArray(args[0])) statements += String(args[0].join("")).trimStart().startsWith("SELECT") ? 1 : 0
              return Reflect.apply(target as never, self, args)
            }
          })
      )
      await engine.run(
        aggregate(requests).pipe(Effect.provide(usageStoreLayer), Effect.provideServiceEffect(SqlClient.SqlClient, counting))
      )
      return statements
    }
    const few = await counted(asked("s"))
    expect(few).toBeGreaterThan(0)
    expect(await counted(Array.from({ length: 80 }, (_, index) => asked(`s${index}`)).flat())).toBe(few)
  })
})
