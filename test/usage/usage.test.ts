/** Reads of usage on both engines: as the invoice will be, at the end of the period, day by day, and with one event more. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import type { CurrentOrganization } from "../../src/core/index.js"
import { Events } from "../../src/metering/index.js"
import { type EstimateInput, Usage, type UsageShape } from "../../src/usage/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const usage = <A, E>(tenant: Tenant, use: (service: UsageShape) => Effect.Effect<A, E, CurrentOrganization>) =>
  tenant.run(Effect.flatMap(Usage, use))
const refused = <A, E>(tenant: Tenant, use: (service: UsageShape) => Effect.Effect<A, E, CurrentOrganization>) =>
  tenant.fail(Effect.flatMap(Usage, use))

const S = { external_id: "s" }
const graduated = {
  charge_model: "graduated",
  properties: {
    graduated_ranges: [
      { from_value: "0", to_value: "10", per_unit_amount: "1", flat_amount: "0" },
      { from_value: "11", to_value: "20", per_unit_amount: "2", flat_amount: "4" },
      { from_value: "21", to_value: null, per_unit_amount: "3", flat_amount: "9" }
    ]
  }
} as const
const standard = (amount: string) => ({ charge_model: "standard", properties: { amount } }) as const

describeBilling("usage", (host) => {
  /** The bill of pricing.md 11 in the making: a subscription `s` of the whole of March, seen on the 15th. */
  const compute = async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("compute", {
      aggregation_type: "sum",
      field_name: "hours",
      filters: [{ key: "region", values: ["eu", "us"] }]
    })
    await tenant.plan({
      code: "p",
      amount_cents: "5000",
      charges: [
        {
          metric_code: "compute",
          charge_model: "graduated",
          min_amount_cents: "5000",
          properties: {
            graduated_ranges: [
              { from_value: "0", to_value: "100", per_unit_amount: "0.12", flat_amount: "5" },
              { from_value: "101", to_value: null, per_unit_amount: "0.10", flat_amount: "0" }
            ]
          },
          filters: [
            {
              values: { region: "eu" },
              properties: { graduated_ranges: [{ from_value: "0", to_value: null, per_unit_amount: "0.20", flat_amount: "0" }] }
            }
          ]
        }
      ]
    })
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    for (const properties of [
      { hours: "80", region: "eu" },
      { hours: "60", region: "us" },
      { hours: "70.5" },
      { hours: "3", region: "eu" },
      { hours: "many", region: "us" }
    ]) {
      await tenant.ingest("compute", "2026-03-10T12:00:00Z", { properties })
    }
    tenant.at("2026-03-15T12:00:00Z")
    return tenant
  }

  it("shows the running period by charge and filter, priced as the invoice will be, without its minimum spend", async () => {
    const tenant = await compute()
    const current = await usage(tenant, (service) => service.current(S))
    expect(current).toMatchObject({ external_subscription_id: "s", external_customer_id: "c", currency: "EUR", amount_cents: 3665n })
    expect(current.period_start.epochMillis).toBe(Date.UTC(2026, 2, 1))
    expect(current.period_end.epochMillis).toBe(Date.UTC(2026, 3, 1))
    expect(current.charges).toMatchObject([
      {
        metric_code: "compute",
        charge_model: "graduated",
        units: "213.5",
        events_count: 4,
        amount_cents: 3665n,
        lines: [
          { filter: { region: ["eu"] }, units: "83", events_count: 2, amount_cents: 1660n, precise_unit_amount: "0.2" },
          { filter: null, charge_filter_id: null, units: "130.5", events_count: 2, amount_cents: 2005n }
        ]
      }
    ])
    await tenant.bill("2026-04-01T00:00:00Z")
    const [document] = await tenant.invoices()
    const charges = document!.fees.filter((fee) => fee.fee_type === "charge" && fee.properties.reason === undefined)
    expect(charges.map((fee) => [fee.units, fee.events_count, fee.amount_cents])).toEqual(
      current.charges[0]!.lines.map((line) => [line.units, line.events_count, line.amount_cents])
    )
  })

  it("shows past periods as they were billed, minimum spends included, latest first", async () => {
    const tenant = await compute()
    await tenant.bill("2026-05-01T00:00:00Z")
    const past = await usage(tenant, (service) => service.past(S))
    expect(past.map(({ amount_cents, period_start }) => [period_start.epochMillis, amount_cents])).toEqual([
      [Date.UTC(2026, 3, 1), 5000n],
      [Date.UTC(2026, 2, 1), 5000n]
    ])
    expect(past[1]).toMatchObject({
      currency: "EUR",
      charges: [{ metric_code: "compute", units: "213.5", events_count: 4, lines: [{}, {}, { reason: "minimum", amount_cents: 1335n }] }]
    })
    expect(await usage(tenant, (service) => service.past(S, { periods_count: 1 }))).toHaveLength(1)
    expect(await refused(tenant, (service) => service.past(S, { periods_count: 37 }))).toMatchObject({ _tag: "InvalidInput" })
    await usage(tenant, (service) => service.past({ external_id: "s" }))
  })

  it("shows past periods less what corrections of late usage gave back, and their fees more", async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("level", { aggregation_type: "latest", field_name: "n" })
    await tenant.plan({ code: "p", charges: [{ metric_code: "level", ...standard("2") }] })
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    await tenant.ingest("level", "2026-03-10T00:00:00Z", { properties: { n: 8 } })
    await tenant.bill("2026-04-01T00:00:00Z")
    await tenant.ingest("level", "2026-03-20T00:00:00Z", { properties: { n: 5 } })
    await tenant.bill("2026-05-01T00:00:00Z")
    const past = await usage(tenant, (service) => service.past(S, { periods_count: 2 }))
    expect(past.map(({ amount_cents }) => amount_cents)).toEqual([0n, 1000n])
    expect(past[1]!.charges).toMatchObject([{ amount_cents: 1000n, lines: [{ amount_cents: 1600n, given_back_cents: 600n }] }])
  })

  it("shows the period of the clock where the billing run is late", async () => {
    const tenant = await compute()
    await tenant.ingest("compute", "2026-05-02T00:00:00Z", { properties: { hours: "10", region: "eu" } })
    tenant.at("2026-05-03T00:00:00Z")
    const current = await usage(tenant, (service) => service.current(S))
    expect(current.period_start.epochMillis).toBe(Date.UTC(2026, 4, 1))
    expect(current.charges[0]!.lines).toMatchObject([
      { units: "10", amount_cents: 200n },
      { units: "0", amount_cents: 500n }
    ])
  })

  it("projects by the days gone, today included, and leaves recurring metrics as they are", async () => {
    const tenant = await host.tenant()
    tenant.at("2026-06-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    await tenant.metric("seats", { aggregation_type: "sum", field_name: "n", recurring: true })
    await tenant.metric("paid", { aggregation_type: "sum", field_name: "amount" })
    await tenant.plan({
      code: "p",
      charges: [
        { metric_code: "calls", ...graduated },
        { metric_code: "seats", ...standard("30") },
        { metric_code: "paid", charge_model: "percentage", properties: { rate: "2", fixed_amount: "0.25" } },
        { metric_code: "calls", ...standard("1"), pay_in_advance: true }
      ]
    })
    await tenant.subscribe("s", "p", { started_at: "2026-06-01T00:00:00Z" })
    await tenant.ingest("calls", "2026-06-02T00:00:00Z", { count: 6 })
    await tenant.ingest("seats", "2026-06-02T00:00:00Z", { properties: { n: 4 } })
    await tenant.ingest("paid", "2026-06-02T00:00:00Z", { count: 3, properties: { amount: "100" } })
    tenant.at("2026-06-15T00:00:00Z")
    const projected = await usage(tenant, (service) => service.projected(S))
    expect(projected).toMatchObject({
      elapsed_days: 15,
      period_days: 30,
      charges: [
        { units: "12", amount_cents: 1800n },
        { units: "4", amount_cents: 12000n },
        { units: "600", amount_cents: 1350n },
        { units: "12", amount_cents: 1200n }
      ],
      amount_cents: 16350n
    })
    tenant.at("2026-06-30T23:59:59Z")
    expect(await usage(tenant, (service) => service.projected(S))).toMatchObject({ charges: [{ units: "6" }, { units: "4" }, {}, {}] })
  })

  it("shows of charges in advance what was billed and the level, each event by itself", async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("units", { aggregation_type: "sum", field_name: "n" })
    await tenant.plan({
      code: "p",
      charges: [
        { metric_code: "units", ...standard("1"), pay_in_advance: true },
        { metric_code: "units", ...standard("0.004"), pay_in_advance: true }
      ]
    })
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    const before = await usage(tenant, (service) => service.current(S))
    expect(before.charges.map(({ lines }) => lines)).toEqual([[], []])
    for (const n of [10, -8, 4, 10]) await tenant.ingest("units", "2026-03-05T00:00:00Z", { properties: { n } })
    await tenant.ingest("units", "2026-03-04T00:00:00Z", { properties: { n: -6 } })
    const current = await usage(tenant, (service) => service.current(S))
    expect(current.charges).toMatchObject([
      {
        pay_in_advance: true,
        amount_cents: 1600n,
        lines: [{ billed_units: "16", current_units: "10", units: "16", events_count: 5, precise_unit_amount: "1" }]
      },
      // 4 cents and 2.4 cents, each rounded for itself.
      { amount_cents: 6n, lines: [{ amount_cents: 6n, precise_amount_cents: "6.4" }] }
    ])
  })

  it("counts each local day by itself, days without events as 0", async () => {
    const tenant = await host.tenant({ customer: { timezone: "America/New_York" } })
    tenant.at("2026-02-20T05:00:00Z")
    await tenant.metric("kwh", { aggregation_type: "sum", field_name: "kwh", recurring: true })
    await tenant.metric("users", { aggregation_type: "unique_count", field_name: "user" })
    await tenant.plan({
      code: "p",
      charges: [
        { metric_code: "kwh", ...standard("1") },
        { metric_code: "users", ...standard("1") }
      ]
    })
    await tenant.subscribe("s", "p", { started_at: "2026-02-20T05:00:00Z" })
    // The last hour of the 7th and the first of the 8th there; that day has 23 hours.
    for (const [at, kwh] of [
      ["2026-03-08T04:30:00Z", "1.5"],
      ["2026-03-08T05:00:00Z", "2"],
      ["2026-03-09T03:59:59.999Z", "4"],
      ["2026-03-09T04:00:00Z", "8"]
    ]) {
      await tenant.ingest("kwh", at!, { properties: { kwh } })
    }
    await tenant.ingest("users", "2026-03-08T12:00:00Z", { count: 3, properties: { user: "a" } })
    tenant.at("2026-03-10T12:00:00Z")
    const trend = (input: Parameters<UsageShape["trend"]>[1]) => usage(tenant, (service) => service.trend(S, input))
    expect(await trend({ metric_code: "kwh", from: "2026-03-06", to: "2026-03-09" })).toEqual([
      { day: "2026-03-06", units: "0", events_count: 0 },
      { day: "2026-03-07", units: "1.5", events_count: 1 },
      { day: "2026-03-08", units: "6", events_count: 2 },
      { day: "2026-03-09", units: "8", events_count: 1 }
    ])
    expect((await trend({ metric_code: "users", from: "2026-03-08", to: "2026-03-09" })).map(({ units }) => units)).toEqual(["1", "0"])
    const month = await trend({ metric_code: "kwh" })
    expect([month.length, month[0]!.day, month.at(-1)!.day]).toEqual([30, "2026-02-09", "2026-03-10"])
    expect(await refused(tenant, (service) => service.trend(S, { metric_code: "none" }))).toMatchObject({ _tag: "MetricNotFound" })
    for (const [from, to] of [
      ["2026-03-09", "2026-03-08"],
      ["2025-03-08", "2026-03-09"],
      ["2026-02-30", "2026-03-09"]
    ]) {
      expect(await refused(tenant, (service) => service.trend(S, { metric_code: "kwh", from: from!, to: to! }))).toMatchObject({
        _tag: "InvalidInput"
      })
    }
  })

  it("estimates an event by the difference that it makes, and stores nothing", async () => {
    const tenant = await compute()
    const before = await usage(tenant, (service) => service.current(S))
    const event: EstimateInput = { external_customer_id: "c", code: "compute", properties: { hours: "100" } }
    const estimate = await usage(tenant, (service) => service.estimate(event))
    expect(estimate).toMatchObject({
      subscription_id: before.subscription_id,
      counted: true,
      reason: null,
      units: "100",
      amount_cents: 1000n,
      precise_amount_cents: "1000",
      precise_unit_amount: "0.1",
      lines: [{ charge_filter_id: null, units: "100", amount_cents: 1000n }]
    })
    expect(await usage(tenant, (service) => service.current(S))).toEqual(before)
    expect((await tenant.run(Effect.flatMap(Events, (events) => events.list({ total: true })))).total).toBe(5)
    await tenant.ingest("compute", "2026-03-15T12:00:00Z", { properties: { hours: "100" } })
    const after = await usage(tenant, (service) => service.current(S))
    expect(after.amount_cents - before.amount_cents).toBe(estimate.amount_cents)
  })

  it("estimates with every filter, group, model and payment in advance of the metric's charges", async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("paid", { aggregation_type: "sum", field_name: "n", filters: [{ key: "kind", values: ["card"] }] })
    const volume = {
      charge_model: "volume",
      properties: {
        volume_ranges: [
          { from_value: "0", to_value: "100", per_unit_amount: "2", flat_amount: "10" },
          { from_value: "101", to_value: null, per_unit_amount: "1", flat_amount: "0" }
        ]
      }
    } as const
    await tenant.plan({
      code: "p",
      charges: [
        {
          metric_code: "paid",
          charge_model: "percentage",
          properties: { rate: "1", fixed_amount: "5", free_units_per_events: "3", free_units_per_total_aggregation: "15" }
        },
        { metric_code: "paid", ...volume, filters: [{ values: { kind: "card" }, properties: { pricing_group_keys: ["who"] } }] },
        { metric_code: "paid", charge_model: "package", properties: { amount: "100", package_size: "10", free_units: "10" } },
        { metric_code: "paid", charge_model: "dynamic", properties: {} },
        { metric_code: "paid", ...graduated, pay_in_advance: true }
      ]
    })
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    tenant.at("2026-03-20T00:00:00Z")
    for (const [n, kind, who] of [
      ["7", "card", "a"],
      ["20.5", null, null],
      ["-3", "card", "a"],
      ["90", "card", "b"],
      ["6", "card", "a"],
      ["0", "card", "c"]
    ]) {
      const properties = { n, kind, who, unit_price: "1.5", quantity: "2" }
      const estimate = await usage(tenant, (service) => service.estimate({ external_subscription_id: "s", code: "paid", properties }))
      const before = await usage(tenant, (service) => service.current(S))
      await tenant.ingest("paid", "2026-03-20T00:00:00Z", { properties })
      const after = await usage(tenant, (service) => service.current(S))
      expect([n, after.amount_cents - before.amount_cents]).toEqual([n, estimate.amount_cents])
    }
  })

  it("says of an event that would not count why, and refuses one that could not be sent", async () => {
    const tenant = await compute()
    const event: EstimateInput = { external_subscription_id: "s", code: "compute", properties: { hours: "many" } }
    expect(await usage(tenant, (service) => service.estimate(event))).toMatchObject({
      counted: false,
      reason: { reason: "not_a_decimal" },
      units: "0",
      amount_cents: 0n,
      lines: []
    })
    const wrong = (input: EstimateInput) => refused(tenant, (service) => service.estimate(input))
    expect(await wrong({ ...event, code: "none" })).toMatchObject({ _tag: "MetricNotFound" })
    expect(await wrong({ ...event, external_subscription_id: "t" })).toMatchObject({ _tag: "SubscriptionNotFound", id: "t" })
    expect(await wrong({ code: "compute", external_customer_id: "d" })).toMatchObject({ _tag: "CustomerNotFound", id: "d" })
    expect(await wrong({ code: "compute" })).toMatchObject({ _tag: "InvalidInput", field: "external_customer_id" })
    expect(await wrong({ ...event, timestamp: "2026-04-01T00:00:00Z" })).toMatchObject({ _tag: "InvalidInput", field: "timestamp" })
    expect(await wrong({ ...event, precise_total_amount_cents: "1e3" })).toMatchObject({ field: "precise_total_amount_cents" })
  })

  it("prices an event by itself where its models need no history", async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    for (const code of ["a", "b"]) await tenant.metric(code, { aggregation_type: "sum", field_name: "n" })
    await tenant.plan({
      code: "p",
      charges: [
        { metric_code: "a", ...standard("0.5") },
        {
          metric_code: "a",
          charge_model: "percentage",
          properties: { rate: "2", fixed_amount: "0.25", free_units_per_events: "5" }
        },
        { metric_code: "b", ...graduated }
      ]
    })
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    const alone = (code: string, n: string) =>
      usage(tenant, (service) => service.estimateInstant({ external_subscription_id: "s", code, properties: { n } }))
    expect(await alone("a", "100")).toMatchObject({ amount_cents: 5225n, lines: [{ amount_cents: 5000n }, { amount_cents: 225n }] })
    expect(await alone("a", "-100")).toMatchObject({ amount_cents: 0n })
    expect(await alone("b", "100")).toBeNull()
  })

  it("finds an event's subscription as ingestion will: the oldest that prices the metric", async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    for (const code of ["a", "b"]) await tenant.metric(code, { aggregation_type: "count" })
    await tenant.plan({ code: "p", charges: [{ metric_code: "a", ...standard("1") }] })
    await tenant.plan({
      code: "q",
      charges: [
        { metric_code: "a", ...standard("2") },
        { metric_code: "b", ...standard("3") }
      ]
    })
    const p = await tenant.subscribe("p", "p", { started_at: "2026-03-01T00:00:00Z" })
    const q = await tenant.subscribe("q", "q", { started_at: "2026-03-01T00:00:00Z" })
    const of = (code: string) => usage(tenant, (service) => service.estimate({ external_customer_id: "c", code }))
    expect(await of("a")).toMatchObject({ subscription_id: p.id, amount_cents: 100n })
    expect(await of("b")).toMatchObject({ subscription_id: q.id, amount_cents: 300n })
    await tenant.metric("z", { aggregation_type: "count" })
    expect(await refused(tenant, (service) => service.estimate({ external_customer_id: "c", code: "z" }))).toMatchObject({
      _tag: "SubscriptionNotFound"
    })
  })

  it("has no running period before the start and after the end, and none of another organization", async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.plan({ code: "p" })
    await tenant.subscribe("s", "p", { started_at: "2026-03-05T00:00:00Z", ending_at: "2026-03-10T00:00:00Z" })
    expect(await refused(tenant, (service) => service.current(S))).toMatchObject({ _tag: "InvalidTransition", from: "pending" })
    tenant.at("2026-03-06T00:00:00Z")
    const current = await usage(tenant, (service) => service.current(S))
    expect([current.period_start.epochMillis, current.period_end.epochMillis]).toEqual([Date.UTC(2026, 2, 5), Date.UTC(2026, 2, 10)])
    tenant.at("2026-03-10T00:00:00Z")
    expect(await refused(tenant, (service) => service.projected(S))).toMatchObject({ _tag: "InvalidTransition" })
    const other = await host.tenant()
    expect(await refused(other, (service) => service.current({ id: current.subscription_id }))).toMatchObject({
      _tag: "SubscriptionNotFound"
    })
  })
})
