import { Effect } from "effect"
import { expect, it } from "vitest"
import { Taxes } from "../../src/catalog/index.js"
import {
  type CreateFeeInput,
  Fees,
  Invoices,
  type ListFeesInput,
  type ListInvoicesInput,
  type UpdateFeeInput
} from "../../src/invoicing/index.js"
import { AuditTrail } from "../../src/operations/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

describeBilling("fees of hosts", (host) => {
  const open = async (grace = 0) => {
    const tenant = await host.tenant({ grace })
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    const charge = { metric_code: "calls", charge_model: "standard", properties: { amount: "1" } } as const
    await tenant.plan({ code: "p", amount_cents: "3100", charges: [charge] })
    await tenant.plan({ code: "free", amount_cents: "0" })
    return tenant
  }
  const add = (tenant: Tenant, input: Partial<CreateFeeInput> = {}) =>
    tenant.run(
      Effect.flatMap(Fees, (service) =>
        service.create({ external_customer_id: "c", amount_cents: "1500", description: "Set-up", ...input })
      )
    )
  const list = (tenant: Tenant, input: ListFeesInput) =>
    tenant.run(Effect.flatMap(Fees, (service) => Effect.map(service.list(input), ({ items }) => items)))
  const update = (id: string, input: UpdateFeeInput) => Effect.flatMap(Fees, (service) => service.update(id, input))
  const lines = async (tenant: Tenant) =>
    (await tenant.invoices()).map(({ fees: all }) => all.map((fee) => [fee.description, fee.amount_cents, fee.taxes_amount_cents]))

  it("wait for the next invoice of a subscription in their currency, and stand last on it, taxed by no plan", async () => {
    const tenant = await open()
    await tenant.tax("vat", "0.2")
    const { id: plan } = await tenant.plan({ code: "taxed", amount_cents: "1000" })
    await tenant.run(
      Effect.flatMap(Taxes, (taxes) =>
        Effect.zipRight(
          taxes.create({ code: "low", name: "Low", rate: "0.1" }),
          taxes.apply({ tax_code: "low", taxable_type: "plan", taxable_id: plan })
        )
      )
    )
    await tenant.subscribe("s", "taxed")
    await tenant.subscribe("later", "p")
    const fee = await add(tenant)
    const dollars = await add(tenant, { currency: "USD", description: "Other" })
    expect(fee).toMatchObject({ invoice_id: null, fee_type: "add_on", payment_status: "pending", total_amount_cents: 1500n })
    expect((await list(tenant, { invoice_id: null })).map(({ id }) => id)).toEqual([dollars.id, fee.id])
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await lines(tenant)).toEqual([
      [
        ["taxed", 1000n, 100n],
        ["Set-up", 1500n, 300n]
      ],
      [["p", 3100n, 620n]]
    ])
    const taken = await tenant.run(Effect.flatMap(Fees, (service) => service.get(fee.id)))
    expect(taken).toMatchObject({ position: 1, total_amount_cents: 1800n })
    expect(taken.invoice_id).toBe((await tenant.invoices())[0]!.invoice.id)
    await tenant.bill("2025-03-01T00:00:00Z")
    expect((await list(tenant, { invoice_id: null })).map(({ id }) => id)).toEqual([dollars.id])
    expect(await list(tenant, { fee_type: "add_on", customer_id: fee.customer_id, payment_status: "pending" })).toHaveLength(2)
    expect(await tenant.violations()).toEqual([])
  })

  it("are on invoices that are listed by issuer and by when they were issued", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p")
    await tenant.bill("2025-02-01T00:00:00Z")
    await tenant.bill("2025-03-01T00:00:00Z")
    const find = (input: ListInvoicesInput) =>
      tenant.run(Effect.flatMap(Invoices, (invoices) => Effect.map(invoices.list(input), ({ items }) => items)))
    const [second, first] = await find({})
    expect(await find({ issued_from: "2025-02-01T00:00:00Z", issued_to: "2025-03-01T00:00:00Z" })).toEqual([first])
    expect(await find({ issued_from: "2025-02-01T00:00:01Z" })).toEqual([second])
    expect(await find({ billing_entity_id: first!.billing_entity_id! })).toHaveLength(2)
    for (const id of ["019390f2-4b5c-7000-8000-000000000000", "no id"]) {
      expect(await find({ billing_entity_id: id })).toEqual([])
      expect(await find({ customer_id: id })).toEqual([])
      expect(await list(tenant, { charge_id: id })).toEqual([])
    }
  })

  it("make an invoice where a period has nothing else to bill", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "free")
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await lines(tenant)).toEqual([])
    await add(tenant)
    await tenant.bill("2025-03-01T00:00:00Z")
    expect(await lines(tenant)).toEqual([[["Set-up", 1500n, 0n]]])
  })

  it("stay on a draft that is calculated again, come off one that is deleted, and are on what is generated in its place", async () => {
    const tenant = await open(5)
    await tenant.tax("vat", "0.2")
    await tenant.subscribe("s", "p")
    const first = await add(tenant)
    const second = await add(tenant, { amount_cents: "20", description: "More" })
    await tenant.bill("2025-02-01T00:00:00Z")
    const ids = async () => (await tenant.invoices()).map(({ fees: all }) => all.map((fee) => fee.id))
    const [draft] = await tenant.invoices()
    expect((await ids())[0]!.slice(1)).toEqual([first.id, second.id])
    await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 2 })
    await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.refresh(draft!.invoice.id)))
    expect((await ids())[0]!.slice(2)).toEqual([first.id, second.id])
    await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.delete(draft!.invoice.id)))
    expect(await list(tenant, { invoice_id: null, order_by: "created_at:asc" })).toMatchObject([
      { id: first.id, taxes_amount_cents: 0n, total_amount_cents: 1500n, subscription_id: null },
      { id: second.id, taxes_amount_cents: 0n }
    ])
    tenant.at("2025-02-02T00:00:00Z")
    await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.generate({ external_id: "s" })))
    expect((await ids())[0]!.slice(2)).toEqual([first.id, second.id])
    await tenant.finalizeDue("2025-02-07T00:00:00Z")
    expect(await lines(tenant)).toEqual([
      [
        ["p", 3100n, 620n],
        ["calls", 200n, 40n],
        ["Set-up", 1500n, 300n],
        ["More", 20n, 4n]
      ]
    ])
    expect((await ids())[0]!.slice(2)).toEqual([first.id, second.id])
    expect(await tenant.violations()).toEqual([])
  })

  it("are described otherwise while they are on no final invoice, whatever is calculated again; no figure is set", async () => {
    const tenant = await open(5)
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 2 })
    await tenant.bill("2025-02-01T00:00:00Z")
    const usage = (await tenant.invoices())[0]!.fees[1]!
    await tenant.run(update(usage.id, { description: "Calls of January" }))
    expect((await tenant.invoices())[0]!.invoice.line_items[1]!.description).toBe("Calls of January")
    await tenant.ingest("calls", "2025-01-11T00:00:00Z")
    await tenant.finalizeDue("2025-02-07T00:00:00Z")
    const [{ fees: final, invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    expect(final[1]).toMatchObject({ description: "Calls of January", amount_cents: 300n })
    expect(invoice.line_items[1]!.description).toBe("Calls of January")
    expect(await tenant.fail(update(final[1]!.id, { description: "Other" }))).toMatchObject({ _tag: "Immutable", field: "description" })
    expect(await tenant.fail(update(final[1]!.id, { payment_status: "succeeded" }))).toMatchObject({ field: "payment_status" })
    const figure = { amount_cents: 1n } as UpdateFeeInput
    expect(await tenant.fail(update(final[1]!.id, figure))).toMatchObject({ _tag: "Immutable", field: "amount_cents" })
    expect(await tenant.violations()).toEqual([])
  })

  it("are taken back while they wait; what the host collects itself it marks, and the log has both", async () => {
    const tenant = await open()
    const charge = { metric_code: "calls", charge_model: "standard", properties: { amount: "1" } } as const
    await tenant.plan({ code: "apart", amount_cents: "0", charges: [{ ...charge, pay_in_advance: true, invoiceable: false }] })
    await tenant.subscribe("s", "apart")
    await tenant.ingest("calls", "2025-01-01T00:00:00Z")
    const [usage] = await list(tenant, { invoice_id: null })
    const { id } = await add(tenant)
    const remove = (fee_id: string) => Effect.flatMap(Fees, (service) => service.delete(fee_id))
    expect(await tenant.fail(remove(usage!.id))).toMatchObject({ _tag: "InvalidTransition", action: "delete" })
    expect(await tenant.fail(update(id, { payment_status: "succeeded" }))).toMatchObject({ _tag: "Immutable" })
    await tenant.run(remove(id))
    expect(await tenant.fail(remove(id))).toMatchObject({ _tag: "FeeNotFound" })
    for (const payment_status of ["failed", "pending", "failed", "succeeded", "refunded"] as const) {
      expect(await tenant.run(update(usage!.id, { payment_status }))).toMatchObject({ payment_status })
    }
    expect(await tenant.fail(update(usage!.id, { payment_status: "pending" }))).toMatchObject({
      _tag: "InvalidTransition",
      from: "refunded"
    })
    const log = await tenant.run(Effect.flatMap(AuditTrail, (audit) => audit.list({ resource_type: "fee", order_by: "created_at:asc" })))
    expect(log.items.map(({ action, resource_id }) => [action, resource_id])).toEqual([
      ["created", id],
      ["deleted", id],
      ...Array.from({ length: 5 }, () => ["status_changed", usage!.id])
    ])
    expect(log.items[2]!.changes).toEqual({ payment_status: { before: "pending", after: "failed" } })
    for (const wrong of [{ amount_cents: "0" }, { amount_cents: -1n }, { description: "" }]) {
      expect(
        await tenant.fail(
          Effect.flatMap(Fees, (service) => service.create({ external_customer_id: "c", amount_cents: 1n, description: "d", ...wrong }))
        )
      ).toMatchObject({ _tag: "InvalidInput" })
    }
  })
})
