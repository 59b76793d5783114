/** What was billed is never deleted: it is refused, or retired where it leaves what is sold (S8). */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Plans, Taxes, type UpdatePlanInput } from "../../src/catalog/index.js"
import { Metrics } from "../../src/metering/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling } from "../support/billing.js"

describeBilling("what was billed", (host) => {
  const open = async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count", filters: [{ key: "kind", values: ["voice", "data"] }] })
    await tenant.metric("other", { aggregation_type: "count" })
    return tenant
  }

  const calls = {
    metric_code: "calls",
    charge_model: "standard",
    properties: { amount: "1" },
    filters: [{ values: { kind: "voice" }, properties: { amount: "2" } }]
  } as const

  it("a charge with a filter that was retired leaves a plan that nobody has any more", async () => {
    const tenant = await open()
    const plan = await tenant.plan({ code: "p", charges: [calls] })
    await tenant.plan({ code: "q" })
    const { id } = plan.charges[0]!
    const update = (charges: UpdatePlanInput["charges"]) => Effect.flatMap(Plans, (plans) => plans.update({ code: "p" }, { charges }))
    await tenant.subscribe("waits", "p", { subscription_at: "2026-05-01T00:00:00Z" })
    await tenant.run(update([{ id, filters: [] }]))
    await tenant.changePlan("waits", "q")
    expect((await tenant.run(update([]))).charges).toEqual([])
    expect(await tenant.violations()).toEqual([])
  })

  it("a charge that leaves its plan is retired with its filters, and goes on billing those who keep the version", async () => {
    const tenant = await open()
    const plan = await tenant.plan({ code: "p", charges: [calls], commitment: { amount_cents: "500" } })
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2026-03-05T00:00:00Z", { count: 3 })
    await tenant.bill("2026-04-01T00:00:00Z")
    await tenant.run(Effect.flatMap(Plans, (plans) => plans.update({ code: "p" }, { charges: [], commitment: null })))
    await tenant.ingest("calls", "2026-04-05T00:00:00Z", { properties: { kind: "voice" } })
    await tenant.bill("2026-05-01T00:00:00Z")
    const fees = (await tenant.invoices()).map((document) => document.fees.map((fee) => [fee.charge_id ?? fee.fee_type, fee.amount_cents]))
    const { id } = plan.charges[0]!
    expect(fees).toEqual([
      [
        [id, 300n],
        ["commitment", 200n]
      ],
      [
        [id, 200n],
        ["commitment", 300n]
      ]
    ])
    const retired = await tenant.run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        return yield* Effect.forEach(
          ["charges", "charge_filters", "commitments"],
          (name) => sql`SELECT id FROM ${sql.literal(name)} WHERE organization_id = ${tenant.organization} AND retired_at IS NOT NULL`
        )
      })
    )
    expect(retired.map((rows) => rows.length)).toEqual([1, 1, 1])
    // The metric, its filter values and the plan stay for whoever is billed by them.
    expect(await tenant.fail(Effect.flatMap(Metrics, (metrics) => metrics.delete({ code: "calls" })))).toMatchObject({
      _tag: "StillReferenced",
      by: "charges"
    })
    expect(await tenant.fail(Effect.flatMap(Metrics, (metrics) => metrics.removeFilter({ code: "calls" }, "kind")))).toMatchObject({
      _tag: "StillReferenced",
      by: "charge_filters"
    })
    expect(await tenant.fail(Effect.flatMap(Plans, (plans) => plans.delete({ code: "p" })))).toMatchObject({
      _tag: "StillReferenced",
      by: "subscriptions"
    })
  })

  it("a charge that nobody was ever billed by is deleted, and its metric can go", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [calls, { metric_code: "other", charge_model: "standard", properties: { amount: "1" } }] })
    const remaining = await tenant.run(
      Effect.gen(function* () {
        const plans = yield* Plans
        const { charges } = yield* plans.get({ code: "p" })
        yield* plans.update({ code: "p" }, { charges: [{ id: charges[1]!.id }] })
        yield* (yield* Metrics).delete({ code: "calls" })
        const sql = yield* SqlClient.SqlClient
        return yield* sql`SELECT id FROM charges WHERE organization_id = ${tenant.organization}`
      })
    )
    expect(remaining).toHaveLength(1)
  })

  it("a filter's value stays declared for a downgrade that waits for the version that names it", async () => {
    const tenant = await open()
    const { charges } = await tenant.plan({ code: "small", charges: [calls] })
    await tenant.plan({ code: "large", amount_cents: "1000" })
    await tenant.subscribe("s", "large")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: "s" }, { plan_code: "small" })))
    await tenant.run(Effect.flatMap(Plans, (plans) => plans.update({ code: "small" }, { charges: [{ id: charges[0]!.id, filters: [] }] })))
    expect(await tenant.fail(Effect.flatMap(Metrics, (metrics) => metrics.removeFilter({ code: "calls" }, "kind")))).toMatchObject({
      _tag: "StillReferenced",
      by: "charge_filters"
    })
  })

  it("a tax on a document is not deleted; taken off its level, it taxes nothing further", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", amount_cents: "1000" })
    await tenant.subscribe("s", "p")
    const vat = await tenant.tax("vat", "0.2")
    await tenant.tax("unused", "0.1")
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.update({ code: "unused" }, { applied_to_organization: false })))
    await tenant.bill("2026-04-01T00:00:00Z")
    const remove = (code: string) => Effect.flatMap(Taxes, (taxes) => taxes.delete({ code }))
    // The invoice and its fee.
    expect(await tenant.fail(remove("vat"))).toMatchObject({ _tag: "StillReferenced", by: "applied_taxes", count: 2 })
    await tenant.run(remove("unused"))
    expect(await tenant.fail(remove("unused"))).toMatchObject({ _tag: "TaxNotFound", id: "unused" })
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.update({ id: vat.id }, { applied_to_organization: false })))
    await tenant.bill("2026-05-01T00:00:00Z")
    expect((await tenant.invoices()).map(({ invoice }) => invoice.tax_amount_cents)).toEqual([200n, 0n])
  })
})
