/** Usage alerts on both engines: fired as events arrive, once for each value, anew in each period. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { type CurrentOrganization, Transactor } from "../../src/core/index.js"
import { UsageThresholds } from "../../src/invoicing/index.js"
import { Events, Metrics } from "../../src/metering/index.js"
import { type CreateAlertInput, UsageAlerts, type UsageAlertsShape } from "../../src/usage/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const alerts = <A, E>(tenant: Tenant, use: (service: UsageAlertsShape) => Effect.Effect<A, E, CurrentOrganization>) =>
  tenant.run(Effect.flatMap(UsageAlerts, use))
const refused = <A, E>(tenant: Tenant, use: (service: UsageAlertsShape) => Effect.Effect<A, E, CurrentOrganization>) =>
  tenant.fail(Effect.flatMap(UsageAlerts, use))

describeBilling("usage alerts", (host) => {
  /** A subscription `s` of the metric `kwh`, a sum, from March 2026 on. */
  const open = async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("kwh", { aggregation_type: "sum", field_name: "kwh", filters: [{ key: "kind", values: ["ac", "dc"] }] })
    await tenant.plan({
      code: "p",
      charges: [
        {
          metric_code: "kwh",
          charge_model: "standard",
          properties: { amount: "1" },
          filters: [{ values: { kind: "ac" }, properties: { amount: "2" } }]
        }
      ]
    })
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    const watch = (input: Partial<CreateAlertInput> = {}) =>
      alerts(tenant, (service) =>
        service.create({ external_subscription_id: "s", metric_code: "kwh", name: "Watch", threshold_value: "10", ...input })
      )
    const use = (kwh: string, at = "2026-03-10T00:00:00Z", more: Record<string, unknown> = {}) => {
      tenant.at(at)
      return tenant.ingest("kwh", at, { properties: { kwh, ...more } })
    }
    const get = (id: string) => alerts(tenant, (service) => service.get(id))
    const history = async (id: string) => (await alerts(tenant, (service) => service.history(id, { limit: 1000 }))).items
    return { tenant, watch, use, get, history }
  }

  it("fires once when the period's usage first reaches the threshold, whatever filters split it", async () => {
    const { get, history, use, watch } = await open()
    const { id } = await watch()
    await use("6", undefined, { kind: "ac" })
    expect(await get(id)).toMatchObject({ times_triggered: 0, triggered_at: null })
    await use("4", "2026-03-11T00:00:00Z", { kind: "dc" })
    const fired = await get(id)
    expect([fired.times_triggered, fired.triggered_at!.epochMillis]).toEqual([1, Date.UTC(2026, 2, 11)])
    await use("100")
    await use("100", "2026-04-10T00:00:00Z")
    expect(await history(id)).toMatchObject([{ current_usage: "10", threshold_value: "10", metric_code: "kwh", firings: 1 }])
  })

  it("checks again what watches the usage of an event, once for all that watches a subscription", async () => {
    const { history, tenant, use, watch } = await open()
    await use("12")
    const again = (transaction_id: string) => Effect.flatMap(Events, (events) => events.reprocess({ transaction_id }))
    expect(await tenant.run(again("1"))).toEqual({ subscriptions_checked: 0 })
    // What is watched only now was not checked when the event arrived.
    const { id } = await watch()
    await tenant.run(
      Effect.flatMap(UsageThresholds, (thresholds) => thresholds.create({ external_subscription_id: "s", amount_cents: "1000" }))
    )
    expect(await history(id)).toEqual([])
    expect(await tenant.run(again("1"))).toEqual({ subscriptions_checked: 1 })
    expect(await history(id)).toMatchObject([{ current_usage: "12", threshold_value: "10" }])
    const [progressive] = await tenant.invoices()
    expect(progressive!.invoice).toMatchObject({ invoice_type: "progressive_billing", total_cents: 1200n })
    // The threshold is crossed for good: only the alert is looked at, and does not fire again.
    expect(await tenant.run(again("1"))).toEqual({ subscriptions_checked: 1 })
    expect([(await history(id)).length, (await tenant.invoices()).length]).toEqual([1, 1])
    expect(await tenant.fail(again("none"))).toMatchObject({ _tag: "EventNotFound", id: "none" })
  })

  it("fires at each further multiple, and counts anew each period", async () => {
    const { get, history, use, watch } = await open()
    const { id } = await watch({ recurring: true })
    await use("10")
    await use("25")
    await use("0")
    await use("-20")
    await use("20")
    expect(await get(id)).toMatchObject({ times_triggered: 3 })
    expect((await history(id)).map((trigger) => [trigger.threshold_value, trigger.current_usage])).toEqual([
      ["30", "35"],
      ["20", "35"],
      ["10", "10"]
    ])
    await use("5", "2026-04-02T00:00:00Z")
    expect(await get(id)).toMatchObject({ times_triggered: 0 })
    await use("7", "2026-04-03T00:00:00Z")
    expect(await get(id)).toMatchObject({ times_triggered: 1 })
    expect((await history(id))[0]).toMatchObject({ threshold_value: "10", current_usage: "12" })
  })

  it("tells a jump over very many multiples as a count", async () => {
    const { get, history, use, watch } = await open()
    const { id } = await watch({ recurring: true, threshold_value: "0.001" })
    await use("1000000")
    expect(await get(id)).toMatchObject({ times_triggered: 1_000_000_000 })
    const rows = await history(id)
    expect(rows).toHaveLength(100)
    expect(rows[0]).toMatchObject({ threshold_value: "1000000", firings: 999_999_901 })
    expect(rows[1]).toMatchObject({ threshold_value: "0.099", firings: 1 })
    // Beyond what a counter holds it is silent.
    await use("9999999999999999999999999")
    expect(await get(id)).toMatchObject({ times_triggered: 2_147_483_647 })
    await use("1")
    expect((await history(id)).reduce((sum, { firings }) => sum + firings, 0)).toBe(2_147_483_647)
  })

  it("fires once however many events of a call and however many batches at once reach it", async () => {
    const { get, history, tenant, use, watch } = await open()
    const [once, again] = [await watch(), await watch({ recurring: true, threshold_value: "5" })]
    tenant.at("2026-03-10T00:00:00Z")
    await Promise.all(
      Array.from({ length: 12 }, () => tenant.ingest("kwh", "2026-03-10T00:00:00Z", { count: 3, properties: { kwh: "1" } }))
    )
    expect(await history(once.id)).toHaveLength(1)
    const values = (await history(again.id)).map(({ threshold_value }) => Number(threshold_value)).sort((a, b) => a - b)
    expect(values).toEqual([5, 10, 15, 20, 25, 30, 35])
    await use("0")
    expect(await get(again.id)).toMatchObject({ times_triggered: 7 })
  })

  it("takes back what it fired where the batch is not stored after all", async () => {
    const { get, history, tenant, watch } = await open()
    const { id } = await watch()
    const event = {
      transaction_id: "x",
      external_customer_id: "c",
      code: "kwh",
      timestamp: "2026-03-10T00:00:00Z",
      properties: { kwh: "99" }
    }
    const undone = Effect.gen(function* () {
      const events = yield* Events
      const { transaction } = yield* Transactor
      yield* transaction(Effect.zipRight(events.ingest([event]), Effect.fail("undone")))
    })
    expect(await tenant.fail(undone)).toBe("undone")
    expect([(await get(id)).times_triggered, await history(id)]).toEqual([0, []])
  })

  it("answers status and test without firing", async () => {
    const { get, history, tenant, use, watch } = await open()
    await use("75")
    const { id } = await watch({ threshold_value: "100" })
    const recurring = await watch({ threshold_value: "30", recurring: true })
    tenant.at("2026-03-12T00:00:00Z")
    const status = await alerts(tenant, (service) => service.status(id))
    expect(status).toMatchObject({ usage: "75", threshold_value: "100", percentage: "75" })
    expect([status.period_start.epochMillis, status.period_end.epochMillis]).toEqual([Date.UTC(2026, 2, 1), Date.UTC(2026, 3, 1)])
    expect(await alerts(tenant, (service) => service.test(id))).toMatchObject({ would_fire: 0, first_value: null, last_value: null })
    expect(await alerts(tenant, (service) => service.test(recurring.id))).toMatchObject({
      percentage: "250",
      would_fire: 2,
      first_value: "30",
      last_value: "60"
    })
    expect(await history(recurring.id)).toEqual([])
    expect(await get(recurring.id)).toEqual(recurring)
    await use("0")
    expect(await history(recurring.id)).toHaveLength(2)
    expect(await alerts(tenant, (service) => service.test(recurring.id))).toMatchObject({ would_fire: 0 })
  })

  it("is armed again by another threshold, not by another name", async () => {
    const { get, history, tenant, use, watch } = await open()
    const { id } = await watch()
    await use("12")
    await alerts(tenant, (service) => service.update(id, { name: "Other", threshold_value: "10.00" }))
    await use("1")
    expect(await history(id)).toHaveLength(1)
    expect(await alerts(tenant, (service) => service.update(id, { threshold_value: "13" }))).toMatchObject({ times_triggered: 0 })
    await use("0")
    expect((await history(id)).map(({ threshold_value }) => threshold_value)).toEqual(["13", "10"])
    expect(await get(id)).toMatchObject({ name: "Other", times_triggered: 1 })
  })

  it("deletes an alert with its history, and keeps a metric that one watches", async () => {
    const { history, tenant, use, watch } = await open()
    const { id } = await watch()
    await use("12")
    expect(await history(id)).toHaveLength(1)
    expect(await tenant.fail(Effect.flatMap(Metrics, (metrics) => metrics.delete({ code: "kwh" })))).toMatchObject({
      _tag: "StillReferenced"
    })
    await alerts(tenant, (service) => service.delete(id))
    expect(await refused(tenant, (service) => service.delete(id))).toMatchObject({ _tag: "UsageAlertNotFound", id })
    expect(await refused(tenant, (service) => service.history(id))).toMatchObject({ _tag: "UsageAlertNotFound", id })
    await use("12")
  })

  it("refuses what it cannot watch", async () => {
    const { tenant, watch } = await open()
    const wrong = (input: Partial<CreateAlertInput>) =>
      refused(tenant, (service) =>
        service.create({ external_subscription_id: "s", metric_code: "kwh", name: "Watch", threshold_value: "10", ...input })
      )
    for (const threshold_value of ["0", "-1", "1e3", "", "ten", "0.0000000000000001"]) {
      expect(await wrong({ threshold_value })).toMatchObject({ _tag: "InvalidInput", field: "threshold_value" })
    }
    expect(await wrong({ external_subscription_id: "t" })).toMatchObject({ _tag: "SubscriptionNotFound", id: "t" })
    await tenant.metric("free", { aggregation_type: "count" })
    expect(await wrong({ metric_code: "free" })).toMatchObject({ _tag: "MetricNotFound", code: "free" })
    const { id } = await watch()
    expect(await refused(tenant, (service) => service.update(id, { metric_code: "free" } as object))).toMatchObject({
      _tag: "InvalidInput",
      field: "metric_code"
    })
    const other = await host.tenant()
    for (const use of [
      (service: UsageAlertsShape) => service.get(id),
      (service: UsageAlertsShape) => service.delete(id),
      (service: UsageAlertsShape) => service.status(id)
    ]) {
      expect(await refused<unknown, unknown>(other, use)).toMatchObject({ _tag: "UsageAlertNotFound", id })
    }
  })

  it("lists the alerts of a subscription", async () => {
    const { tenant, watch } = await open()
    const [one, two] = [await watch({ name: "B" }), await watch({ name: "A" })]
    const page = await alerts(tenant, (service) =>
      service.list({ subscription_id: one.subscription_id, order_by: "name:asc", total: true })
    )
    expect([page.items.map(({ id }) => id), page.total]).toEqual([[two.id, one.id], 2])
    expect((await alerts(tenant, (service) => service.list({ subscription_id: one.id }))).items).toEqual([])
  })
})
