/** What the page of a document has to say of its taxes beside their figures (VAT directive 226 (9), (11), (11a) and its like). Pure. */
import { Exact } from "../core/index.js"
import type { InvoiceDocument } from "../invoicing/index.js"
import { categoryOf, type TaxesById } from "./einvoice/index.js"
import type { DocumentLocale } from "./locale.js"
import { type Exemption, exemptions } from "./words.js"

const isExemption = (category: string | null): category is Exemption => exemptions.includes(category as Exemption)

/** Why nothing is charged, one sentence for each tax of a category that says so: in the law's words, and in the tax's own description. */
export const exemptionNotes = (
  taxes: ReadonlyArray<{ readonly tax_id: string; readonly tax_rate: string }>,
  table: TaxesById,
  { words }: DocumentLocale
): ReadonlyArray<string> => {
  const notes = taxes.flatMap(({ tax_id, tax_rate }) => {
    const tax = table.get(tax_id)
    const category = categoryOf(tax)
    if (!isExemption(category) || !Exact.isZero(Exact.unsafeFromText(tax_rate))) return []
    const description = tax?.description?.trim() ?? ""
    return [`${words.exemptions[category]}${description === "" ? "" : `: ${description}`}`]
  })
  return [...new Set(notes)]
}

/** Which taxes a line bears, where not all lines of the invoice bear the same; else the totals say it. */
export const lineTaxes = (
  { fees, taxes }: Pick<InvoiceDocument, "fees" | "taxes">,
  table: TaxesById,
  { percent }: DocumentLocale
): ((fee_id: string) => ReadonlyArray<string>) => {
  const borne = (fee_id: string) => taxes.filter((tax) => tax.taxable_type === "fee" && tax.taxable_id === fee_id)
  const sorts = new Set(
    fees.map(({ id }) =>
      borne(id)
        .map(({ tax_id }) => tax_id)
        .toSorted()
        .join(" ")
    )
  )
  if (sorts.size < 2) return () => []
  return (fee_id) => {
    const texts = borne(fee_id).map(({ tax_id, tax_rate }) => `${table.get(tax_id)?.name ?? ""} ${percent(tax_rate)}`.trim())
    return texts.length === 0 ? [] : [texts.join(", ")]
  }
}
