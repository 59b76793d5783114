/** Documents as tax systems are given them: what was asked about before an invoice became final is what is recorded of it afterwards. Pure. */
import { localDate } from "../core/index.js"
import type { CreditNoteDocument } from "../credits/index.js"
import type { InvoiceDocument } from "../invoicing/index.js"
import type { TaxAddress, TaxableFee, TaxDocument, TaxedDocument } from "./records.js"

/** A text that says something. */
export const textOrNull = (value: unknown): string | null => (typeof value === "string" && value.trim() !== "" ? value : null)

export const addressOf = (of: Readonly<Record<string, unknown>>): TaxAddress => ({
  line1: textOrNull(of.address_line1),
  city: textOrNull(of.city),
  region: textOrNull(of.state),
  postal_code: textOrNull(of.zip_code),
  country: textOrNull(of.country)
})

type Fees = InvoiceDocument["fees"]

/** A line's place among those with an amount is its name over there. */
const feesOf = (fees: Fees, amountOf: (fee: Fees[number]) => bigint): ReadonlyArray<TaxableFee> =>
  fees
    .map((fee) => ({ fee, amount_cents: amountOf(fee) }))
    .filter(({ amount_cents }) => amount_cents !== 0n)
    .map(({ amount_cents, fee: { description, fee_type, metric_code, properties, units } }, index) => ({
      fee_id: String(index + 1),
      fee_type,
      description,
      item_code: metric_code ?? properties.item_code ?? null,
      units,
      amount_cents
    }))

/** By what stands on the invoice itself: a customer that moved since was taxed where it was. */
const documentOf = ({ invoice }: InvoiceDocument, id: string, issued_on: string, fees: ReadonlyArray<TaxableFee>): TaxDocument => {
  const { customer, issuer } = invoice.parties
  const { email = null, external_id, name, ...billing_metadata } = customer
  return {
    id,
    currency: invoice.currency,
    issued_on,
    seller: { name: issuer.legal_name ?? issuer.name ?? "", address: addressOf(issuer), tax_id: issuer.tax_id ?? null },
    customer: {
      id: invoice.customer_id,
      external_id: external_id ?? "",
      name: name ?? "",
      email,
      currency: invoice.currency,
      billing_metadata,
      link: null
    },
    address: addressOf(billing_metadata),
    tax_id: textOrNull(billing_metadata.tax_id),
    fees
  }
}

const dayOf = (at: InvoiceDocument["invoice"]["issued_at"], { invoice }: InvoiceDocument): string =>
  localDate(at ?? invoice.created_at, invoice.timezone)

/** An invoice that an integration gave the rates of. */
export const taxedInvoice = (document: InvoiceDocument, integration_id: string): TaxedDocument => {
  const { invoice } = document
  const issued_on = dayOf(invoice.issued_at, document)
  const fees = feesOf(document.fees, (fee) => fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.coupons_amount_cents)
  return {
    integration_id,
    stands: invoice.status !== "voided",
    taxed_on: issued_on,
    document: documentOf(document, invoice.id, issued_on, fees)
  }
}

/** A credit note on such an invoice: what it gives back, as negative amounts, taxed as the invoice was. */
export const taxedNote = ({ items, note }: CreditNoteDocument, document: InvoiceDocument, integration_id: string): TaxedDocument => {
  const given = new Map<string, bigint>()
  for (const { fee_id, net_amount_cents } of items) given.set(fee_id, (given.get(fee_id) ?? 0n) - net_amount_cents)
  return {
    integration_id,
    stands: note.credit_status !== "voided",
    taxed_on: dayOf(document.invoice.issued_at, document),
    document: documentOf(
      document,
      note.id,
      dayOf(note.issued_at, document),
      feesOf(document.fees, (fee) => given.get(fee.id) ?? 0n)
    )
  }
}
