/** What both kinds of document have in common: from lines, allowances and parties to an electronic invoice, or to what is wrong. Pure. */
import { type DateTime, Either } from "effect"
import { type CurrencyCode, exponentOf, localDate, sumOf } from "../../core/index.js"
import type { Fee, Parties } from "../../invoicing/index.js"
import { lastMoment } from "../fee-details.js"
import type { EAllowance, EInvoice, ELine, EPeriod, ETotals, EVatBreakdown } from "./model.js"
import { buyerOf, partyProblems, sellerOf } from "./parties.js"
import { type EInvoiceProblem, problem } from "./refusal.js"
import { isSayable } from "./text.js"
import { breakdownOf, type LineVat } from "./vat.js"

/** A document before its sums: `booked_cents` is its total as the books have it, `paid_cents` what was taken off since. */
export interface Parts
  extends Pick<
    EInvoice,
    "kind" | "number" | "issued_on" | "due_on" | "buyer_reference" | "payment_terms" | "note" | "preceding" | "period"
  > {
  readonly currency: CurrencyCode
  readonly parties: Parties
  readonly vats: ReadonlyArray<LineVat>
  readonly lines: ReadonlyArray<ELine>
  readonly allowances: ReadonlyArray<EAllowance>
  readonly booked_cents: bigint
  readonly paid_cents: bigint
}

/** [from, to) as its first and last day. */
export const daysOf = (from: DateTime.Utc | null, to: DateTime.Utc | null, timezone: string): EPeriod | null => {
  if (from === null || to === null) return null
  const first = localDate(from, timezone)
  const last = localDate(lastMoment(to), timezone)
  return { from: first, to: last < first ? first : last }
}

export const feePeriod = ({ period_end, period_start }: Fee, timezone: string): EPeriod | null => daysOf(period_start, period_end, timezone)

/** BR-CO-10 to 16. Tax is on the document's own bases; where the books were rounded otherwise, the difference is BT-114. */
const totalsOf = ({ allowances, booked_cents, lines, paid_cents }: Parts, vat: ReadonlyArray<EVatBreakdown>): ETotals => {
  const lines_cents = sumOf(lines, ({ net_cents }) => net_cents)
  const allowances_cents = sumOf(allowances, ({ amount_cents }) => amount_cents)
  const net_cents = lines_cents - allowances_cents
  const tax_cents = sumOf(vat, (each) => each.tax_cents)
  const gross_cents = net_cents + tax_cents
  const rounding_cents = booked_cents - gross_cents
  return {
    lines_cents,
    allowances_cents,
    net_cents,
    tax_cents,
    gross_cents,
    paid_cents,
    rounding_cents,
    due_cents: gross_cents - paid_cents + rounding_cents
  }
}

/** EN 16931 says two decimals; an amount in thousandths cannot be said. */
const amountProblems = (parts: Parts, totals: ETotals): ReadonlyArray<EInvoiceProblem> => {
  const exponent = exponentOf(parts.currency)
  const amounts = [
    ...parts.lines.map(({ net_cents }) => net_cents),
    ...parts.allowances.map(({ amount_cents }) => amount_cents),
    totals.paid_cents,
    totals.rounding_cents
  ]
  return amounts.every((cents) => isSayable(cents, exponent))
    ? []
    : [problem("BT-5", "currency", `amounts in ${parts.currency} have more than the two decimals that EN 16931 knows`)]
}

/** BR-O-11: what is not subject to VAT stands alone. */
const mixtureProblems = (vat: ReadonlyArray<EVatBreakdown>): ReadonlyArray<EInvoiceProblem> =>
  vat.length > 1 && vat.some(({ category }) => category === "O")
    ? [problem("BT-118", "taxes.category", "what is not subject to VAT (O) cannot stand beside what is")]
    : []

export const assembled = (
  parts: Parts,
  problems: ReadonlyArray<EInvoiceProblem>
): Either.Either<EInvoice, ReadonlyArray<EInvoiceProblem>> => {
  const { booked_cents: _, paid_cents: __, parties, vats, ...said } = parts
  const vat = breakdownOf(vats, parts.lines, parts.allowances, exponentOf(parts.currency))
  const categories = new Set(vat.map(({ category }) => category))
  const totals = totalsOf(parts, vat)
  const seller = sellerOf(parties, categories)
  const buyer = buyerOf(parties, categories)
  const all = [
    ...partyProblems(seller, buyer, categories),
    ...problems,
    ...(parts.lines.length === 0 && problems.length === 0 ? [problem("BG-25", "lines", "there is none")] : []),
    ...mixtureProblems(vat),
    ...amountProblems(parts, totals)
  ]
  if (all.length > 0) return Either.left(all)
  const country = buyer.address.country
  const delivery = categories.has("K") ? { on: parts.period === null ? parts.issued_on : null, country } : null
  return Either.right({ ...said, seller, buyer, delivery, vat, totals })
}
