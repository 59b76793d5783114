/** What of accounts is deleted, and what is refused, over both engines. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { keepers } from "../../adapters/sql/accounts/customer-store.js"
import { Dialect } from "../../adapters/sql/dialect.js"
import { tablesOf } from "../../adapters/sql/migrate.js"
import { BillingEntities, Customers, Organizations } from "../../src/accounts/index.js"
import { Taxes } from "../../src/catalog/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { Entitlements, Features } from "../../src/entitlements/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import { Events } from "../../src/metering/index.js"
import { DocumentMails } from "../../src/notifications/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling } from "../support/billing.js"

const entities = <A, E, R>(use: (service: typeof BillingEntities.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(BillingEntities, use)
const organizations = <A, E, R>(use: (service: typeof Organizations.Service) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(Organizations, use)

describeBilling("deletion of accounts", (host) => {
  it("a billing entity goes where it is not the default and has issued nothing; who named it goes on with the default", async () => {
    const tenant = await host.tenant({ grace: 3 })
    const other = await tenant.run(
      entities((service) => service.create({ code: "other", name: "Other", next_invoice_number: 7n, invoice_grace_period: 3 }))
    )
    const remove = entities((service) => service.delete({ code: "other" }))
    expect(await tenant.fail(entities((service) => service.delete({ code: "main" })))).toMatchObject({ _tag: "DefaultBillingEntity" })
    const tax = await tenant.tax("vat", "0.2")
    const on = { tax_code: tax.code, taxable_type: "billing_entity", taxable_id: other.id } as const
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.apply(on)))
    expect(await tenant.fail(remove)).toMatchObject({ _tag: "StillReferenced", by: "applied_taxes", count: 1 })
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.remove(on)))

    await tenant.customer({ external_id: "d", name: "D", billing_entity_id: other.id })
    expect((await tenant.run(entities((service) => service.customerCounts()))).map(({ code, customers }) => [code, customers])).toEqual([
      ["main", 0],
      ["other", 1]
    ])
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "100" })
    await tenant.subscribe("s", "p", { external_customer_id: "d", billing_entity_id: other.id, started_at: "2025-01-01T00:00:00Z" })
    await tenant.bill("2025-02-01T00:00:00Z")
    // A draft of a sale that names it, too.
    const line = { description: "Setup", unit_amount_cents: "500" }
    const sale = { external_customer_id: "c", lines: [line], billing_entity_id: other.id, draft: true }
    const draft = await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.oneOff(sale)))
    await tenant.run(remove)
    const sold = await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.finalize(draft.invoice.id)))
    expect(sold.invoice).toMatchObject({ invoice_number: "INV-0001", named_billing_entity_id: null })
    const [named, row] = await tenant.run(
      Effect.all([
        Effect.flatMap(Customers, (customers) => customers.get({ external_id: "d" })),
        Effect.flatMap(Subscriptions, (subscriptions) => subscriptions.get({ external_id: "s" }))
      ])
    )
    expect([named.billing_entity_id, row.billing_entity_id]).toEqual([null, null])
    // The draft is issued by the default, and then that cannot go, even when it is alone.
    await tenant.finalizeDue("2025-02-10T00:00:00Z")
    expect((await tenant.invoices()).map(({ invoice }) => invoice.invoice_number)).toEqual(["INV-0002", "INV-0001"])
    const last = entities((service) => service.delete({ code: "main" }))
    expect(await tenant.fail(last)).toMatchObject({ _tag: "StillReferenced", by: "invoices", count: 2 })
    expect(await tenant.violations()).toEqual([])
  })

  it("a customer goes as long as nothing is billed to it, with its links and what it said about mails; its events stay", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    const { id } = await tenant.customer({ external_id: "d", name: "D" })
    const remove = (external_id: string) => Effect.flatMap(Customers, (customers) => customers.delete({ external_id }))
    const tax = await tenant.tax("vat", "0.2")
    const on = { tax_code: tax.code, taxable_type: "customer", taxable_id: id } as const
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.apply(on)))
    expect(await tenant.fail(remove("d"))).toMatchObject({ _tag: "StillReferenced", by: "applied_taxes", count: 1 })
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.remove(on)))
    await tenant.metric("calls", { aggregation_type: "count" })
    const event = { transaction_id: "of-d", external_customer_id: "d", code: "calls", timestamp: "2025-01-01T00:00:00Z" }
    await tenant.run(
      Effect.gen(function* () {
        yield* (yield* DocumentMails).setMailing(id, { on_issue: true })
        yield* (yield* Events).ingest([event])
        yield* (yield* Customers).delete({ id })
      })
    )
    expect(await tenant.fail(remove("d"))).toMatchObject({ _tag: "CustomerNotFound", id: "d" })
    expect(await tenant.run(Effect.flatMap(Events, (events) => events.get({ transaction_id: "of-d" })))).toMatchObject({
      external_customer_id: "d"
    })
    await expect(tenant.customer({ external_id: "d", name: "Again" })).resolves.toMatchObject({ name: "Again" })

    const coupon = await tenant.coupon("ten")
    await tenant.applyCoupon(coupon.code)
    expect(await tenant.fail(remove("c"))).toMatchObject({ _tag: "StillReferenced", by: "applied_coupons", count: 1 })
    await tenant.plan({ code: "p", amount_cents: "100" })
    await tenant.subscribe("s", "p")
    expect(await tenant.fail(remove("c"))).toMatchObject({ _tag: "StillReferenced", by: "subscriptions", count: 1 })
    expect(await tenant.violations()).toEqual([])
  })

  it("every table that names a customer keeps it, follows one that does, or goes with it", async () => {
    const tenant = await host.tenant()
    const named = await tenant.run(
      Effect.gen(function* () {
        return tablesOf(yield* Dialect).flatMap(({ columns, name }) => ("customer_id" in columns ? [name] : []))
      })
    )
    expect(named.filter((name) => !keepers.includes(name)).toSorted()).toEqual([
      "integration_customers",
      "ledger_entries",
      "payment_charges",
      "wallet_transactions"
    ])
  })

  it("an organization goes with its catalogue and keys where it bills nobody", async () => {
    const tenant = await host.tenant()
    const refused = organizations((service) => service.delete(tenant.organization))
    expect(await tenant.fail(refused)).toMatchObject({ _tag: "StillReferenced", by: "customers", count: 1 })
    const made = await tenant.run(organizations((service) => service.create({ name: "Short" })))
    const here = Effect.provideService(CurrentOrganization, made.id)
    await tenant.run(
      Effect.gen(function* () {
        yield* (yield* BillingEntities).create({ code: "e", name: "E", next_invoice_number: 5n })
        yield* (yield* Features).create({ code: "sso", name: "SSO", feature_type: "boolean" })
      }).pipe(here)
    )
    await tenant.plan({ code: "p", amount_cents: "100" })
    await tenant.run(organizations((service) => service.delete(made.id)))
    expect(await tenant.fail(organizations((service) => service.get()).pipe(here))).toMatchObject({ _tag: "OrganizationNotFound" })
    expect(await tenant.fail(organizations((service) => service.delete(made.id)))).toMatchObject({
      _tag: "OrganizationNotFound",
      id: made.id
    })
    expect(await tenant.fail(organizations((service) => service.delete("x")))).toMatchObject({ _tag: "OrganizationNotFound", id: "x" })
    // Nobody else's is touched.
    expect(await tenant.run(Effect.flatMap(Entitlements, (service) => service.ofPlan({ code: "p" })))).toEqual([])
  })
})
