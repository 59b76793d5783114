/** A credit note as it is printed. Pure. */
import type { CurrencyCode } from "../core/index.js"
import { type CreditNoteDocument, noteTaxes } from "../credits/index.js"
import type { InvoiceDocument } from "../invoicing/index.js"
import type { EInvoice, TaxesById } from "./einvoice/index.js"
import { feeDetails } from "./fee-details.js"
import { documentLocale } from "./locale.js"
import { customerLines, issuerLines } from "./parties.js"
import type { PrintedDocument, PrintedTotal } from "./printed.js"
import { taxTotals } from "./tax-totals.js"
import { exemptionNotes, lineTaxes } from "./tax-words.js"

/** A final credit note on paper, under the names that its invoice was issued in. */
export const printedCreditNote = (
  document: CreditNoteDocument,
  invoiced: InvoiceDocument,
  table: TaxesById,
  localeTag: string,
  spoken: EInvoice | null = null
): PrintedDocument => {
  const { items, note } = document
  const { fees, invoice, taxes } = invoiced
  const locale = documentLocale(localeTag)
  const { amount, date, money, words } = locale
  const { parties, timezone } = invoice
  const currency = note.currency as CurrencyCode
  const issued_at = note.issued_at ?? note.created_at
  const feeOf = (id: string) => fees.find((fee) => fee.id === id)
  const rateOf = (tax_id: string, fee_id: string) =>
    taxes.find((tax) => tax.tax_id === tax_id && tax.taxable_id === fee_id)?.tax_rate ?? "0"
  const given = noteTaxes(document).map((tax) => ({ ...tax, tax_rate: rateOf(tax.tax_id, tax.fee_id) }))
  const borne = lineTaxes(invoiced, table, locale)
  const total = (label: string, cents: bigint, strong = false): PrintedTotal => ({ label, value: money(cents, currency), strong })
  return {
    organization_id: note.organization_id,
    locale: localeTag,
    title: words.credit_note,
    number: note.number ?? "",
    issued_at: issued_at.epochMillis,
    stamp: note.credit_status === "voided" ? words.voided : null,
    issuer: issuerLines(parties, locale),
    bill_to: { label: words.bill_to, lines: customerLines(parties, locale) },
    facts: [
      { label: words.number, value: note.number ?? "" },
      { label: words.issued, value: date(issued_at, timezone) },
      { label: words.for_invoice, value: invoice.invoice_number ?? "" },
      { label: words.reason, value: words.reasons[note.reason] }
    ],
    columns: { description: words.description, units: "", unit_price: "", amount: `${words.amount} (${note.currency})` },
    lines: items.map(({ fee_id, net_amount_cents }) => {
      const fee = feeOf(fee_id)
      return {
        description: fee?.description ?? "",
        details: [
          ...(fee === undefined ? [] : feeDetails({ ...fee, properties: { ...fee.properties, breakdown: [] } }, timezone, locale)),
          ...borne(fee_id)
        ],
        units: "",
        unit_price: "",
        amount: amount(net_amount_cents, currency)
      }
    }),
    totals: [
      total(words.subtotal, note.sub_total_cents),
      ...taxTotals(given, currency, table, locale, spoken),
      total(words.total, note.total_amount_cents, true),
      ...(note.refund_amount_cents > 0n ? [total(words.refunded, note.refund_amount_cents)] : []),
      ...(note.credit_amount_cents > 0n ? [total(words.credited, note.credit_amount_cents)] : [])
    ],
    notes: [...exemptionNotes(given, table, locale), ...(note.description === null ? [] : [note.description])],
    footer: parties.issuer.invoice_footer ?? null,
    page: words.page
  }
}
