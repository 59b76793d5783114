/** The identities of one invoice (M2, M6, M8): its figures are the sums of its fees', and each fee follows from its exact amount. Pure. */

import { Either } from "effect"
import { currencyOf, Exact, type RoundingMode } from "../../core/index.js"
import { type RawDocument, type RawFee, type RawInvoice, type RawTax, wholeOf } from "./raw.js"
import type { Invariant, Violation } from "./violation.js"

type Found = Array<Violation>

const MODES: ReadonlyArray<string> = ["half_away", "half_even", "down"] satisfies ReadonlyArray<RoundingMode>

/** Figures that are whole; one that is not is M9's, and nothing is computed from it. */
const figuresOf = <K extends string>(
  row: Readonly<Record<K, string>>,
  names: ReadonlyArray<K>
): Readonly<Record<K, bigint>> | undefined => {
  const figures: Partial<Record<K, bigint>> = {}
  for (const name of names) {
    const whole = wholeOf(row[name])
    if (whole === undefined) return undefined
    figures[name] = whole
  }
  return figures as Readonly<Record<K, bigint>>
}

const SUMS = [
  ["subtotal_cents", "amount_cents"],
  ["progressive_billing_credit_amount_cents", "progressive_billing_credit_amount_cents"],
  ["coupons_amount_cents", "coupons_amount_cents"],
  ["tax_amount_cents", "taxes_amount_cents"],
  ["total_cents", "total_amount_cents"]
] as const

const INVOICE_FIGURES = SUMS.map(([figure]) => figure)
const FEE_FIGURES = SUMS.map(([, part]) => part)

type FeeFigures = Readonly<Record<(typeof FEE_FIGURES)[number], bigint>>

/**
 * Whether an amount is what rounding makes of the exact one. The 15 decimals that are stored may lie on the other side of a
 * half than the exact amount did, so that both neighbours of a half pass.
 */
export const isRounded = (amount: bigint, precise: string, mode: string): boolean => {
  const exact = Exact.fromText(precise)
  if (exact === undefined) return false
  const distance = Exact.subtract(Exact.fromBigInt(amount), exact)
  const doubled = Exact.abs(Exact.add(distance, distance))
  if (mode !== "down") return Exact.compare(doubled, Exact.one) <= 0
  const towardsZero = Exact.isNegative(exact) ? distance : Exact.negate(distance)
  return !Exact.isNegative(towardsZero) && Exact.compare(towardsZero, Exact.one) <= 0
}

/** A figure of a document in main units, as the mirror shows it. */
const mirrored = (amount: string, exponent: number): bigint | undefined => {
  const exact = Exact.fromText(amount)
  return exact === undefined ? undefined : Exact.toMinorUnits(exact, exponent)
}

const sum = (values: ReadonlyArray<bigint>): bigint => values.reduce((total, value) => total + value, 0n)

const checkFee = (
  fee: RawFee,
  figures: FeeFigures,
  taxes: ReadonlyArray<RawTax>,
  invoice: RawInvoice,
  add: (code: Invariant, reason: string) => void
) => {
  if (fee.currency !== invoice.currency) add("M8", `currency ${fee.currency} on an invoice in ${invoice.currency}`)
  const net = figures.amount_cents - figures.progressive_billing_credit_amount_cents - figures.coupons_amount_cents
  if (figures.total_amount_cents !== net + figures.taxes_amount_cents) {
    add("M2", `total_amount_cents ${figures.total_amount_cents} is not ${net} after discounts + ${figures.taxes_amount_cents} of taxes`)
  }
  if (!isRounded(figures.amount_cents, fee.precise_amount_cents, invoice.rounding_mode)) {
    add(
      "M2",
      `amount_cents ${figures.amount_cents} is not precise_amount_cents ${fee.precise_amount_cents} rounded (${invoice.rounding_mode})`
    )
  }
  const shares = sum(taxes.map((tax) => wholeOf(tax.tax_amount_cents) ?? 0n))
  if (shares !== figures.taxes_amount_cents)
    add("M2", `taxes_amount_cents ${figures.taxes_amount_cents} is not the sum of its taxes, ${shares}`)
  for (const tax of taxes) {
    if (wholeOf(tax.taxable_amount_cents) !== net)
      add("M2", `tax ${tax.tax_id} is on ${tax.taxable_amount_cents}, not on what is left of the fee, ${net}`)
  }
}

/** The shares of a tax are its amount on the invoice, and that is its base × rate, rounded once (N4). */
const checkTaxes = ({ fees, invoice, taxes }: RawDocument, found: Found) => {
  const onFees = taxes.filter((tax) => tax.taxable_type === "fee")
  const onInvoice = taxes.filter((tax) => tax.taxable_type === "invoice")
  const mode = (MODES.includes(invoice.rounding_mode) ? invoice.rounding_mode : "half_away") as RoundingMode
  for (const tax of onInvoice) {
    const add = (reason: string) => found.push({ code: "M2", table: "applied_taxes", id: tax.id, reason })
    const shares = onFees.filter((share) => share.tax_id === tax.tax_id)
    const [base, amount] = [wholeOf(tax.taxable_amount_cents), wholeOf(tax.tax_amount_cents)]
    const rate = Exact.fromText(tax.tax_rate)
    if (base === undefined || amount === undefined || rate === undefined) continue
    const bases = sum(shares.map((share) => wholeOf(share.taxable_amount_cents) ?? 0n))
    const amounts = sum(shares.map((share) => wholeOf(share.tax_amount_cents) ?? 0n))
    if (base !== bases) add(`taxable_amount_cents ${base} is not the sum over its fees, ${bases}`)
    if (amount !== amounts) add(`tax_amount_cents ${amount} is not the sum of its shares, ${amounts}`)
    const rounded = Exact.toMinorUnits(Exact.multiply(Exact.fromBigInt(base), rate), 0, mode)
    if (amount !== rounded) add(`tax_amount_cents ${amount} is not ${base} × ${tax.tax_rate} rounded, ${rounded}`)
  }
  const known = new Set(onInvoice.map((tax) => tax.tax_id))
  const feeIds = new Set(fees.map((fee) => fee.id))
  for (const tax of onFees) {
    if (!feeIds.has(tax.taxable_id) || !known.has(tax.tax_id)) {
      found.push({ code: "M2", table: "applied_taxes", id: tax.id, reason: "a share of a tax that its invoice does not have" })
    }
  }
}

/** What is due is never below 0, an invoice is paid where nothing is due, and a draft owes nothing yet, a voided one nothing any more. */
const settledReason = (status: string, total: bigint, settled: bigint): string | undefined => {
  if (settled > total) return `settlements of ${settled} exceed total_cents ${total}`
  if ((status === "draft" || status === "voided") && settled !== 0n) return `a ${status} invoice with settlements of ${settled}`
  if (status === "paid" && settled !== total) return `paid with ${total - settled} due`
  if (status === "finalized" && settled === total) return "nothing is due, and it is not paid"
  return undefined
}

/** What coupons took off a final invoice are their uses on it; a draft has none, and a void gives all back. */
const couponReason = (status: string, coupons: bigint, uses: bigint): string | undefined => {
  const expected = status === "finalized" || status === "paid" ? coupons : 0n
  return uses === expected ? undefined : `uses of coupons of ${uses} on a ${status} invoice with coupons_amount_cents ${coupons}`
}

/** What does not hold of an invoice, its fees and their taxes; empty when all is well. */
export const checkDocument = (document: RawDocument): ReadonlyArray<Violation> => {
  const { fees, invoice, taxes } = document
  const found: Found = []
  const onInvoice = (code: Invariant, reason: string) => found.push({ code, table: "invoices", id: invoice.id, reason })
  const currency = currencyOf(invoice.currency)
  if (Either.isLeft(currency)) onInvoice("M8", `unknown currency ${invoice.currency}`)
  const figures = figuresOf(invoice, INVOICE_FIGURES)
  const parts: Array<FeeFigures> = []
  for (const [index, fee] of fees.entries()) {
    const own = figuresOf(fee, FEE_FIGURES)
    if (own === undefined) continue
    parts.push(own)
    const onFee = (code: Invariant, reason: string) => found.push({ code, table: "fees", id: fee.id, reason })
    const shares = taxes.filter((tax) => tax.taxable_type === "fee" && tax.taxable_id === fee.id)
    checkFee(fee, own, shares, invoice, onFee)
    const mirror = invoice.line_items[index]
    const shown = mirror === undefined || Either.isLeft(currency) ? undefined : mirrored(mirror.amount, currency.right.exponent)
    if (shown !== undefined && shown !== own.amount_cents)
      onFee("M2", `amount_cents ${own.amount_cents} is shown as ${mirror!.amount} on its invoice`)
  }
  if (invoice.line_items.length !== fees.length) onInvoice("M2", `${invoice.line_items.length} line_items for ${fees.length} fees`)
  // A figure that is no whole number is reported once, as M9; sums that it is part of cannot be judged.
  if (figures !== undefined && parts.length === fees.length) {
    for (const [figure, part] of SUMS) {
      const total = sum(parts.map((own) => own[part]))
      if (figures[figure] !== total) onInvoice("M2", `${figure} ${figures[figure]} is not the sum of its fees' ${part}, ${total}`)
    }
  }
  const settled = wholeOf(document.settled_cents)
  const unsettled = figures === undefined || settled === undefined ? undefined : settledReason(invoice.status, figures.total_cents, settled)
  if (unsettled !== undefined) onInvoice("M2", unsettled)
  const uses = wholeOf(document.coupon_uses_cents)
  const unused = figures === undefined || uses === undefined ? undefined : couponReason(invoice.status, figures.coupons_amount_cents, uses)
  if (unused !== undefined) onInvoice("M6", unused)
  checkTaxes(document, found)
  return found
}
