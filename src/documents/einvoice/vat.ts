/** VAT by EN 16931: which category a tax is of, and the breakdown of a document by category and rate. Pure. */
import { Either } from "effect"
import type { Tax } from "../../catalog/index.js"
import { Exact, sumOf } from "../../core/index.js"
import type { InvoiceDocument } from "../../invoicing/index.js"
import type { EAllowance, ELine, EVatBreakdown, Vat, VatCategory } from "./model.js"
import { vatCategories } from "./model.js"
import { type EInvoiceProblem, problem } from "./refusal.js"
import { written } from "./text.js"

/** The taxes of a document by id. */
export type TaxesById = ReadonlyMap<string, Tax>

type TaxRow = InvoiceDocument["taxes"][number]

/** As they were at its issue: what a tax was renamed or recategorized to since changes no document; what it did not say then, it may say since. */
export const taxesAtIssue = (applied: ReadonlyArray<TaxRow>, taxes: ReadonlyArray<Tax>): TaxesById => {
  const issued = new Map(applied.flatMap((row) => (row.taxable_type === "invoice" ? [[row.tax_id, row]] : [])))
  return new Map(
    taxes.map((tax) => {
      const { tax_category = null, tax_description = null, tax_name = null } = issued.get(tax.id) ?? {}
      const { category, description, name } = tax
      return [tax.id, { ...tax, name: tax_name ?? name, category: tax_category ?? category, description: tax_description ?? description }]
    })
  )
}

/** The VAT of a line, with what its breakdown says of it. */
export interface LineVat extends Vat {
  readonly name: string
  readonly exemption_reason: string | null
  readonly exemption_code: string | null
}

/** Why nothing is charged, where a category says it all (VATEX). */
const EXEMPTIONS: Partial<Record<VatCategory, { readonly reason: string; readonly code: string }>> = {
  AE: { reason: "Reverse charge", code: "VATEX-EU-AE" },
  K: { reason: "Intra-community supply", code: "VATEX-EU-IC" },
  G: { reason: "Export outside the EU", code: "VATEX-EU-G" },
  O: { reason: "Not subject to VAT", code: "VATEX-EU-O" }
}

/** The code that a tax's category is, in capitals; null where it has none. */
export const categoryOf = (tax: Pick<Tax, "category"> | undefined): string | null => written(tax?.category)?.toUpperCase() ?? null

const isCategory = (text: string | null): text is VatCategory => vatCategories.includes(text as VatCategory)

const vatOf = (category: VatCategory, rate: string, name: string, description: string | null): LineVat => ({
  category,
  rate: category === "O" ? null : rate,
  name,
  exemption_reason: category === "S" || category === "Z" ? null : (written(description) ?? EXEMPTIONS[category]?.reason ?? name),
  exemption_code: EXEMPTIONS[category]?.code ?? null
})

/** What is bought with a wallet's credits is taxed when it is used. */
export const notSubjectToVat: LineVat = vatOf("O", "0", "", null)

/**
 * The VAT that a tax is: its `category` where that is one of EN 16931's codes, else the standard one for a rate above 0. What nothing is
 * charged for has to say why, so that a rate of 0 needs a category.
 */
export const lineVat = (tax_id: string, fraction: string, taxes: TaxesById): Either.Either<LineVat, EInvoiceProblem> => {
  const tax = taxes.get(tax_id)
  const named = categoryOf(tax)
  const rate = Exact.shift(Exact.unsafeFromText(fraction), 2)
  const charged = !Exact.isZero(rate)
  const field = `taxes.${tax?.code ?? tax_id}`
  const category = isCategory(named) ? named : charged ? "S" : null
  if (category === null) {
    return Either.left(problem("BT-118", `${field}.category`, `a rate of 0 needs one of ${vatCategories.slice(1).join(", ")}`))
  }
  if (category === "S" && !charged) return Either.left(problem("BT-119", `${field}.rate`, "category S has a rate above 0"))
  if (category !== "S" && charged) return Either.left(problem("BT-119", `${field}.rate`, `category ${category} has a rate of 0`))
  return Either.right(vatOf(category, Exact.toText(rate), written(tax?.name) ?? category, tax?.description ?? null))
}

export const vatKey = ({ category, rate }: Vat): string => `${category} ${rate ?? ""}`

/** What is under one category and rate: its lines less its allowances (BR-S-08 and its like). */
const baseOf = (key: string, lines: ReadonlyArray<ELine>, allowances: ReadonlyArray<EAllowance>): bigint =>
  sumOf(lines, ({ net_cents, vat }) => (vatKey(vat) === key ? net_cents : 0n)) -
  sumOf(allowances, ({ amount_cents, vat }) => (vatKey(vat) === key ? amount_cents : 0n))

/** BR-CO-17: base × rate, rounded half away to the currency's minor unit, or to two decimals where that is finer. */
const taxOn = (base_cents: bigint, rate: string | null, exponent: number): bigint => {
  if (rate === null) return 0n
  const exact = Exact.shift(Exact.multiply(Exact.fromBigInt(base_cents), Exact.unsafeFromText(rate)), -2)
  return Exact.toMinorUnits(Exact.round(exact, Math.min(2 - exponent, 0)), 0)
}

const joined = (texts: ReadonlyArray<string | null>): string | null => {
  const said = [...new Set(texts.filter((text): text is string => text !== null && text !== ""))]
  return said.length === 0 ? null : said.join(", ")
}

/** BG-23: one for each category and rate, in the order of the lines. `vats` are those of the lines. */
export const breakdownOf = (
  vats: ReadonlyArray<LineVat>,
  lines: ReadonlyArray<ELine>,
  allowances: ReadonlyArray<EAllowance>,
  exponent: number
): ReadonlyArray<EVatBreakdown> =>
  [...new Set(vats.map(vatKey))].map((key) => {
    const same = vats.filter((vat) => vatKey(vat) === key)
    const { category, exemption_code, rate } = same[0]!
    const base_cents = baseOf(key, lines, allowances)
    return {
      category,
      rate,
      name: joined(same.map(({ name }) => name)) ?? "",
      base_cents,
      tax_cents: taxOn(base_cents, rate, exponent),
      exemption_reason: joined(same.map(({ exemption_reason }) => exemption_reason)),
      exemption_code
    }
  })
