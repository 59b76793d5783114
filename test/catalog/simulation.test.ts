/** Simulation, deletion and search of plans on both engines. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Plans, type PlansShape, type SimulatePlanInput } from "../../src/catalog/index.js"
import type { CurrentOrganization } from "../../src/core/index.js"
import { UsageThresholds } from "../../src/invoicing/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const plans = <A, E>(tenant: Tenant, use: (service: PlansShape) => Effect.Effect<A, E, CurrentOrganization>) =>
  tenant.run(Effect.flatMap(Plans, use))
const refused = <A, E>(tenant: Tenant, use: (service: PlansShape) => Effect.Effect<A, E, CurrentOrganization>) =>
  tenant.fail(Effect.flatMap(Plans, use))

const standard = (amount: string) => ({ charge_model: "standard", properties: { amount } }) as const

describeBilling("plans", (host) => {
  const open = async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count", filters: [{ key: "kind", values: ["voice", "data"] }] })
    await tenant.metric("paid", { aggregation_type: "sum", field_name: "amount" })
    return tenant
  }

  it("simulates every charge for its units, beside the base amount", async () => {
    const tenant = await open()
    const plan = await tenant.plan({
      code: "p",
      amount_cents: "4900",
      charges: [
        {
          metric_code: "calls",
          charge_model: "graduated",
          properties: {
            graduated_ranges: [
              { from_value: "0", to_value: "100", per_unit_amount: "1", flat_amount: "10" },
              { from_value: "101", to_value: null, per_unit_amount: "0.5", flat_amount: "5" }
            ]
          },
          filters: [
            {
              values: { kind: "voice" },
              properties: { graduated_ranges: [{ from_value: "0", to_value: null, per_unit_amount: "2", flat_amount: "0" }] }
            }
          ]
        },
        { metric_code: "paid", charge_model: "percentage", properties: { rate: "2.5", fixed_amount: "0.25" } },
        { metric_code: "calls", ...standard("0.0033"), pay_in_advance: true }
      ]
    })
    const simulate = (input: SimulatePlanInput) => plans(tenant, (service) => service.simulate({ code: "p" }, input))
    // 100 at 1 and 50 at 0.5 with both flat amounts; 2.5 % of 1000 and the fixed amount once; 150 at 0.0033.
    expect(
      await simulate({
        charges: [
          { metric_code: "calls", units: "150" },
          { metric_code: "paid", units: "1000" }
        ]
      })
    ).toMatchObject({
      version: 1,
      currency: "EUR",
      base_amount_cents: 4900n,
      lines: [
        { metric_code: "calls", units: "150", amount_cents: 14_000n, rows: [{}, {}] },
        { metric_code: "paid", units: "1000", amount_cents: 2_525n },
        { charge_model: "standard", amount_cents: 50n, precise_amount_cents: "49.5" }
      ],
      amount_cents: 4900n + 14_000n + 2_525n + 50n
    })
    const [graduated] = plan.charges
    const filter = graduated!.filters[0]!.id
    expect(await simulate({ units: "1", charges: [{ charge_id: graduated!.id, charge_filter_id: filter, units: "3" }] })).toMatchObject({
      lines: [
        { charge_filter_id: filter, units: "3", amount_cents: 600n },
        { charge_filter_id: null, units: "1", amount_cents: 1100n },
        { metric_code: "paid", amount_cents: 28n },
        { units: "1", amount_cents: 0n }
      ]
    })
    // The first tier's flat amount is due without usage; what comes to nothing is left out.
    expect(await simulate({})).toMatchObject({ lines: [{ units: "0", amount_cents: 1000n }], amount_cents: 5900n })
  })

  it("refuses units that are none, and charges and filters that the plan does not have", async () => {
    const tenant = await open()
    await tenant.plan({
      code: "p",
      charges: [{ metric_code: "paid", charge_model: "custom", properties: {} }]
    })
    const wrong = (input: SimulatePlanInput) => refused(tenant, (service) => service.simulate({ code: "p" }, input))
    for (const units of ["-1", "1e3", "", " 1"]) expect(await wrong({ units })).toMatchObject({ _tag: "InvalidInput", field: "units" })
    expect(await wrong({ charges: [{ units: "1" }] })).toMatchObject({ _tag: "InvalidInput", field: "charges[0]" })
    expect(await wrong({ charges: [{ metric_code: "calls", units: "1" }] })).toMatchObject({ _tag: "ChargeNotFound", id: "calls" })
    expect(await wrong({ charges: [{ metric_code: "paid", charge_filter_id: "x", units: "1" }] })).toMatchObject({
      _tag: "ChargeFilterNotFound"
    })
    expect(await wrong({ units: "1" })).toMatchObject({ _tag: "ChargeNotRatable" })
    expect(await refused(tenant, (service) => service.simulate({ code: "q" }, {}))).toMatchObject({ _tag: "PlanNotFound" })
  })

  it("deletes a plan with everything that is its own, as long as nobody had it", async () => {
    const tenant = await open()
    const charge = { metric_code: "calls", ...standard("1"), filters: [{ values: { kind: "data" }, properties: { amount: "2" } }] } as const
    const plan = await tenant.plan({ code: "p", charges: [charge], commitment: { amount_cents: "1000" } })
    await plans(tenant, (service) =>
      service.update({ code: "p" }, { charges: [{ metric_code: "paid", ...standard("1") }], commitment: null })
    )
    await tenant.run(Effect.flatMap(UsageThresholds, (service) => service.create({ plan_code: "p", amount_cents: "100" })))
    await plans(tenant, (service) => service.delete({ id: plan.id }))
    const left = await tenant.run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const tables = ["plans", "plan_versions", "charges", "charge_filters", "charge_filter_values", "commitments", "usage_thresholds"]
        return yield* Effect.forEach(
          tables,
          (table) => sql`SELECT 1 FROM ${sql.literal(table)} WHERE organization_id = ${tenant.organization}`
        )
      })
    )
    expect(left.flat()).toEqual([])
    expect(await refused(tenant, (service) => service.delete({ code: "p" }))).toMatchObject({ _tag: "PlanNotFound", id: "p" })
    await tenant.plan({ code: "p", charges: [charge] })
    await tenant.subscribe("s", "p")
    await tenant.subscribe("t", "p")
    expect(await refused(tenant, (service) => service.delete({ code: "p" }))).toMatchObject({
      _tag: "StillReferenced",
      by: "subscriptions",
      count: 2
    })
  })

  it("calls off a downgrade to a plan that is deleted, and keeps its currency until then", async () => {
    const tenant = await open()
    await tenant.plan({ code: "large", amount_cents: "5000" })
    await tenant.plan({ code: "small", amount_cents: "1000" })
    await tenant.subscribe("s", "large")
    const row = await tenant.run(
      Effect.gen(function* () {
        const subscriptions = yield* Subscriptions
        yield* subscriptions.changePlan({ external_id: "s" }, { plan_code: "small" })
        const refusal = yield* Effect.flip(Effect.flatMap(Plans, (service) => service.update({ code: "small" }, { currency: "USD" })))
        expect(refusal).toMatchObject({ _tag: "Immutable", field: "currency" })
        yield* Effect.flatMap(Plans, (service) => service.delete({ code: "small" }))
        return yield* subscriptions.get({ external_id: "s" })
      })
    )
    expect(row).toMatchObject({ previous_plan_id: null, previous_plan_version: null, downgraded_at: null })
    await tenant.bill("2026-04-01T00:00:00Z")
    expect((await tenant.invoices()).map(({ invoice }) => invoice.total_cents)).toEqual([5000n])
  })

  it("keeps a plan that was billed, although nobody is on it any more", async () => {
    const tenant = await open()
    await tenant.plan({ code: "small", amount_cents: "1000" })
    await tenant.plan({ code: "large", amount_cents: "5000" })
    await tenant.subscribe("s", "small")
    tenant.at("2026-03-15T00:00:00Z")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: "s" }, { plan_code: "large" })))
    expect(await refused(tenant, (service) => service.delete({ code: "small" }))).toMatchObject({ _tag: "StillReferenced", count: 1 })
  })

  it("finds the plans that price a metric now", async () => {
    const tenant = await open()
    for (const code of ["a", "b", "c"]) await tenant.plan({ code, charges: [{ metric_code: "calls", ...standard("1") }] })
    await tenant.subscribe("s", "b")
    await plans(tenant, (service) => service.update({ code: "b" }, { charges: [{ metric_code: "paid", ...standard("1") }] }))
    const of = async (metric_code: string) =>
      (await plans(tenant, (service) => service.list({ metric_code, order_by: "code:asc" }))).items.map(({ code }) => code)
    expect([await of("calls"), await of("paid"), await of("none")]).toEqual([["a", "c"], ["b"], []])
  })
})
