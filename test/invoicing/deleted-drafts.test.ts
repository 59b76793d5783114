import { Effect } from "effect"
import { expect, it } from "vitest"
import { Invoices } from "../../src/invoicing/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

describeBilling("deleted drafts", (host) => {
  const open = async () => {
    const tenant = await host.tenant({ grace: 5 })
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    await tenant.plan({
      code: "p",
      amount_cents: "3100",
      charges: [{ charge_model: "standard", properties: { amount: "1" }, metric_code: "calls" }]
    })
    await tenant.plan({ code: "dear", amount_cents: "6200" })
    return tenant
  }
  const remove = (tenant: Tenant, id: string) => tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.delete(id)))
  const generate = (tenant: Tenant, input: { readonly period_start?: string } = {}) =>
    tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.generate({ external_id: "s" }, input)))
  const ids = async (tenant: Tenant) => (await tenant.invoices()).map(({ invoice }) => invoice.id)
  const seen = async (tenant: Tenant) =>
    (await tenant.invoices()).map(({ fees, invoice }) => [invoice.status, invoice.invoice_number, fees.map((fee) => fee.amount_cents)])
  const isSound = async (tenant: Tenant) =>
    expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])

  it("burn no number, and leave their period unbilled: by the run, and by corrections of late usage", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 2 })
    await tenant.bill("2025-02-01T00:00:00Z")
    await remove(tenant, (await ids(tenant))[0]!)
    await tenant.ingest("calls", "2025-01-11T00:00:00Z")
    await tenant.bill("2025-02-02T00:00:00Z")
    await tenant.bill("2025-03-01T00:00:00Z")
    await tenant.finalizeDue("2025-03-06T00:00:00Z")
    expect(await seen(tenant)).toEqual([["finalized", "INV-0001", [3100n]]])
    await isSound(tenant)
  })

  it("are billed again by generate, with what came meanwhile: final at once where the grace period is over, and once", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 2 })
    await tenant.bill("2025-02-01T00:00:00Z")
    await remove(tenant, (await ids(tenant))[0]!)
    await tenant.ingest("calls", "2025-01-11T00:00:00Z")
    tenant.at("2025-02-03T00:00:00Z")
    const waiting = await generate(tenant)
    expect(waiting?.invoice).toMatchObject({ status: "draft", total_cents: 3400n })
    expect(waiting?.invoice.billed_at.epochMillis).toBe(Date.UTC(2025, 1, 1))
    await remove(tenant, waiting!.invoice.id)
    tenant.at("2025-02-06T00:00:00Z")
    expect((await generate(tenant, { period_start: "2025-01-01T00:00:00Z" }))?.invoice).toMatchObject({
      status: "finalized",
      invoice_number: "INV-0001",
      total_cents: 3400n
    })
    expect(await generate(tenant)).toBeNull()
    expect(
      await tenant.fail(
        Effect.flatMap(Invoices, (invoices) => invoices.generate({ external_id: "s" }, { period_start: "2025-01-01T00:00:00Z" }))
      )
    ).toMatchObject({ _tag: "InvalidTransition", from: "finalized" })
    await tenant.bill("2025-03-01T00:00:00Z")
    await tenant.finalizeDue("2025-03-06T00:00:00Z")
    expect(await seen(tenant)).toEqual([
      ["finalized", "INV-0001", [3100n, 300n]],
      ["finalized", "INV-0002", [3100n]]
    ])
    await isSound(tenant)
  })

  it("come back with what was given back of their days, whose notes went with them", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p", { pay_in_advance: true })
    const [first] = await ids(tenant)
    tenant.at("2025-01-03T10:00:00Z")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: "s" }, { plan_code: "dear" })))
    expect((await tenant.notes()).map(({ note }) => [note.status, note.total_amount_cents])).toEqual([["draft", 2900n]])
    await remove(tenant, first!)
    expect(await tenant.notes()).toEqual([])
    await generate(tenant)
    expect((await tenant.notes()).map(({ note }) => [note.status, note.reason, note.total_amount_cents])).toEqual([
      ["draft", "order_change", 2900n]
    ])
    await tenant.finalizeDue("2025-01-20T00:00:00Z")
    expect((await seen(tenant)).toSorted()).toEqual([
      ["finalized", "INV-0001", [3100n]],
      ["finalized", "INV-0002", [5800n]]
    ])
    expect((await tenant.notes()).map(({ note }) => [note.status, note.total_amount_cents])).toEqual([["finalized", 2900n]])
    await isSound(tenant)
  })

  it("come back with what a charge in advance carried into their window, as does what was voided", async () => {
    const tenant = await open()
    await tenant.metric("seats", { aggregation_type: "sum", field_name: "n", recurring: true })
    await tenant.plan({
      code: "seated",
      amount_cents: "3100",
      charges: [{ charge_model: "standard", properties: { amount: "10" }, metric_code: "seats", pay_in_advance: true }]
    })
    await tenant.subscribe("s", "seated")
    await tenant.ingest("seats", "2025-01-01T00:00:00Z", { properties: { n: "2" } })
    await tenant.bill("2025-02-01T00:00:00Z")
    const draft = (await tenant.invoices()).find(({ invoice }) => invoice.status === "draft")!
    const billed = [3100n, 2000n]
    expect(draft.fees.map((fee) => fee.amount_cents)).toEqual(billed)
    await remove(tenant, draft.invoice.id)
    const again = await generate(tenant)
    expect(again?.fees.map((fee) => fee.amount_cents)).toEqual(billed)
    await tenant.finalizeDue("2025-02-06T00:00:00Z")
    await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.void(again!.invoice.id)))
    const anew = await generate(tenant)
    expect([anew?.invoice.status, anew?.fees.map((fee) => fee.amount_cents)]).toEqual(["finalized", billed])
    expect(await generate(tenant)).toBeNull()
    await isSound(tenant)
  })

  it("of what is final there is none, and of a period that nobody billed neither", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p")
    await tenant.bill("2025-02-01T00:00:00Z")
    await tenant.finalizeDue("2025-02-06T00:00:00Z")
    const [id] = await ids(tenant)
    expect(await tenant.fail(Effect.flatMap(Invoices, (invoices) => invoices.delete(id!)))).toMatchObject({
      _tag: "InvalidTransition",
      from: "finalized",
      action: "delete"
    })
    expect(
      await tenant.fail(
        Effect.flatMap(Invoices, (invoices) => invoices.generate({ external_id: "s" }, { period_start: "2025-01-02T00:00:00Z" }))
      )
    ).toMatchObject({ _tag: "InvalidInput", field: "period_start" })
  })
})
