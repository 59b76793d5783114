/** The taxes of a document under its lines. Pure. */
import { type CurrencyCode, Exact } from "../core/index.js"
import type { EInvoice, TaxesById } from "./einvoice/index.js"
import { type DocumentLocale, filled } from "./locale.js"
import type { PrintedTotal } from "./printed.js"

/** A tax of a document; `tax_rate` is a fraction. */
interface DocumentTax {
  readonly tax_id: string
  readonly tax_rate: string
  readonly taxable_amount_cents: bigint
  readonly tax_amount_cents: bigint
}

interface TaxRow {
  readonly name: string
  readonly rate: string
  readonly base_cents: bigint
  readonly tax_cents: bigint
}

const fraction = (percent: string | null): string => Exact.toText(Exact.shift(Exact.unsafeFromText(percent ?? "0"), -2))

/**
 * One row for each tax. On the page of an electronic invoice that had to be rounded (BT-114) its own rows and the difference stand
 * instead, since both say the same.
 */
export const taxTotals = (
  taxes: ReadonlyArray<DocumentTax>,
  currency: CurrencyCode,
  table: TaxesById,
  { money, percent, words }: DocumentLocale,
  spoken: EInvoice | null
): ReadonlyArray<PrintedTotal> => {
  const row = ({ base_cents, name, rate, tax_cents }: TaxRow): PrintedTotal => ({
    label: filled(words.tax_on, { name, rate: percent(rate), base: money(base_cents, currency) }).trim(),
    value: money(tax_cents, currency),
    strong: false
  })
  if (spoken === null || spoken.totals.rounding_cents === 0n) {
    return taxes.map((tax) =>
      row({
        name: table.get(tax.tax_id)?.name ?? "",
        rate: tax.tax_rate,
        base_cents: tax.taxable_amount_cents,
        tax_cents: tax.tax_amount_cents
      })
    )
  }
  return [
    ...spoken.vat.map((vat) => row({ ...vat, rate: fraction(vat.rate) })),
    { label: words.rounding, value: money(spoken.totals.rounding_cents, currency), strong: false }
  ]
}
