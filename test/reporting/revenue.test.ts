/** total_revenue of a month: what the OEM's customer was invoiced, net of tax, coupons and credit notes (F3). */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { BillingEntities, Customers } from "../../src/accounts/index.js"
import { Plans, Taxes } from "../../src/catalog/index.js"
import { Coupons, Wallets } from "../../src/credits/index.js"
import { Oems } from "../../src/fieldwork/index.js"
import { Billing, CreditNotes, Invoices } from "../../src/invoicing/index.js"
import { MonthlyReports } from "../../src/reporting/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeField, users } from "../support/field.js"

describeField("revenue of a month", (host) => {
  it("is what was invoiced less what was credited, net, in the OEM's zone", async () => {
    const { at, run } = await host.operator({ timezone: "Asia/Kolkata" })
    const report = (month: string) =>
      run(
        Effect.flatMap(MonthlyReports, (all) => all.create({ oem: users.oem, month })),
        "oem_reporting"
      )
    const revenueNow = async (id: string) => {
      const { revenue_currency, total_revenue } = await run(
        Effect.flatMap(MonthlyReports, (all) => all.regenerate(id)),
        "oem_reporting"
      )
      return [total_revenue, revenue_currency]
    }
    const customer = { external_customer_id: "oem" }
    const invoiced = (unit_amount_cents: string) =>
      run(Effect.flatMap(Invoices, (all) => all.oneOff({ ...customer, lines: [{ description: "Chargers", unit_amount_cents }] })))
    at("2025-03-02T00:00:00Z")
    const { id, total_revenue } = await report("2025-03-01")
    expect(total_revenue).toBeNull()
    await run(
      Effect.gen(function* () {
        yield* (yield* BillingEntities).create({ code: "main", name: "Acme", invoice_prefix: "INV" })
        yield* (yield* Customers).create({ external_id: "oem", name: "Maker", currency: "EUR" })
        yield* (yield* Taxes).create({ code: "vat", name: "VAT", rate: "0.18", applied_to_organization: true })
        yield* (yield* Oems).update(users.oem, customer)
      })
    )
    expect(await revenueNow(id)).toEqual(["0.0000", "EUR"])

    // 10,000.00 invoiced and 500.00 credited; taxes are no revenue.
    const { fees, invoice } = await invoiced("1000000")
    expect(invoice.total_cents).toBe(1_180_000n)
    const credited = (amount_cents: string) =>
      run(
        Effect.flatMap(CreditNotes, (notes) =>
          Effect.flatMap(
            notes.create({
              invoice_id: invoice.id,
              credit_note_type: "credit",
              reason: "order_change",
              items: [{ fee_id: fees[0]!.id, amount_cents }]
            } as never),
            ({ note }) => notes.finalize(note.id)
          )
        )
      )
    await credited("50000")
    expect(await revenueNow(id)).toEqual(["9500.0000", "EUR"])

    // What is void was never invoiced or credited, and what buys credits is no revenue.
    const { note } = await credited("10000")
    await run(Effect.flatMap(CreditNotes, (notes) => notes.void(note.id)))
    const voided = await invoiced("700000")
    await run(Effect.flatMap(Invoices, (all) => all.void(voided.invoice.id)))
    await run(
      Effect.gen(function* () {
        const wallets = yield* Wallets
        const wallet = yield* wallets.create({ ...customer, code: "w", rate_amount: "1" })
        yield* wallets.topUp({ id: wallet.id }, { credits: "30", kind: "purchased" })
      })
    )
    expect(await revenueNow(id)).toEqual(["9500.0000", "EUR"])

    // 100.00 less 10 %, of a subscription's first week.
    await run(
      Effect.gen(function* () {
        yield* (yield* Plans).create({ code: "p", name: "P", interval: "weekly", amount_cents: "10000", currency: "EUR" })
        yield* (yield* Coupons).create({ code: "k", name: "K", coupon_type: "percentage", percentage_rate: "10" })
        yield* (yield* Coupons).apply({ coupon_code: "k", ...customer })
        yield* (yield* Subscriptions).create({
          external_id: "s",
          ...customer,
          plan_code: "p",
          billing_time: "anniversary"
        })
        at("2025-03-10T12:00:00Z")
        yield* (yield* Billing).billDue()
      })
    )
    expect(await revenueNow(id)).toEqual(["9590.0000", "EUR"])

    at("2025-03-31T18:29:59Z")
    await invoiced("100")
    at("2025-03-31T18:30:00Z")
    await invoiced("200")
    expect(await revenueNow(id)).toEqual(["9591.0000", "EUR"])
    expect((await report("2025-04-01")).total_revenue).toBe("2.0000")
    at("2025-03-01T09:00:00Z")
  })
})
