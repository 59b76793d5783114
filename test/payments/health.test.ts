import { Effect } from "effect"
import { expect, it } from "vitest"
import { scriptedProvider } from "../../adapters/testing/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import { Collecting, CustomerHealths, PaymentMethods, Payments } from "../../src/payments/index.js"
import { describeBilling } from "../support/billing.js"

const health = (external_id: string) => Effect.flatMap(CustomerHealths, (service) => service.get(external_id))
const overdue = (is: boolean) =>
  Effect.flatMap(Invoices, (invoices) => Effect.map(invoices.list({ overdue: is }), ({ items }) => items.map(({ id }) => id as string)))

describeBilling("the health of a customer", (host) => {
  it("is good, a warning while something is open, critical once it is overdue: when the local day of the due date is over", async () => {
    const t = await host.tenant({ customer: { timezone: "America/New_York" } })
    t.at("2025-01-01T05:00:00Z")
    await t.plan({ code: "p", currency: "EUR", amount_cents: 5_000n })
    await t.subscribe("s", "p")
    expect(await t.run(health("c"))).toMatchObject({ health: "good", invoices: 0, amounts: [] })
    await t.bill("2025-02-01T05:00:00Z")
    const [{ invoice }] = (await t.invoices()) as [Awaited<ReturnType<typeof t.invoices>>[number]]
    expect(await t.run(health("c"))).toEqual({
      health: "warning",
      invoices: 1,
      unpaid_invoices: 1,
      overdue_invoices: 0,
      failed_payments: 0,
      amounts: [{ currency: "EUR", invoiced_cents: 5_000n, outstanding_cents: 5_000n, overdue_cents: 0n }]
    })
    // Due on 3 March in New York.
    t.at("2025-03-04T04:59:59Z")
    expect([await t.run(overdue(true)), await t.run(overdue(false))]).toEqual([[], [invoice.id]])
    t.at("2025-03-04T05:00:00Z")
    expect([await t.run(overdue(true)), await t.run(overdue(false))]).toEqual([[invoice.id], []])
    expect(await t.run(health("c"))).toMatchObject({ health: "critical", overdue_invoices: 1, amounts: [{ overdue_cents: 5_000n }] })
    t.at("2025-05-01T05:00:00Z")
    expect(await t.run(overdue(true))).toEqual([invoice.id])
    await t.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: invoice.id })))
    expect([await t.run(overdue(true)), await t.run(overdue(false))]).toEqual([[], [invoice.id]])
    expect(await t.run(health("c"))).toMatchObject({ health: "good", amounts: [{ outstanding_cents: 0n }] })
    expect(await t.fail(health("nobody"))).toMatchObject({ _tag: "CustomerNotFound", id: "nobody" })
  })

  it("is critical once two payments failed, a warning at one", async () => {
    const t = await host.tenant({ providers: [scriptedProvider()] })
    t.at("2025-01-01T00:00:00Z")
    await t.plan({ code: "p", currency: "EUR", amount_cents: 5_000n })
    await t.subscribe("s", "p")
    const methods = Effect.flatMap(PaymentMethods, (service) =>
      service.add({ external_customer_id: "c", provider: "stripe", provider_payment_method_id: "fails" })
    )
    await t.run(methods)
    for (const [month, expected] of [
      ["2025-02-01T00:00:00Z", "warning"],
      ["2025-03-01T00:00:00Z", "critical"]
    ] as const) {
      await t.bill(month)
      await t.run(Effect.flatMap(Collecting, (collecting) => collecting.collectDue()))
      expect((await t.run(health("c"))).health).toBe(expected)
    }
  })
})
