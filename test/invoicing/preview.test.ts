import { Effect } from "effect"
import { expect, it } from "vitest"
import type { CreatePlanInput } from "../../src/catalog/index.js"
import { Wallets } from "../../src/credits/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import { settledCents } from "../../src/invoicing/settlement.js"
import { Events } from "../../src/metering/index.js"
import type { CreateSubscriptionInput } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const SEATS = { charge_model: "standard", properties: { amount: "7" }, metric_code: "seats" } as const

/** A tax, and seats that carry over; `customer` subscribes one to a plan of its own, both named the same, with three seats. */
const withSeats = async (tenant: Tenant) => {
  tenant.at("2025-01-10T09:00:00Z")
  await tenant.metric("seats", { aggregation_type: "sum", field_name: "n", recurring: true })
  await tenant.tax("vat", "0.20")
  return async (external_customer_id: string, plan: Partial<CreatePlanInput> = {}, more: Partial<CreateSubscriptionInput> = {}) => {
    const seats = { external_customer_id, code: "seats", timestamp: "2025-01-10T10:00:00Z", properties: { n: "3" } }
    await tenant.plan({ code: external_customer_id, amount_cents: "3000", charges: [SEATS], ...plan })
    await tenant.customer({ external_id: external_customer_id, name: external_customer_id })
    await tenant.subscribe(external_customer_id, external_customer_id, { external_customer_id, ...more })
    await tenant.run(Effect.flatMap(Events, (events) => events.ingest([{ transaction_id: external_customer_id, ...seats }])))
  }
}

const previewAt = (external_id: string, at: string) => Effect.flatMap(Invoices, (invoices) => invoices.preview({ external_id }, { at }))

describeBilling("a preview far ahead", (host) => {
  it("is what is then issued, whatever earlier invoices leave to it", async () => {
    const tenant = await host.tenant()
    const customer = await withSeats(tenant)
    await customer("arrears")
    await customer("committed", { commitment: { amount_cents: "9000" } }, { pay_in_advance: true })
    await customer("weekly", { interval: "weekly" }, { pay_in_advance: true, trial_period_days: 20 })
    await customer("couponed")
    await tenant.coupon("half", { percentage_rate: "50", frequency: "recurring", frequency_duration: 4 })
    await tenant.applyCoupon("half", { external_customer_id: "couponed" })
    await customer("prepaid")
    const granted = { external_customer_id: "prepaid", code: "w", rate_amount: "1", granted_credits: "25000" }
    await tenant.run(Effect.flatMap(Wallets, (wallets) => wallets.create(granted)))
    tenant.at("2025-01-15T00:00:00Z")
    const names = ["arrears", "committed", "weekly", "couponed", "prepaid"]
    const previews = await tenant.run(Effect.forEach(names, (name) => previewAt(name, "2025-05-20T00:00:00Z")))
    for (const month of [2, 3, 4, 5, 6]) await tenant.bill(`2025-0${month}-01T00:00:00Z`)
    const invoices = await tenant.invoices()
    expect(previews.map((preview) => [preview!.total_cents, preview!.settled_cents])).toEqual([
      [6120n, 0n],
      [10800n, 0n],
      [6120n, 0n],
      [6120n, 0n],
      [6120n, 1565n]
    ])
    for (const preview of previews) {
      const issued = invoices.find(
        ({ invoice }) =>
          invoice.subscription_id === preview!.subscription_id && invoice.billed_at.epochMillis === preview!.billed_at.epochMillis
      )!
      expect(preview!.settled_cents).toBe(settledCents(issued.settlements))
      const { coupons_amount_cents, subtotal_cents, tax_amount_cents, total_cents } = issued.invoice
      expect(preview).toMatchObject({ coupons_amount_cents, subtotal_cents, tax_amount_cents, total_cents })
      expect(preview!.fees.map(({ amount_cents, fee_type, properties }) => [fee_type, amount_cents, properties])).toEqual(
        issued.fees.map(({ amount_cents, fee_type, properties }) => [fee_type, amount_cents, properties])
      )
    }
  })

  it("takes hardly more statements than a near one where nothing is left to it", async () => {
    const tenant = await host.tenant()
    const customer = await withSeats(tenant)
    await customer("weekly", { interval: "weekly" })
    const statements = async (at: string) => (await tenant.run(countStatements(previewAt("weekly", at))))[1]
    const near = await statements("2025-01-25T00:00:00Z")
    expect(await statements("2035-01-25T00:00:00Z")).toBeLessThan(near + 10)
    // What would take thousands of pieces of work is refused before they are done.
    expect(await tenant.fail(previewAt("weekly", "9999-12-31T23:59:59.999Z"))).toMatchObject({ _tag: "InvalidInput", field: "at" })
    await tenant.subscribe("second", "weekly", { external_customer_id: "weekly" })
    expect(await tenant.fail(previewAt("weekly", "2035-01-25T00:00:00Z"))).toMatchObject({ _tag: "InvalidInput", field: "at" })
  })
})
