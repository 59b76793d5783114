/** Usage by local days on both engines: yesterday's rows, days that events come to later, moves, and what the doctor sees of them. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Customers } from "../../src/accounts/index.js"
import { Metrics } from "../../src/metering/index.js"
import { DailyUsages } from "../../src/usage/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

interface Row {
  readonly code: string
  readonly subscription: string
  readonly day: string
  readonly usage_value: string
  readonly events_count: number
}

describeBilling("daily usage", (host) => {
  const aggregate = (tenant: Tenant, now: string) => {
    tenant.at(now)
    return tenant.run(Effect.flatMap(DailyUsages, (daily) => daily.aggregate()))
  }

  const rowsOf = (tenant: Tenant) =>
    tenant.run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql<Row>`SELECT m.code, s.external_id AS subscription, CAST(d.usage_date AS TEXT) AS day,
            CAST(d.usage_value AS TEXT) AS usage_value, d.events_count FROM daily_usages d
          JOIN billable_metrics m ON m.organization_id = d.organization_id AND m.id = d.billable_metric_id
          JOIN subscriptions s ON s.organization_id = d.organization_id AND s.id = d.subscription_id
          WHERE d.organization_id = ${tenant.organization} ORDER BY m.code, s.external_id, d.usage_date`
      )
    )
  const shown = async (tenant: Tenant) =>
    (await rowsOf(tenant)).map(({ code, day, events_count, subscription, usage_value }) => [
      code,
      subscription,
      day,
      usage_value,
      Number(events_count)
    ])

  const execute = (tenant: Tenant, statement: string) => tenant.run(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)))

  /** A customer in Auckland, thirteen hours ahead in March; one subscription from the first of March there. */
  const auckland = async () => {
    const tenant = await host.tenant({ customer: { timezone: "Pacific/Auckland" } })
    tenant.at("2026-02-28T11:00:00Z")
    await tenant.metric("kwh", { aggregation_type: "sum", field_name: "kwh" })
    await tenant.metric("peak", { aggregation_type: "max", field_name: "kwh" })
    await tenant.metric("users", { aggregation_type: "unique_count", field_name: "user", recurring: true })
    await tenant.metric("unpriced", { aggregation_type: "count" })
    const standard = { charge_model: "standard", properties: { amount: "1" } } as const
    await tenant.plan({
      code: "p",
      amount_cents: "0",
      charges: ["kwh", "peak", "users"].map((metric_code) => ({ metric_code, ...standard }))
    })
    await tenant.subscribe("s", "p", { started_at: "2026-02-28T11:00:00Z" })
    return tenant
  }

  it("has a row for yesterday of every metric of the plan, by the customer's days, zero where nothing was used", async () => {
    const tenant = await auckland()
    // 23:30 on the first, and 0:30 on the second, there.
    await tenant.ingest("kwh", "2026-03-01T10:30:00Z", { properties: { kwh: "1.5" }, count: 2 })
    await tenant.ingest("kwh", "2026-03-01T11:30:00Z", { properties: { kwh: "4" } })
    await tenant.ingest("users", "2026-03-01T10:30:00Z", { properties: { user: "ann" } })
    expect(await aggregate(tenant, "2026-03-01T10:59:00Z")).toEqual({ written: 0 })
    await aggregate(tenant, "2026-03-01T11:30:00Z")
    expect(await shown(tenant)).toEqual([
      ["kwh", "s", "2026-03-01", "3", 2],
      ["peak", "s", "2026-03-01", "0", 0],
      ["users", "s", "2026-03-01", "1", 1]
    ])
    await aggregate(tenant, "2026-03-02T12:00:00Z")
    expect((await shown(tenant)).filter(([, , day]) => day === "2026-03-02")).toEqual([
      ["kwh", "s", "2026-03-02", "4", 1],
      ["peak", "s", "2026-03-02", "0", 0],
      // Nothing is carried over from day to day.
      ["users", "s", "2026-03-02", "0", 0]
    ])
    expect(await tenant.violations()).toEqual([])
  })

  it("does a day again to which an event came late, at once and once", async () => {
    const tenant = await auckland()
    await tenant.ingest("peak", "2026-03-02T00:00:00Z", { properties: { kwh: "5" } })
    await aggregate(tenant, "2026-03-10T00:00:00Z")
    await tenant.ingest("peak", "2026-03-02T01:00:00Z", { properties: { kwh: "7" } })
    await tenant.ingest("unpriced", "2026-03-02T01:00:00Z", { subscription: "s" })
    for (const user of ["ann", "bob"]) await tenant.ingest("users", "2026-03-02T01:00:00Z", { properties: { user } })
    expect(await tenant.violations()).toEqual([])
    expect((await aggregate(tenant, "2026-03-10T01:00:00Z")).written).toBeGreaterThan(0)
    const days = (await shown(tenant)).filter(([, , day]) => day === "2026-03-02")
    expect(days).toEqual([
      ["peak", "s", "2026-03-02", "7", 2],
      ["unpriced", "s", "2026-03-02", "1", 1],
      ["users", "s", "2026-03-02", "2", 2]
    ])
    expect(await aggregate(tenant, "2026-03-10T01:00:00Z")).toEqual({ written: 0 })
    expect(await tenant.violations()).toEqual([])
  })

  it("belongs to the subscription that owns the event, and events that came before it are there too", async () => {
    const tenant = await auckland()
    await tenant.ingest("kwh", "2026-03-02T00:00:00Z", { properties: { kwh: "1" } })
    await tenant.ingest("kwh", "2026-03-02T00:00:00Z", { properties: { kwh: "2" }, subscription: "t" })
    await aggregate(tenant, "2026-03-05T00:00:00Z")
    expect(await shown(tenant)).toContainEqual(["kwh", "s", "2026-03-02", "1", 1])
    await tenant.subscribe("t", "p", { started_at: "2026-03-01T11:00:00Z" })
    await aggregate(tenant, "2026-03-05T01:00:00Z")
    expect((await shown(tenant)).filter(([code, , day]) => code === "kwh" && day === "2026-03-02")).toEqual([
      ["kwh", "s", "2026-03-02", "1", 1],
      ["kwh", "t", "2026-03-02", "2", 1]
    ])
    expect(await tenant.violations()).toEqual([])
  })

  it("is counted anew by the days of the zone that a customer moved to", async () => {
    const tenant = await auckland()
    await tenant.ingest("kwh", "2026-03-02T12:00:00Z", { properties: { kwh: "1" } })
    await aggregate(tenant, "2026-03-05T00:00:00Z")
    expect(await shown(tenant)).toContainEqual(["kwh", "s", "2026-03-03", "1", 1])
    await tenant.run(Effect.flatMap(Customers, (customers) => customers.update({ external_id: "c" }, { timezone: "UTC" })))
    expect(await tenant.violations()).toEqual([])
    await aggregate(tenant, "2026-03-05T01:00:00Z")
    const used = (await shown(tenant)).filter(([, , , , events]) => events !== 0)
    expect(used).toEqual([["kwh", "s", "2026-03-02", "1", 1]])
    expect(await tenant.violations()).toEqual([])
  })

  it("is named by the doctor where it was altered, and keeps its metric", async () => {
    const tenant = await auckland()
    await tenant.ingest("kwh", "2026-03-02T12:00:00Z", { properties: { kwh: "1" } })
    await aggregate(tenant, "2026-03-09T00:00:00Z")
    await execute(tenant, `UPDATE daily_usages SET events_count = 2 WHERE organization_id = '${tenant.organization}' AND events_count = 1`)
    expect((await tenant.violations()).map(({ code, table }) => [code, table])).toEqual([["U5", "daily_usages"]])
    await execute(tenant, `DELETE FROM charges WHERE organization_id = '${tenant.organization}'`)
    expect(await tenant.fail(Effect.flatMap(Metrics, (metrics) => metrics.delete({ code: "peak" })))).toMatchObject({
      _tag: "StillReferenced",
      by: "daily_usages"
    })
  })
})
