/** Definitions that are no definitions: typed errors that name the path, nothing stored, on both engines (reliability 2.7). */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { type CreatePlanInput, Plans } from "../../src/catalog/index.js"
import { type CreateMetricInput, Metrics } from "../../src/metering/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const deep = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)
const own = (text: string): never => JSON.parse(text) as never

const graduated = (...bounds: ReadonlyArray<readonly [string, string | null]>) => ({
  charge_model: "graduated",
  properties: {
    graduated_ranges: bounds.map(([from_value, to_value]) => ({ from_value, to_value, per_unit_amount: "1", flat_amount: "0" }))
  }
})

/** Charges that are refused, and where. */
const CHARGES: ReadonlyArray<readonly [string, object]> = [
  ["properties.amount", { properties: { amount: "1e400" } }],
  ["properties.amount", { properties: { amount: "9".repeat(401) } }],
  ["properties.rate", { charge_model: "percentage", properties: { rate: "1e400" } }],
  ["properties.amount", { properties: { amount: "-1" } }],
  ["properties.amount", { properties: { amount: "0.0000000000000001" } }],
  ["properties.graduated_ranges[1].from_value", graduated(["0", "10"], ["5", null])],
  ["properties.graduated_ranges[1].from_value", graduated(["0", "10"], ["12", null])],
  ["properties.graduated_ranges[1].to_value", graduated(["0", "10"], ["10", "10"], ["10", null])],
  ["properties.graduated_ranges[0].from_value", graduated(["1", null])],
  ["properties.graduated_ranges[1].to_value", graduated(["0", "10"], ["10", "20"])],
  ["filters[0].values.region", { filters: [{ values: { region: "mars" } }] }],
  ["filters[0].values.zone", { filters: [{ values: { zone: "eu" } }] }],
  ["filters[0].values.__proto__", { filters: [{ values: own('{"__proto__":"eu"}') }] }],
  ["filters[0].values", { filters: [{ values: {} }] }],
  ["filters[1].values", { filters: [{ values: { region: "eu" } }, { values: { region: ["us", "eu"] } }] }],
  ["filters[0].properties.amount", { filters: [{ values: { region: "eu" }, properties: { amount: "1e400" } }] }],
  ["charge_model", { charge_model: "__proto__" }],
  ["charge_model", { charge_model: "constructor" }]
]

const withProperties = (properties: unknown) => ({ charges: [{ metric_code: "energy", charge_model: "custom", properties }] })

/** Plans that are refused before any charge is looked at, and where. */
const PLANS: ReadonlyArray<readonly [string, object]> = [
  ["code", { code: "x".repeat(300) }],
  ["code", { code: "a\u0000" }],
  ["name", { name: "\ud800" }],
  ["amount_cents", { amount_cents: "1e400" }],
  ["amount_cents", { amount_cents: 10n ** 40n }],
  ["amount_cents", { amount_cents: 1.5 }],
  ["trial_period_days", { trial_period_days: 1e308 }],
  [`charges[0].properties.custom_properties${".a".repeat(32)}`, withProperties({ custom_properties: deep(5_000) })],
  [`charges[0].properties${".a".repeat(33)}`, withProperties(deep(5_000))],
  ["charges[0].properties.amount", withProperties({ amount: JSON.parse("1e400") })],
  ["charges[0].properties.__proto__", withProperties(own('{"amount":"1","__proto__":{"amount":"2"}}'))],
  ["charges[0].properties.custom_properties.a.__proto__", withProperties({ custom_properties: own('{"a":{"__proto__":{}}}') })],
  ["__proto__", own('{"__proto__":{"amount_cents":"1"}}')]
]

const METRICS: ReadonlyArray<readonly [string, string, object]> = [
  ["InvalidInput", "code", { code: "x".repeat(300) }],
  ["InvalidInput", "code", { code: "" }],
  ["InvalidInput", "filters[0].values", { filters: [{ key: "region", values: [] }] }],
  ["InvalidInput", "filters[0].values", { filters: [{ key: "region", values: ["eu", "eu"] }] }],
  [
    "InvalidMetric",
    "expression",
    { aggregation_type: "custom", field_name: undefined, expression: `${"(".repeat(5_000)}a${")".repeat(5_000)}` }
  ],
  ["InvalidMetric", "expression", { aggregation_type: "custom", field_name: undefined, expression: "__proto__.constructor" }],
  ["InvalidMetric", "rounding_precision", { rounding_function: "round", rounding_precision: 16 }],
  ["InvalidInput", "aggregation_type", { aggregation_type: "__proto__" }]
]

/** Own keys of both, `__proto__` too. */
const merged = (given: object, more: object) => Object.fromEntries([...Object.entries(given), ...Object.entries(more)]) as unknown

/** What of an error says where; its whole is too deep to be shown. */
const placeOf = (error: unknown) => {
  const { _tag, charge, field, message, path } = error as Readonly<Record<"_tag" | "message", string>> &
    Partial<Readonly<{ field: string; path: string; charge: number }>>
  return { _tag, message, place: path ?? field, charge }
}

describeBilling("bad definitions", (host) => {
  const open = async () => {
    const tenant = await host.tenant()
    await tenant.metric("energy", { aggregation_type: "sum", field_name: "kwh", filters: [{ key: "region", values: ["eu", "us"] }] })
    return tenant
  }
  const create = (tenant: Tenant, input: object) =>
    tenant.fail(
      Effect.flatMap(Plans, (plans) => plans.create(merged({ code: "p", name: "P", interval: "monthly" }, input) as CreatePlanInput))
    )
  const rows = (tenant: Tenant, table: string) =>
    tenant.run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`SELECT 1 AS one FROM ${sql.literal(table)} WHERE organization_id = ${tenant.organization}`
      )
    )

  it("are refused with the path in the charge and its place in the plan, and nothing of the plan is stored", async () => {
    const tenant = await open()
    const good = { metric_code: "energy", charge_model: "standard", properties: { amount: "1" } }
    for (const [path, charge] of CHARGES) {
      const error = placeOf(await create(tenant, { charges: [good, { ...good, ...charge }] }))
      expect(error).toMatchObject({ _tag: "InvalidChargeProperties", place: path, charge: 1 })
      expect(error.message.length).toBeLessThan(300)
    }
    for (const [place, plan] of PLANS) expect(placeOf(await create(tenant, plan))).toMatchObject({ _tag: "InvalidInput", place })
    expect(await rows(tenant, "plans")).toEqual([])
    expect(await rows(tenant, "charges")).toEqual([])
  })

  it("are refused of a metric as well", async () => {
    const tenant = await open()
    for (const [_tag, place, metric] of METRICS) {
      const input = { code: "m", name: "M", aggregation_type: "sum", field_name: "kwh", ...metric } as unknown as CreateMetricInput
      expect(placeOf(await tenant.fail(Effect.flatMap(Metrics, (metrics) => metrics.create(input))))).toMatchObject({ _tag, place })
    }
    expect(await rows(tenant, "billable_metrics")).toHaveLength(1)
  })

  it("change nothing of a plan that is there", async () => {
    const tenant = await open()
    const plan = await tenant.plan({
      code: "p",
      charges: [{ metric_code: "energy", charge_model: "standard", properties: { amount: "1" } }]
    })
    for (const [path, charge] of CHARGES) {
      const change = { charges: [{ id: plan.charges[0]!.id, charge_model: "standard", ...charge }] } as never
      const error = await tenant.fail(Effect.flatMap(Plans, (plans) => plans.update({ code: "p" }, change)))
      expect(placeOf(error)).toMatchObject({ _tag: "InvalidChargeProperties", place: path })
    }
    expect(await tenant.run(Effect.flatMap(Plans, (plans) => plans.get({ code: "p" })))).toEqual(plan)
  })

  it("a key that is a name of JavaScript's own is a key like any other", async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("c", { aggregation_type: "sum", field_name: "constructor", filters: [{ key: "toString", values: ["valueOf"] }] })
    await tenant.plan({
      code: "p",
      charges: [
        {
          metric_code: "c",
          charge_model: "standard",
          properties: { amount: "1", pricing_group_keys: ["hasOwnProperty"] },
          filters: [{ values: { toString: "valueOf" }, properties: { amount: "2" } }]
        }
      ]
    })
    await tenant.subscribe("s", "p")
    await tenant.ingest("c", "2026-03-02T00:00:00Z", { properties: { constructor: "3", toString: "valueOf", hasOwnProperty: "x" } })
    await tenant.ingest("c", "2026-03-02T00:00:00Z", { properties: { constructor: "5" } })
    // One without the property does not count, though every object inherits one of that name.
    await tenant.ingest("c", "2026-03-02T00:00:00Z", { properties: {} })
    await tenant.bill("2026-04-01T00:00:00Z")
    const [document] = await tenant.invoices()
    expect(document!.fees.map(({ amount_cents, events_count, properties }) => [amount_cents, events_count, properties.group])).toEqual([
      [600n, 1, { hasOwnProperty: "x" }],
      [500n, 1, { hasOwnProperty: null }]
    ])
  })
})
