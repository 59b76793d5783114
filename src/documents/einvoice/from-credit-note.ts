/** A final credit note as an electronic one: code 381, amounts above 0, what it gives back of which invoice. Pure. */
import type { Either } from "effect"
import { type CurrencyCode, exponentOf, localDate } from "../../core/index.js"
import type { CreditNoteDocument } from "../../credits/index.js"
import type { InvoiceDocument } from "../../invoicing/index.js"
import type { DocumentLocale } from "../locale.js"
import { assembled, feePeriod } from "./assemble.js"
import { feeVat, separated } from "./from-invoice.js"
import type { EInvoice, ELine } from "./model.js"
import type { EInvoiceProblem } from "./refusal.js"
import { amountText, noted, written } from "./text.js"
import type { TaxesById } from "./vat.js"

/** A final credit note, under the names that its invoice was issued in. */
export const eCreditNoteOf = (
  { items, note }: CreditNoteDocument,
  document: InvoiceDocument,
  table: TaxesById,
  { words }: DocumentLocale,
  buyer_reference: string | null
): Either.Either<EInvoice, ReadonlyArray<EInvoiceProblem>> => {
  const { fees, invoice } = document
  const { invoice_number, issued_at: invoiced_at, parties, timezone } = invoice
  const currency = note.currency as CurrencyCode
  const feeOf = (id: string) => fees.find((fee) => fee.id === id)
  const [problems, vats] = separated(
    items.map(({ fee_id }) => feeVat(feeOf(fee_id) ?? { id: fee_id as never, description: "" }, document, table))
  )
  const lines =
    problems.length > 0
      ? []
      : items.map(({ fee_id, net_amount_cents }, at): ELine => {
          const fee = feeOf(fee_id)
          const { category, rate } = vats[at]!
          return {
            id: `${at + 1}`,
            name: written(fee?.description) ?? `${at + 1}`,
            quantity: "1",
            price: amountText(net_amount_cents, exponentOf(currency)),
            net_cents: net_amount_cents,
            period: fee === undefined ? null : feePeriod(fee, timezone),
            vat: { category, rate }
          }
        })
  return assembled(
    {
      kind: "credit_note",
      number: note.number ?? "",
      issued_on: localDate(note.issued_at ?? note.created_at, timezone),
      due_on: null,
      currency,
      buyer_reference: written(buyer_reference),
      // BR-CO-25: how what is due here is settled.
      payment_terms: note.credit_note_type === "refund" ? words.refunded : words.credited,
      note: noted(written(`${words.reason}: ${words.reasons[note.reason]}${note.description === null ? "" : `. ${note.description}`}`)),
      preceding: { number: invoice_number ?? "", issued_on: invoiced_at === null ? null : localDate(invoiced_at, timezone) },
      period: null,
      parties,
      vats,
      lines,
      allowances: [],
      booked_cents: note.total_amount_cents,
      paid_cents: 0n
    },
    problems
  )
}
