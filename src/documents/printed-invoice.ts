/** An invoice as it is printed. Pure. */
import { type CurrencyCode, Exact, exponentOf } from "../core/index.js"
import { type Fee, type InvoiceDocument, type Settlement, type SettlementType, settledCents } from "../invoicing/index.js"
import type { EInvoice, TaxesById } from "./einvoice/index.js"
import { feeDetails, periodText } from "./fee-details.js"
import { type DocumentLocale, documentLocale, filled } from "./locale.js"
import { customerLines, issuerLines } from "./parties.js"
import type { PrintedDocument, PrintedFact, PrintedLine, PrintedTotal } from "./printed.js"
import { taxTotals } from "./tax-totals.js"
import { exemptionNotes, lineTaxes } from "./tax-words.js"

/** What of an invoice's settlements stands of one type. */
const takenBy = (settlements: ReadonlyArray<Settlement>, type: typeof SettlementType.Type): bigint =>
  settledCents(settlements.filter(({ settlement_type }) => settlement_type === type))

/** Of a unit price on paper: an average of tiers has many more, and is said to be one. */
const PRICE_DECIMALS = 6

const unitPrice = (price: string, decimals: number, { decimal }: DocumentLocale): string => {
  const exact = Exact.unsafeFromText(price)
  const shown = Exact.round(exact, PRICE_DECIMALS)
  return `${Exact.equals(shown, exact) ? "" : "~ "}${decimal(Exact.toText(shown), decimals)}`
}

const printedLine = (fee: Fee, borne: ReadonlyArray<string>, timezone: string, locale: DocumentLocale): PrintedLine => {
  const currency = fee.currency as CurrencyCode
  return {
    description: fee.description,
    details: [...feeDetails(fee, timezone, locale), ...borne],
    units: locale.decimal(fee.units),
    unit_price: unitPrice(fee.precise_unit_amount, exponentOf(currency), locale),
    amount: locale.amount(fee.amount_cents, currency)
  }
}

const totalsOf = (
  { invoice, settlements, taxes }: InvoiceDocument,
  due_cents: bigint,
  table: TaxesById,
  locale: DocumentLocale,
  spoken: EInvoice | null
): ReadonlyArray<PrintedTotal> => {
  const { money, words } = locale
  const currency = invoice.currency as CurrencyCode
  const line = (label: string, cents: bigint, strong = false): PrintedTotal => ({ label, value: money(cents, currency), strong })
  const less = (label: string, cents: bigint): ReadonlyArray<PrintedTotal> => (cents === 0n ? [] : [line(label, -cents)])
  return [
    line(words.subtotal, invoice.subtotal_cents),
    ...less(words.billed_before, invoice.progressive_billing_credit_amount_cents),
    ...less(words.discounts, invoice.coupons_amount_cents),
    ...taxTotals(
      taxes.filter(({ taxable_type }) => taxable_type === "invoice"),
      currency,
      table,
      locale,
      spoken
    ),
    line(words.total, invoice.total_cents, true),
    ...less(words.credit_notes, takenBy(settlements, "credit_note")),
    ...less(words.prepaid_credits, takenBy(settlements, "wallet_credit")),
    ...less(words.payments, takenBy(settlements, "payment")),
    // Of a voided one nothing is.
    ...(invoice.status === "voided" ? [] : [line(words.amount_due, due_cents, true)])
  ]
}

/**
 * A final invoice on paper; what was voided is stamped so. As the page of an electronic invoice it has its taxes.
 *
 * @see spec billing 9.5
 */
export const printedInvoice = (
  document: InvoiceDocument,
  table: TaxesById,
  localeTag: string,
  spoken: EInvoice | null = null
): PrintedDocument => {
  const { fees, invoice, settlements, taxes } = document
  const locale = documentLocale(localeTag)
  const { date, money, words } = locale
  const { billing_period_end, billing_period_start, due_date, issued_at, parties, timezone } = invoice
  const currency = invoice.currency as CurrencyCode
  const due_cents = invoice.total_cents - settledCents(settlements)
  const fact = (label: string, value: string | null): ReadonlyArray<PrintedFact> => (value === null ? [] : [{ label, value }])
  const borne = lineTaxes(document, table, locale)
  const due_on = due_date === null ? null : date(due_date, timezone)
  return {
    organization_id: invoice.organization_id,
    locale: localeTag,
    title: words.invoice,
    number: invoice.invoice_number ?? "",
    issued_at: (issued_at ?? invoice.created_at).epochMillis,
    stamp: invoice.status === "voided" ? words.voided : null,
    issuer: issuerLines(parties, locale),
    bill_to: { label: words.bill_to, lines: customerLines(parties, locale) },
    facts: [
      ...fact(words.number, invoice.invoice_number),
      ...fact(words.issued, issued_at === null ? null : date(issued_at, timezone)),
      ...fact(words.due, due_on),
      ...fact(
        words.period,
        billing_period_start === null || billing_period_end === null
          ? null
          : periodText(billing_period_start, billing_period_end, timezone, locale)
      )
    ],
    columns: {
      description: words.description,
      units: words.units,
      unit_price: words.unit_price,
      amount: `${words.amount} (${invoice.currency})`
    },
    lines: fees.map((fee) => printedLine(fee, borne(fee.id), timezone, locale)),
    totals: totalsOf(document, due_cents, table, locale, spoken),
    notes: [
      ...exemptionNotes(taxes, table, locale),
      ...(invoice.status === "paid" || due_cents === 0n
        ? [words.paid]
        : invoice.status === "finalized" && due_on !== null
          ? [filled(words.pay_by, { amount: money(due_cents, currency), date: due_on })]
          : [])
    ],
    footer: parties.issuer.invoice_footer ?? null,
    page: words.page
  }
}
