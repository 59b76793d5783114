/**
 * The arithmetic of credit notes: an item is an amount of a fee before coupons; what it gives back of the fee's net and of
 * each of its taxes follows from all that was credited of the fee so far. Pure.
 *
 * What a voided note gave back is left out of `credited`, and so can be credited again.
 */
import { Either, Schema } from "effect"
import { Exact, InvalidInput, type RoundingMode, split, sumOf } from "../core/index.js"
import { draw } from "./draw.js"
import { AmountExceedsDue, AmountExceedsFee, FeeNotOnInvoice, RefundExceedsPaid } from "./errors.js"

/** `credit`: a balance for later invoices. `refund`: money back. `offset`: settles its own invoice. */
export const CreditNoteType = Schema.Literal("credit", "refund", "offset")
export type CreditNoteType = typeof CreditNoteType.Type

/** Minor units of one tax. */
interface TaxAmount {
  readonly tax_id: string
  readonly amount_cents: bigint
}

/** What an item gives back, or several of one fee together, in minor units: of the fee before coupons, of its net, of each tax. */
export interface Credited {
  readonly amount_cents: bigint
  readonly net_amount_cents: bigint
  readonly taxes: ReadonlyArray<TaxAmount>
}

/** A fee of the invoice as it was issued, in minor units, and what notes that stand (drafts included) credited of it. */
export interface CreditableFee {
  readonly fee_id: string
  readonly amount_cents: bigint
  readonly progressive_billing_credit_amount_cents: bigint
  readonly coupons_amount_cents: bigint
  /** The fee's share of each of its taxes. */
  readonly taxes: ReadonlyArray<TaxAmount>
  readonly credited: Credited
}

/** What is asked for: so much of a fee, before coupons. */
export interface CreditNoteRequest {
  readonly fee_id: string
  readonly amount_cents: bigint
}

interface CreditNoteItemFigures extends Credited {
  readonly fee_id: string
  readonly taxes_amount_cents: bigint
}

/** A note's figures: total = sub_total + taxes, each the sum of its items'. */
export interface CreditNoteFigures {
  readonly items: ReadonlyArray<CreditNoteItemFigures>
  readonly sub_total_cents: bigint
  readonly taxes_amount_cents: bigint
  readonly total_amount_cents: bigint
}

export type CreditNoteError = InvalidInput | FeeNotOnInvoice | AmountExceedsFee

/** Nothing was credited yet. */
export const nothingCredited: Credited = { amount_cents: 0n, net_amount_cents: 0n, taxes: [] }

/** What several items of one fee give back together. */
export const creditedTogether = (items: ReadonlyArray<Credited>): Credited => {
  const taxes = new Map<string, bigint>()
  for (const { amount_cents, tax_id } of items.flatMap((item) => item.taxes)) taxes.set(tax_id, (taxes.get(tax_id) ?? 0n) + amount_cents)
  return {
    amount_cents: sumOf(items, (item) => item.amount_cents),
    net_amount_cents: sumOf(items, (item) => item.net_amount_cents),
    taxes: [...taxes].map(([tax_id, amount_cents]) => ({ tax_id, amount_cents }))
  }
}

/** What the invoice bills for a fee: its amount less its progressive credit. */
const billedOf = (fee: CreditableFee): bigint => fee.amount_cents - fee.progressive_billing_credit_amount_cents

/** What can still be an item: what the invoice bills for the fee, less what was credited of it. */
export const creditableOf = (fee: CreditableFee): bigint => billedOf(fee) - fee.credited.amount_cents

/**
 * The part of `whole` that belongs to an item, given that `credited` of `billed` is credited with it and `given` went before:
 * rounded over all of it, so that the parts add up to the whole. Where a void left more given than that, nothing.
 */
const partOf = (whole: bigint, credited: bigint, billed: bigint, given: bigint, mode: RoundingMode): bigint => {
  const due = Exact.roundQuotient(whole * credited, billed, mode) - given
  return due > 0n ? due : 0n
}

/** What an item of `amount_cents` (at most `creditableOf` the fee, above 0) gives back. */
const itemOf = (fee: CreditableFee, amount_cents: bigint, mode: RoundingMode): CreditNoteItemFigures => {
  const billed = billedOf(fee)
  const credited = fee.credited.amount_cents + amount_cents
  const taxes = fee.taxes.map(({ amount_cents: whole, tax_id }): TaxAmount => {
    const given = fee.credited.taxes.find((tax) => tax.tax_id === tax_id)?.amount_cents ?? 0n
    return { tax_id, amount_cents: partOf(whole, credited, billed, given, mode) }
  })
  return {
    fee_id: fee.fee_id,
    amount_cents,
    net_amount_cents: partOf(billed - fee.coupons_amount_cents, credited, billed, fee.credited.net_amount_cents, mode),
    taxes,
    taxes_amount_cents: sumOf(taxes, (tax) => tax.amount_cents)
  }
}

const checkShape = (requests: ReadonlyArray<CreditNoteRequest>): Either.Either<void, InvalidInput> => {
  const wrong = (field: string, reason: string) => Either.left(new InvalidInput({ field, reason }))
  if (requests.length === 0) return wrong("items", "expected at least one item")
  const seen = new Set<string>()
  for (const [index, { amount_cents, fee_id }] of requests.entries()) {
    if (amount_cents <= 0n) return wrong(`items[${index}].amount_cents`, "expected more than 0")
    if (seen.has(fee_id)) return wrong(`items[${index}].fee_id`, "expected each fee once")
    seen.add(fee_id)
  }
  return Either.right(undefined)
}

/**
 * The figures of a new note on the invoice that has `fees`; items in the order asked for.
 *
 * Fails with `InvalidInput` (no item, one not above 0, a fee twice), `FeeNotOnInvoice`, or `AmountExceedsFee`, at the first
 * item that is wrong.
 *
 * @see invoicing 17; decisions I4, N3
 */
export const creditNoteFigures = (
  requests: ReadonlyArray<CreditNoteRequest>,
  fees: ReadonlyArray<CreditableFee>,
  mode: RoundingMode
): Either.Either<CreditNoteFigures, CreditNoteError> => {
  const byId = new Map(fees.map((fee) => [fee.fee_id, fee]))
  const item = ({ amount_cents, fee_id }: CreditNoteRequest): Either.Either<CreditNoteItemFigures, CreditNoteError> => {
    const fee = byId.get(fee_id)
    if (fee === undefined) return Either.left(new FeeNotOnInvoice({ fee_id }))
    const available = creditableOf(fee)
    if (amount_cents > available) return Either.left(new AmountExceedsFee({ fee_id, available }))
    return Either.right(itemOf(fee, amount_cents, mode))
  }
  return Either.flatMap(checkShape(requests), () =>
    Either.map(Either.all(requests.map(item)), (items) => {
      const sub_total_cents = sumOf(items, (each) => each.net_amount_cents)
      const taxes_amount_cents = sumOf(items, (each) => each.taxes_amount_cents)
      return { items, sub_total_cents, taxes_amount_cents, total_amount_cents: sub_total_cents + taxes_amount_cents }
    })
  )
}

const worthOf = (item: CreditNoteItemFigures): bigint => item.net_amount_cents + item.taxes_amount_cents

/** What one fee can still give back in all, net and taxes. */
const leftOf = (fee: CreditableFee, mode: RoundingMode): bigint => {
  const left = creditableOf(fee)
  return left > 0n ? worthOf(itemOf(fee, left, mode)) : 0n
}

/** What of an item's taxes is more than in the one before it, each. */
const taxSteps = (item: CreditNoteItemFigures, before: CreditNoteItemFigures | undefined): ReadonlyArray<bigint> =>
  item.taxes.map(({ amount_cents }, index) => amount_cents - (before?.taxes[index]?.amount_cents ?? 0n))

/** An item whose taxes are changed by so much each. */
const withTaxes = (item: CreditNoteItemFigures, changes: ReadonlyArray<bigint>): CreditNoteItemFigures => {
  const taxes = item.taxes.map((tax, index) => ({ ...tax, amount_cents: tax.amount_cents + changes[index]! }))
  return { ...item, taxes, taxes_amount_cents: sumOf(taxes, (tax) => tax.amount_cents) }
}

/**
 * The item of a fee that gives back `value` (above 0, at most what is left): the largest that does. Where a minor unit more of the fee
 * takes taxes with it, so that no item does, the next smaller one with what is missing of these taxes; what is credited later
 * makes up for it.
 */
const itemWorth = (fee: CreditableFee, value: bigint, mode: RoundingMode): CreditNoteItemFigures => {
  let [fits, beyond] = [0n, creditableOf(fee) + 1n]
  while (beyond - fits > 1n) {
    const middle = (fits + beyond) / 2n
    if (worthOf(itemOf(fee, middle, mode)) <= value) fits = middle
    else beyond = middle
  }
  const item = fits > 0n ? itemOf(fee, fits, mode) : undefined
  if (item !== undefined && worthOf(item) === value) return item
  const next = itemOf(fee, fits + 1n, mode)
  const steps = taxSteps(next, item)
  if (item !== undefined) return withTaxes(item, draw(value - worthOf(item), steps).taken)
  // An item is at least one minor unit.
  const less = draw(worthOf(next) - value, steps).taken
  return withTaxes(
    next,
    less.map((each) => -each)
  )
}

/**
 * The figures of a new note whose total is `total_amount_cents` (above 0): over the fees in proportion to what each can still
 * give back, with its taxes.
 *
 * Fails with `RefundExceedsPaid` where the fees cannot give back as much.
 *
 * @see decisions N3
 */
export const figuresComingTo = (
  total_amount_cents: bigint,
  fees: ReadonlyArray<CreditableFee>,
  mode: RoundingMode
): Either.Either<CreditNoteFigures, RefundExceedsPaid> => {
  const left = fees.map((fee) => leftOf(fee, mode))
  const available = sumOf(left, (each) => each)
  if (total_amount_cents > available) return Either.left(new RefundExceedsPaid({ available }))
  const items = split(total_amount_cents, left).flatMap((value, index) => (value > 0n ? [itemWorth(fees[index]!, value, mode)] : []))
  const sub_total_cents = sumOf(items, (item) => item.net_amount_cents)
  return Either.right({ items, sub_total_cents, taxes_amount_cents: total_amount_cents - sub_total_cents, total_amount_cents })
}

/** What an invoice allows a note: the rest of what was paid and not refunded, and what is due; minor units. */
export interface CreditNoteLimits {
  readonly refundable_cents: bigint
  readonly due_cents: bigint
}

/** Refused where a refund is more than was paid and not refunded (`RefundExceedsPaid`), an offset more than is due (`AmountExceedsDue`). */
export const checkLimits = (
  type: CreditNoteType,
  total_amount_cents: bigint,
  { due_cents, refundable_cents }: CreditNoteLimits
): Either.Either<void, RefundExceedsPaid | AmountExceedsDue> => {
  if (type === "refund" && total_amount_cents > refundable_cents) {
    return Either.left(new RefundExceedsPaid({ available: refundable_cents }))
  }
  if (type === "offset" && total_amount_cents > due_cents) return Either.left(new AmountExceedsDue({ due: due_cents }))
  return Either.right(undefined)
}
