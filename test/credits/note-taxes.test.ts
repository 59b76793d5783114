import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type CreditNoteItem, noteTaxes } from "../../src/credits/index.js"
import { describeBilling } from "../support/billing.js"

const item = (fee_id: string, net_amount_cents: bigint, taxes: Readonly<Record<string, bigint>>) =>
  ({
    fee_id,
    net_amount_cents,
    taxes: Object.entries(taxes).map(([tax_id, amount_cents]) => ({ tax_id, amount_cents }))
  }) as unknown as CreditNoteItem

describe("the taxes of a credit note", () => {
  it("are each tax once, over the items that carry it", () => {
    expect(noteTaxes({ items: [item("f1", 100n, { vat: 20n, city: 10n }), item("f2", 50n, { vat: 10n }), item("f3", 7n, {})] })).toEqual([
      { tax_id: "vat", fee_id: "f1", taxable_amount_cents: 150n, tax_amount_cents: 30n },
      { tax_id: "city", fee_id: "f1", taxable_amount_cents: 100n, tax_amount_cents: 10n }
    ])
  })
})

describeBilling("the taxes of a credit note are kept with it", (host) => {
  it("at the rate of the invoice, whatever the tax is now", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-04-01T00:00:00Z")
    await tenant.tax("vat", "0.2")
    await tenant.plan({ code: "low", amount_cents: "3000", currency: "EUR" })
    await tenant.plan({ code: "high", amount_cents: "6000", currency: "EUR" })
    await tenant.subscribe("s", "low", { pay_in_advance: true })
    await tenant.run(
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE taxes SET rate = '0.25' WHERE organization_id = ${tenant.organization}`)
    )
    tenant.at("2025-04-16T00:00:00Z")
    await tenant.changePlan("s", "high")
    const kept = await tenant.run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql<{ rate: string; amount: string; taxable: string }>`
          SELECT CAST(tax_rate AS TEXT) AS rate, CAST(CAST(tax_amount_cents AS INTEGER) AS TEXT) AS amount,
            CAST(CAST(taxable_amount_cents AS INTEGER) AS TEXT) AS taxable
          FROM applied_taxes WHERE organization_id = ${tenant.organization} AND taxable_type = 'credit_note'`
      )
    )
    expect(kept).toEqual([{ rate: "0.2", amount: "300", taxable: "1500" }])
    expect((await tenant.invoices())[1]!.invoice.tax_amount_cents).toBe(750n)
    expect(await tenant.violations()).toEqual([])
  })
})
