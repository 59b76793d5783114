/**
 * What a closed window owes beyond, or less than, what was billed for it, now that usage came late: per charge and filter a
 * line or an amount to give back; minimum and true-up only ever fall (invoicing.md 13). Pure.
 */
import { Array as Arr } from "effect"
import { Exact } from "../core/index.js"
import { type CreditNoteItem, draw, givenBack } from "../credits/index.js"
import type { FeeLine } from "./assemble.js"
import type { FeeGivenBack } from "./given-back.js"
import { leftOf } from "./given-back.js"
import { amountCents } from "./lines.js"
import type { FeeOnInvoice } from "./store.js"

/** What a window comes to. */
export interface Correction {
  readonly lines: ReadonlyArray<FeeLine>
  readonly given_back: ReadonlyArray<FeeGivenBack>
}

/** A window priced again, and what was billed for it: final documents that stand, oldest first, and the items of notes on their fees. */
export interface PricedAgain {
  /** Its charge lines now, minimums included, in plan order. */
  readonly lines: ReadonlyArray<FeeLine>
  /** Its true-up now, as if nothing of it had been billed; given what counts now. */
  readonly trueUp: (usage_cents: bigint) => bigint
  readonly billed: ReadonlyArray<FeeOnInvoice>
  readonly items: ReadonlyArray<CreditNoteItem>
}

type Keyed = Pick<FeeLine, "fee_type" | "charge_id" | "charge_filter_id" | "properties">

const isMinimum = ({ properties }: Keyed): boolean => properties.reason === "minimum"

/** Charge and filter; a minimum apart. */
const keyOf = (fee: Keyed): string =>
  fee.fee_type === "commitment" ? "commitment" : `${fee.charge_id} ${isMinimum(fee) ? "minimum" : (fee.charge_filter_id ?? "")}`

/** Fees that say what the window came to; a progressive invoice billed a part of it ahead. */
const closing = (fees: ReadonlyArray<FeeOnInvoice>): ReadonlyArray<FeeOnInvoice> =>
  fees.filter(({ invoice }) => invoice.invoice_type !== "progressive_billing")

/**
 * What was billed of a window: the amounts of its fees, whoever billed a part of them ahead, less what corrections gave back;
 * a note made by hand does not count.
 */
const billedCents = (fees: ReadonlyArray<FeeOnInvoice>, items: ReadonlyArray<CreditNoteItem>): bigint =>
  fees.reduce((sum, { fee }) => sum - givenBack(fee.id, "late_usage", items), amountCents(closing(fees).map(({ fee }) => fee)))

/** So much of some fees, the latest first, of each at most what is left of it. */
const latestFirst = (
  amount_cents: bigint,
  fees: ReadonlyArray<FeeOnInvoice>,
  items: ReadonlyArray<CreditNoteItem>
): ReadonlyArray<FeeGivenBack> => {
  const latest = fees.toReversed()
  const { taken } = draw(
    amount_cents,
    latest.map((of) => leftOf(of, items))
  )
  return latest.flatMap((of, index) => (taken[index]! > 0n ? [{ of, amount_cents: taken[index]! }] : []))
}

const unitsOf = (texts: ReadonlyArray<string>): Exact.Exact => Exact.sum(texts.map(Exact.unsafeFromText))

/** The line of a correction: the difference in amount, units and events; the price is that of the window's own terms. */
const lateLine = (lines: ReadonlyArray<FeeLine>, billed: ReadonlyArray<FeeOnInvoice>, amount_cents: bigint, due_cents: bigint): FeeLine => {
  const [first] = lines
  const closed = closing(billed)
  const units = Exact.subtract(unitsOf(lines.map((line) => line.units)), unitsOf(closed.map(({ fee }) => fee.units)))
  const events_count = lines.reduce((sum, line) => sum + line.events_count, 0) - closed.reduce((sum, { fee }) => sum + fee.events_count, 0)
  const { charge_model, charge_properties, filter, aggregation_type, rounding_mode } = first!.properties
  return {
    ...first!,
    units: Exact.toText(units),
    events_count: Math.max(0, events_count),
    amount_cents,
    precise_amount_cents: amount_cents.toString(),
    properties: {
      reason: "late_usage",
      ...(charge_model === undefined ? {} : { charge_model }),
      ...(charge_properties === undefined ? {} : { charge_properties }),
      ...(aggregation_type === undefined ? {} : { aggregation_type }),
      ...(filter === undefined ? {} : { filter }),
      ...(rounding_mode === undefined ? {} : { rounding_mode }),
      text: `priced again with usage that came late: ${due_cents} minor units now, ${due_cents - amount_cents} billed before`
    }
  }
}

/** What falls: an amount that must not be above `most`, of fees that billed more. */
const lowered = (
  most: bigint,
  fees: ReadonlyArray<FeeOnInvoice>,
  items: ReadonlyArray<CreditNoteItem>
): { readonly stands: bigint; readonly given_back: ReadonlyArray<FeeGivenBack> } => {
  const billed = billedCents(fees, items)
  const stands = most < billed ? most : billed
  return { stands, given_back: billed > stands ? latestFirst(billed - stands, fees, items) : [] }
}

/**
 * The corrections of one window: lines in plan order, amounts to give back of the fees that billed them, the latest first.
 *
 * @see decisions P12
 */
export const correctionOf = ({ billed, items, lines, trueUp }: PricedAgain): Correction => {
  const now = Arr.groupBy(lines, keyOf)
  const before = Arr.groupBy(billed, ({ fee }) => keyOf(fee))
  const late: Array<FeeLine> = []
  const given_back: Array<FeeGivenBack> = []
  let usage_cents = 0n
  for (const key of new Set([...Object.keys(now), ...Object.keys(before)])) {
    if (key === "commitment") continue
    const [due, fees] = [now[key] ?? [], before[key] ?? []]
    const due_cents = amountCents(due)
    if (key.endsWith(" minimum")) {
      const minimum = lowered(due_cents, fees, items)
      usage_cents += minimum.stands
      given_back.push(...minimum.given_back)
      continue
    }
    usage_cents += due_cents
    const missing = due_cents - billedCents(fees, items)
    if (missing > 0n) late.push(lateLine(due, fees, missing, due_cents))
    else if (missing < 0n) given_back.push(...latestFirst(-missing, fees, items))
  }
  const committed = lowered(trueUp(usage_cents), before.commitment ?? [], items)
  return { lines: late, given_back: [...given_back, ...committed.given_back] }
}
