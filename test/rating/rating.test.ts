/** Windows of many subscriptions rated at once, from the database: the same lines as from the events one by one. */
import { Effect, Either, Layer } from "effect"
import { beforeAll, expect, it } from "vitest"
import { storesLayer } from "../../adapters/sql/stores.js"
import { type Charge, ChargeFilterId, ChargeId, type ChargeTerms, CustomFunctions, PlanId } from "../../src/catalog/index.js"
import { type CurrentOrganization, instant, type OrganizationId } from "../../src/core/index.js"
import { type BillableMetric, type EventInput, Events, Metrics, recount } from "../../src/metering/index.js"
import { type CompiledCharge, compileCharge, linesOf, type RatedLine, Rating, type RatingWindow } from "../../src/rating/index.js"
import { meteringLayer } from "../support/catalog.js"
import { describeEngines, type EngineServices } from "../support/describe-engines.js"

const FROM = Date.UTC(2026, 2, 1)
const TO = Date.UTC(2026, 3, 1)
const DAY = 86_400_000

const functions: ReadonlyMap<string, (input: { readonly units: string; readonly events_count: number }) => string> = new Map([
  ["calls", ({ events_count, units }) => `${Number(units) * 10 + events_count}.5`]
])

let ids = 0
const id = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, "0")}`

const charge = (organization_id: OrganizationId, metric: BillableMetric, given: Partial<Charge>): ChargeTerms => ({
  metric,
  charge: {
    id: ChargeId.make(id()),
    organization_id,
    plan_id: PlanId.make(id()),
    billable_metric_id: metric.id,
    charge_model: "standard",
    properties: { amount: "1" },
    pay_in_advance: false,
    invoiceable: true,
    prorated: false,
    min_amount_cents: 0n,
    invoice_display_name: null,
    position: 0,
    retired_at: null,
    filters: [],
    created_at: instant(0),
    updated_at: instant(0),
    ...given
  }
})

const filter = (values: Readonly<Record<string, ReadonlyArray<string>>>, properties: Readonly<Record<string, unknown>>) => ({
  id: ChargeFilterId.make(id()),
  charge_id: ChargeId.make(id()),
  values,
  properties,
  invoice_display_name: null
})

const window = (subscription: string, charges: ReadonlyArray<ChargeTerms>, more: Partial<RatingWindow> = {}): RatingWindow => ({
  subscription_id: subscription,
  external_subscription_id: subscription,
  external_customer_id: `customer of ${subscription}`,
  started_at: instant(FROM - 100 * DAY),
  from: instant(FROM),
  to: instant(TO),
  full_from: instant(FROM),
  full_to: instant(TO),
  days: 31,
  full_days: 31,
  superseded: false,
  timezone: "UTC",
  currency_exponent: 2,
  rounding_mode: "half_away",
  charges,
  siblings: [
    {
      subscription_id: subscription,
      stretches: [{ from: instant(FROM - 100 * DAY), to: null, metric_ids: new Set(charges.map(({ metric }) => metric.id)) }]
    }
  ],
  priced_next: new Set(),
  corrected: [],
  ...more
})

const told = (lines: ReadonlyArray<RatedLine>) =>
  lines.map((line) => ({
    charge: line.charge.id,
    kind: line.kind,
    ...(line.kind === "usage" ? { filter: line.filter?.id ?? null, group: line.group, text: line.explain().text } : {}),
    events_count: line.events_count,
    fee: line.fee
  }))

describeEngines("rating", (engine) => {
  type Needed = Rating | Events | Metrics | EngineServices | CurrentOrganization
  const services = Layer.provideMerge(Rating.layer, Layer.merge(meteringLayer, storesLayer)).pipe(
    Layer.provide(Layer.succeed(CustomFunctions, functions))
  )
  const run = <A, E>(effect: Effect.Effect<A, E, Needed>) => engine.run(Effect.provide(effect, services))
  const rate = (windows: ReadonlyArray<RatingWindow>, minimum_spend = true) =>
    run(Effect.flatMap(Rating, (rating) => rating.rateWindows(windows, { minimum_spend })))

  let calls: BillableMetric
  let seats: BillableMetric
  let events: ReadonlyArray<EventInput & { readonly at: number }>

  beforeAll(async () => {
    ;[calls, seats] = await run(
      Effect.flatMap(Metrics, (metrics) =>
        Effect.all([
          metrics.create({
            code: "calls",
            name: "Calls",
            aggregation_type: "sum",
            field_name: "n",
            filters: [{ key: "region", values: ["eu", "us"] }]
          }),
          metrics.create({ code: "seats", name: "Seats", aggregation_type: "unique_count", field_name: "seat", recurring: true })
        ])
      )
    )
    events = Array.from({ length: 300 }, (_, index) => {
      const at = FROM + ((index * 7_919_000_011) % (40 * DAY)) - 5 * DAY
      const subscription = `s${index % 3}`
      return {
        transaction_id: `t${index}`,
        external_customer_id: `customer of ${subscription}`,
        external_subscription_id: index % 2 === 0 ? subscription : null,
        code: index % 4 === 3 ? "seats" : "calls",
        timestamp: new Date(at),
        at,
        properties: {
          n: String((index % 9) - 1),
          region: ["eu", "us", "mars", undefined][index % 4],
          team: ["a", "b"][index % 2],
          seat: `seat ${index % 7}`,
          operation_type: index % 5 === 0 ? "remove" : "add"
        }
      }
    })
    await run(Effect.flatMap(Events, (service) => service.ingest(events.map(({ at: _, ...event }) => event))))
  })

  /** The lines as they come from the events one by one. */
  const expected = (given: RatingWindow, minimum: boolean) =>
    given.charges.flatMap((terms) => {
      const compiled: CompiledCharge = Either.getOrThrow(compileCharge(terms, given.currency_exponent, functions as never))
      const own = events
        .filter((event) => event.code === terms.metric.code && event.external_customer_id === given.external_customer_id)
        .map(({ at, properties }) => ({ at, properties: properties ?? {}, precise_total_amount_cents: null }))
      const usage = recount(terms.metric, given, compiled.buckets, own, compiled.needs)
      return Either.getOrThrow(linesOf(compiled, usage, given, minimum))
    })

  const charges = (): ReadonlyArray<ChargeTerms> => [
    charge(engine.organization, calls, {
      properties: { amount: "0.333" },
      filters: [filter({ region: ["eu"] }, { amount: "2" }), filter({ region: ["*"] }, { amount: "3.5", pricing_group_keys: ["team"] })],
      min_amount_cents: 500_000n
    }),
    charge(engine.organization, calls, {
      charge_model: "percentage",
      properties: { rate: "1.5", fixed_amount: "0.1", free_units_per_events: "3" }
    }),
    charge(engine.organization, calls, { charge_model: "custom", properties: {} }),
    charge(engine.organization, seats, { prorated: true, properties: { amount: "31" } }),
    charge(engine.organization, seats, {
      charge_model: "graduated",
      properties: {
        graduated_ranges: [
          { from_value: "0", to_value: "2", per_unit_amount: "5", flat_amount: "1" },
          { from_value: "3", to_value: null, per_unit_amount: "4", flat_amount: "0" }
        ]
      }
    })
  ]

  it("prices many windows at once as each by itself, with and without minimum spends", async () => {
    const plan = charges()
    const part = { to: instant(FROM + 10 * DAY), days: 10, superseded: false }
    const windows = [window("s0", plan), window("s1", plan, part), window("s2", plan.slice(1)), window("nobody", plan)]
    for (const minimum of [true, false]) {
      const rated = await rate(windows, minimum)
      for (const [index, given] of windows.entries()) {
        expect(told(Either.getOrThrow(rated[index]!))).toEqual(told(expected(given, minimum)))
      }
      expect(told(Either.getOrThrow(rated[0]!)).some(({ kind }) => kind === "minimum")).toBe(minimum)
    }
  })

  it("answers the reason for a window that cannot be rated, and the others all the same", async () => {
    const unratable = charge(engine.organization, seats, { charge_model: "custom", properties: {} })
    const [broken, whole] = await rate([window("s0", [unratable]), window("s0", charges().slice(0, 1))])
    expect(Either.isLeft(broken!) && broken.left).toMatchObject({ _tag: "ChargeNotRatable" })
    expect(Either.isRight(whole!)).toBe(true)
  })

  it("leaves charges in advance out, and recurring metrics that the next plan prices too, but for those billed by days", async () => {
    const [byDays, tiers] = charges().slice(3) as [ChargeTerms, ChargeTerms]
    const inAdvance = charge(engine.organization, calls, { pay_in_advance: true })
    const changed = { priced_next: new Set([seats.id]), superseded: true, to: instant(FROM + 10 * DAY + 1), days: 10 }
    const [rated] = await rate([window("s0", [inAdvance, byDays, tiers], changed)])
    expect([...new Set(Either.getOrThrow(rated!).map((line) => line.charge.id))]).toEqual([byDays.charge.id])
  })

  it("gives unnamed events to the older subscription of the customer", async () => {
    const terms = charge(engine.organization, calls, {})
    const stretch = { from: instant(FROM - 100 * DAY), to: null, metric_ids: new Set([calls.id]) }
    const siblings = ["s0", "younger"].map((subscription_id) => ({ subscription_id, stretches: [stretch] }))
    const older = window("s0", [terms], { siblings })
    const younger = window("younger", [terms], { siblings, external_customer_id: "customer of s0" })
    const [first, second] = (await rate([older, younger])).map((each) => told(Either.getOrThrow(each)))
    expect(first).toEqual(told(expected(older, true)))
    expect(second).toEqual([])
  })
})
