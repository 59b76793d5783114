/** The worked invoice of docs/money.md, computed by the services: the page's two tables are what they come to. */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Coupons, Wallets } from "../../src/credits/index.js"
import { CreditNotes, type Fee, type InvoiceDocument, Invoices, UsageThresholds } from "../../src/invoicing/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Payments } from "../../src/payments/index.js"
import { describeBilling } from "../support/billing.js"

/** The rows of the tables under a heading: cells without their text in front, those that are empty left out. */
const tables = readFileSync(new URL("../../docs/money.md", import.meta.url), "utf8")
  .split("## An invoice with everything on it")[1]!
  .split("\n\n")
  .filter((part) => part.startsWith("|"))
  .map((part) =>
    part
      .split("\n")
      .slice(2)
      .map((row) =>
        row
          .split("|")
          .slice(2, -1)
          .map((cell) => cell.trim())
          .filter((cell) => cell !== "")
      )
  )

const sum = (values: ReadonlyArray<bigint>): bigint => values.reduce((total, value) => total + value, 0n)

describeBilling("the worked invoice of docs/money.md", (host) => {
  it("is what the services bill, settle and credit", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    const { run } = tenant
    const vat = await tenant.tax("vat", "0.2")
    const city = await tenant.tax("city", "0.085")
    await tenant.metric("calls", { aggregation_type: "count" })
    await tenant.plan({
      code: "p",
      amount_cents: 3000n,
      charges: [{ metric_code: "calls", charge_model: "standard", properties: { amount: "0.0333" } }]
    })
    await run(Effect.flatMap(UsageThresholds, (thresholds) => thresholds.create({ plan_code: "p", amount_cents: 500n })))
    await tenant.subscribe("s", "p")
    tenant.at("2025-01-10T00:00:00Z")
    await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 200 })
    const sold = await run(
      Effect.flatMap(Invoices, (invoices) =>
        invoices.oneOff({ external_customer_id: "c", currency: "EUR", lines: [{ description: "Visit", unit_amount_cents: "500" }] })
      )
    )
    await run(
      Effect.flatMap(CreditNotes, (notes) =>
        notes.issue({
          invoice_id: sold.invoice.id,
          credit_note_type: "credit",
          items: [{ fee_id: sold.fees[0]!.id, amount_cents: 100n }]
        })
      )
    )
    await run(
      Effect.flatMap(Wallets, (wallets) =>
        wallets.create({ external_customer_id: "c", code: "w", rate_amount: "3", granted_credits: "100" })
      )
    )
    await run(
      Effect.flatMap(Coupons, (coupons) =>
        Effect.zipRight(
          coupons.create({
            code: "k",
            name: "K",
            coupon_type: "fixed_amount",
            amount_cents: 1000n,
            amount_currency: "EUR",
            frequency: "once"
          }),
          coupons.apply({ coupon_code: "k", external_customer_id: "c" })
        )
      )
    )
    await tenant.ingest("calls", "2025-01-20T00:00:00Z", { count: 133 })
    await tenant.bill("2025-02-01T00:00:00Z")
    const billed = (await tenant.invoices()).find(({ invoice }) => invoice.invoice_type === "subscription")!
    const invoice_id = billed.invoice.id
    await run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id })))
    const document: InvoiceDocument = await run(Effect.flatMap(Invoices, (invoices) => invoices.get(invoice_id)))

    const { fees, invoice, settlements, taxes } = document
    const row = (of: (fee: Fee) => bigint, whole: bigint) => [...fees.map(of), whole].map(String)
    const shareOf = (id: string, tax_id: string) => taxes.find((tax) => tax.taxable_id === id && tax.tax_id === tax_id)!.tax_amount_cents
    const settled = (type: string) => sum(settlements.filter((one) => one.settlement_type === type).map(({ amount_cents }) => amount_cents))
    const netOf = (fee: Fee) => fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.coupons_amount_cents
    const [credited, prepaid, paid] = [settled("credit_note"), settled("wallet_credit"), settled("payment")]
    expect([
      fees.map((fee) => fee.precise_amount_cents),
      row((fee) => fee.amount_cents, invoice.subtotal_cents),
      row((fee) => fee.progressive_billing_credit_amount_cents, invoice.progressive_billing_credit_amount_cents),
      row((fee) => fee.coupons_amount_cents, invoice.coupons_amount_cents),
      row(netOf, sum(fees.map(netOf))),
      row((fee) => shareOf(fee.id, vat.id), shareOf(invoice.id, vat.id)),
      row((fee) => shareOf(fee.id, city.id), shareOf(invoice.id, city.id)),
      row((fee) => fee.total_amount_cents, invoice.total_cents),
      [`${credited}`],
      [`${prepaid}`],
      [`${paid}`],
      [`${invoice.total_cents - credited - prepaid - paid}`]
    ]).toEqual(tables[0])

    const given: Array<ReadonlyArray<bigint>> = []
    for (const [fee, amount_cents] of [
      [0, 1500n],
      [0, 1500n],
      [1, 443n]
    ] as const) {
      const { note } = await run(
        Effect.flatMap(CreditNotes, (notes) =>
          notes.issue({ invoice_id, credit_note_type: "credit", items: [{ fee_id: fees[fee]!.id, amount_cents }] })
        )
      )
      given.push([note.sub_total_cents, note.taxes_amount_cents, note.total_amount_cents])
    }
    const all = [0, 1, 2].map((column) => sum(given.map((figures) => figures[column]!)))
    expect([...given, all].map((figures) => figures.map(String))).toEqual(tables[1])
    expect((await run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })
})
