/** What a hand cannot change of documents that were issued, on both engines (reliability S1; architecture 11). */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { CreditNotes, Invoices } from "../../src/invoicing/index.js"
import { describeBilling } from "../support/billing.js"

describeBilling("final documents", (host) => {
  it("keep their parties, lines and taxes, and so do credit notes", async () => {
    const tenant = await host.tenant()
    await tenant.tax("vat", "0.2")
    const { fees, invoice, note } = await tenant.run(
      Effect.gen(function* () {
        const line = { description: "Setup", unit_amount_cents: "1000" }
        const { fees, invoice } = yield* Effect.flatMap(Invoices, (all) => all.oneOff({ external_customer_id: "c", lines: [line] }))
        const items = [{ fee_id: fees[0]!.id, amount_cents: 500n }]
        const { note } = yield* Effect.flatMap(CreditNotes, (all) =>
          all.issue({ invoice_id: invoice.id, credit_note_type: "credit", items })
        )
        return { fees, invoice, note }
      })
    )
    const byHand = (statement: string) =>
      host.asOwner(Effect.either(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement) as Effect.Effect<unknown, unknown>)))
    const [fee, at] = [fees[0]!.id, "2030-01-01T00:00:00.000Z"]
    for (const [statement, message] of [
      [`UPDATE invoices SET parties = '{}' WHERE id = '${invoice.id}'`, "a final invoice does not change"],
      [`UPDATE invoices SET timezone = 'Asia/Tokyo' WHERE id = '${invoice.id}'`, "a final invoice does not change"],
      [`UPDATE fees SET description = 'Other' WHERE id = '${fee}'`, "a fee of a final invoice does not change"],
      [`UPDATE fees SET period_start = '${at}' WHERE id = '${fee}'`, "a fee of a final invoice does not change"],
      [`UPDATE applied_taxes SET tax_name = 'Other' WHERE taxable_id = '${invoice.id}'`, "a tax of a final invoice does not change"],
      [`UPDATE applied_taxes SET tax_rate = tax_rate WHERE taxable_id = '${fee}'`, "a tax of a final invoice does not change"],
      [`DELETE FROM applied_taxes WHERE taxable_id = '${fee}'`, "a tax of a final invoice is not deleted"],
      [`UPDATE credit_notes SET issued_at = '${at}' WHERE id = '${note.id}'`, "a final credit note does not change"],
      [
        `UPDATE credit_note_items SET amount_cents = 400 WHERE credit_note_id = '${note.id}'`,
        "an item of a final credit note does not change"
      ],
      [`DELETE FROM credit_note_items WHERE credit_note_id = '${note.id}'`, "an item of a final credit note is not deleted"]
    ] as const) {
      const done = await byHand(statement)
      expect(done._tag, statement).toBe("Left")
      expect(String((done as { readonly left: { readonly cause: unknown } }).left.cause), statement).toContain(message)
    }
    expect(await tenant.violations()).toEqual([])
  })
})
