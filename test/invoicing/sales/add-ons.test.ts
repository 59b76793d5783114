import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Taxes } from "../../../src/catalog/index.js"
import { AddOns, type AddOnsShape } from "../../../src/invoicing/index.js"
import { describeBilling, type Tenant } from "../../support/billing.js"

const MISSING = "019bd7b5-0000-7000-8000-000000000000"

const call = <A, E, R>(use: (service: AddOnsShape) => Effect.Effect<A, E, R>) => Effect.flatMap(AddOns, use)
const create = (code: string, input: Partial<Parameters<AddOnsShape["create"]>[0]> = {}) =>
  call((service) => service.create({ code, name: code, amount_cents: "10000", amount_currency: "EUR", ...input }))
const apply = (add_on_code: string, input: Partial<Parameters<AddOnsShape["apply"]>[0]> = {}) =>
  call((service) => service.apply({ add_on_code, external_customer_id: "c", ...input }))

describeBilling("add-ons", (host) => {
  it("are in the organization's currency unless they name one; their code is their own", async () => {
    const tenant = await host.tenant()
    const made = await tenant.run(call((service) => service.create({ code: "a", name: "A", amount_cents: 0n })))
    expect(made).toMatchObject({ amount_cents: 0n, amount_currency: "EUR", invoice_display_name: null })
    expect(await tenant.run(call((service) => service.get({ code: "a" })))).toEqual(made)
    expect(await tenant.fail(create("a"))).toMatchObject({ _tag: "CodeTaken", code: "a" })
    expect(await tenant.fail(create("b", { amount_currency: "ZZZ" }))).toMatchObject({ _tag: "UnknownCurrency" })
    expect(await tenant.fail(create("b", { amount_cents: "-1" }))).toMatchObject({ _tag: "InvalidInput", field: "amount_cents" })
    const update = call((service) => service.update({ code: "a" }, { amount_cents: "7", invoice_display_name: "Seven" }))
    expect(await tenant.run(update)).toMatchObject({ amount_cents: 7n, invoice_display_name: "Seven", name: "A" })
    expect((await tenant.run(call((service) => service.list()))).items.map(({ code }) => code)).toEqual(["a"])
  })

  it("are sold by an invoice of their own, taxed and final at once, whatever the grace period, and without coupons", async () => {
    const tenant = await host.tenant({ grace: 5 })
    tenant.at("2025-01-02T10:00:00Z")
    await tenant.tax("vat", "0.2")
    await tenant.coupon("k")
    await tenant.applyCoupon("k")
    await tenant.run(create("a", { invoice_display_name: "Bridge" }))
    const { applied, invoice } = await tenant.run(apply("a"))
    expect(applied).toMatchObject({ amount_cents: 10_000n, amount_currency: "EUR", invoice_id: invoice.invoice.id })
    expect(invoice.invoice).toMatchObject({
      invoice_type: "add_on",
      invoice_number: "INV-0001",
      status: "finalized",
      coupons_amount_cents: 0n,
      tax_amount_cents: 2000n,
      total_cents: 12_000n
    })
    expect(invoice.fees).toMatchObject([
      { fee_type: "add_on", description: "Bridge", units: "1", amount_cents: 10_000n, applied_add_on_id: applied.id }
    ])
    expect(invoice.fees[0]!.period_start?.epochMillis).toBe(Date.parse("2025-01-02T10:00:00Z"))
    expect(await tenant.violations()).toEqual([])
  })

  it("at an amount and in a currency of the application's own; at 0 they are paid at once", async () => {
    const tenant = await host.tenant()
    await tenant.run(create("a"))
    const { invoice } = await tenant.run(apply("a", { amount_cents: "2500", amount_currency: "JPY" }))
    expect(invoice.invoice).toMatchObject({ currency: "JPY", total_cents: 2500n })
    expect(invoice.fees[0]).toMatchObject({ precise_unit_amount: "2500" })
    expect((await tenant.run(apply("a", { amount_cents: "0" }))).invoice.invoice).toMatchObject({ status: "paid", total_cents: 0n })
  })

  it("bear the taxes on themselves before any other level's", async () => {
    const tenant = await host.tenant()
    await tenant.tax("org", "0.08")
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.create({ code: "own", name: "own", rate: "0.5" })))
    const { id } = await tenant.run(create("a"))
    const on = { tax_code: "own", taxable_type: "add_on", taxable_id: id } as const
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.apply(on)))
    expect((await tenant.run(apply("a"))).invoice.invoice.tax_amount_cents).toBe(5000n)
    const nowhere = { ...on, taxable_id: MISSING }
    expect(await tenant.fail(Effect.flatMap(Taxes, (taxes) => taxes.apply(nowhere)))).toMatchObject({ _tag: "AddOnNotFound" })
  })

  it("tell how often and to whom they were applied, and stay once they were", async () => {
    const tenant = await host.tenant()
    await tenant.customer({ external_id: "d", name: "Dora" })
    for (const code of ["a", "b", "gone"]) await tenant.run(create(code))
    await tenant.run(apply("a"))
    await tenant.run(apply("a", { external_customer_id: "d" }))
    await tenant.run(call((service) => service.delete({ code: "gone" })))
    expect(await tenant.fail(call((service) => service.delete({ code: "a" })))).toMatchObject({
      _tag: "StillReferenced",
      by: "applied_add_ons",
      count: 2
    })
    const { id } = await tenant.run(call((service) => service.get({ code: "b" })))
    await tenant.run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`INSERT INTO oem_profiles (id, organization_id, timezone, sla_days, add_on_id, created_at, updated_at)
          VALUES (${MISSING}, ${tenant.organization}, 'UTC', 21, ${id}, '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z')`
      )
    )
    expect(await tenant.fail(call((service) => service.delete({ code: "b" })))).toMatchObject({
      _tag: "StillReferenced",
      by: "oem_profiles",
      count: 1
    })
    expect(await tenant.run(call((service) => service.applicationCounts()))).toMatchObject([
      { code: "a", applications: 2 },
      { code: "b", applications: 0 }
    ])
    const { items } = await tenant.run(call((service) => service.applications({ order_by: "created_at:desc" })))
    expect(items.map((one) => [one.customer_name, one.external_customer_id])).toEqual([
      ["Dora", "d"],
      ["Customer", "c"]
    ])
  })

  it("of another organization are not there", async () => {
    const [one, other] = [await host.tenant(), await host.tenant()]
    const { id } = await one.run(create("a"))
    await one.run(apply("a"))
    const missing = async (tenant: Tenant, effect: ReturnType<typeof apply>, tag: string) =>
      expect(await tenant.fail(effect)).toMatchObject({ _tag: tag })
    await missing(other, apply("a"), "AddOnNotFound")
    await missing(one, apply("a", { external_customer_id: "nobody" }), "CustomerNotFound")
    expect(await other.fail(call((service) => service.get({ id })))).toMatchObject({ _tag: "AddOnNotFound" })
    expect(await other.run(call((service) => service.applicationCounts()))).toEqual([])
  })
})
