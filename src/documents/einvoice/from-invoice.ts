/** A final invoice as an electronic one. Pure. */
import { Either } from "effect"
import { type CurrencyCode, Exact, exponentOf, localDate, sumOf } from "../../core/index.js"
import { type Fee, type InvoiceDocument, settledCents } from "../../invoicing/index.js"
import type { DocumentLocale } from "../locale.js"
import { assembled, daysOf, feePeriod } from "./assemble.js"
import type { EAllowance, EInvoice, ELine } from "./model.js"
import { type EInvoiceProblem, problem } from "./refusal.js"
import { amountText, written } from "./text.js"
import { type LineVat, lineVat, notSubjectToVat, type TaxesById, vatKey } from "./vat.js"

/** The VAT of a fee: of one tax, since a line of EN 16931 has just one category. */
export const feeVat = (
  fee: Pick<Fee, "id" | "description">,
  { invoice, taxes }: InvoiceDocument,
  table: TaxesById
): Either.Either<LineVat, EInvoiceProblem> => {
  if (invoice.invoice_type === "credit") return Either.right(notSubjectToVat)
  const [tax, ...others] = taxes.filter(({ taxable_id, taxable_type }) => taxable_type === "fee" && taxable_id === fee.id)
  const field = `lines[${fee.description}].taxes`
  if (tax === undefined) return Either.left(problem("BT-151", field, "has no tax; one of rate 0 and its category says why"))
  if (others.length > 0) return Either.left(problem("BT-151", field, "has more than one tax"))
  return lineVat(tax.tax_id, tax.tax_rate, table)
}

/** Units × price where that is the fee to the minor unit; of tiers and flat amounts it is one of the whole. */
const pricing = (fee: Fee, exponent: number): Pick<ELine, "quantity" | "price"> => {
  const product = Exact.multiply(Exact.unsafeFromText(fee.units), Exact.unsafeFromText(fee.precise_unit_amount))
  const fits = Exact.toMinorUnits(product, exponent) === fee.amount_cents && !fee.precise_unit_amount.startsWith("-")
  return fits ? { quantity: fee.units, price: fee.precise_unit_amount } : { quantity: "1", price: amountText(fee.amount_cents, exponent) }
}

type Discount = Pick<EAllowance, "reason" | "reason_code"> & { readonly of: (fee: Fee) => bigint }

/** What was billed before and coupons, each as one allowance for each category and rate. */
const allowancesOf = (fees: ReadonlyArray<Fee>, vats: ReadonlyArray<LineVat>, { words }: DocumentLocale): ReadonlyArray<EAllowance> => {
  const discounts: ReadonlyArray<Discount> = [
    { reason: words.billed_before, reason_code: null, of: (fee) => fee.progressive_billing_credit_amount_cents },
    { reason: words.discounts, reason_code: "95", of: (fee) => fee.coupons_amount_cents }
  ]
  return discounts.flatMap(({ of, reason, reason_code }) =>
    [...new Map(vats.map((vat) => [vatKey(vat), vat])).values()].flatMap(({ category, rate }): ReadonlyArray<EAllowance> => {
      const vat = { category, rate }
      const amount_cents = sumOf(
        fees.filter((_, at) => vatKey(vats[at]!) === vatKey(vat)),
        of
      )
      return amount_cents === 0n ? [] : [{ amount_cents, reason, reason_code, vat }]
    })
  )
}

/**
 * A final invoice as it stands now: payments, wallet credits and applied credit notes are what was paid (BT-113).
 *
 * @see reliability 4 (EN 16931)
 */
export const eInvoiceOf = (
  document: InvoiceDocument,
  table: TaxesById,
  locale: DocumentLocale,
  buyer_reference: string | null
): Either.Either<EInvoice, ReadonlyArray<EInvoiceProblem>> => {
  const { fees, invoice, settlements } = document
  const { billing_period_end, billing_period_start, created_at, due_date, invoice_number, issued_at, parties, timezone } = invoice
  const currency = invoice.currency as CurrencyCode
  const exponent = exponentOf(currency)
  const [problems, vats] = separated(fees.map((fee) => feeVat(fee, document, table)))
  const lines =
    problems.length > 0
      ? []
      : fees.map((fee, at): ELine => {
          const { category, rate } = vats[at]!
          return {
            id: `${at + 1}`,
            name: written(fee.description) ?? `${at + 1}`,
            ...pricing(fee, exponent),
            net_cents: fee.amount_cents,
            period: feePeriod(fee, timezone),
            vat: { category, rate }
          }
        })
  return assembled(
    {
      kind: "invoice",
      number: invoice_number ?? "",
      issued_on: localDate(issued_at ?? created_at, timezone),
      due_on: due_date === null ? null : localDate(due_date, timezone),
      currency,
      buyer_reference: written(buyer_reference),
      payment_terms: null,
      note: null,
      preceding: null,
      period: daysOf(billing_period_start, billing_period_end, timezone),
      parties,
      vats,
      lines,
      allowances: problems.length > 0 ? [] : allowancesOf(fees, vats, locale),
      booked_cents: invoice.total_cents,
      paid_cents: settledCents(settlements)
    },
    problems
  )
}

/** Each problem once, and the VAT of each line. */
export const separated = (
  each: ReadonlyArray<Either.Either<LineVat, EInvoiceProblem>>
): readonly [ReadonlyArray<EInvoiceProblem>, ReadonlyArray<LineVat>] => {
  const lefts = each.flatMap((either) => (Either.isLeft(either) ? [either.left] : []))
  return [
    [...new Map(lefts.map((left) => [`${left.term} ${left.field}`, left])).values()],
    each.flatMap((either) => (Either.isRight(either) ? [either.right] : []))
  ]
}
