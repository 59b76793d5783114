/**
 * What progressive invoices bill of windows: loaded for many windows at once, credited on the fees of whoever bills the
 * window next, and what they billed too much as amounts to give back (invoicing.md 12.3 to 12.5).
 */
import { Array as Arr, Effect } from "effect"
import { sumOf } from "../core/index.js"
import type { CreditNoteItem, CreditNoteStore } from "../credits/index.js"
import { creditedOf } from "../credits/index.js"
import type { FeeLine } from "./assemble.js"
import { type FeeGivenBack, leftOf } from "./given-back.js"
import { type ClosingFee, type ProgressiveInvoice, progressiveCredit, surplusItems } from "./progressive.js"
import type { FeeOnInvoice, InvoiceStore, SubscriptionStretch } from "./store.js"

/** Usage lines with what of them is billed already, and what was billed beyond them. */
export interface Credited {
  readonly lines: ReadonlyArray<FeeLine>
  readonly surplus: ReadonlyArray<FeeGivenBack>
}

/** Lookups over what was loaded for some windows. */
export interface BilledAhead {
  /** The usage lines of the window of a subscription that begins at an instant, in order. */
  readonly credit: (window: Pick<SubscriptionStretch, "subscription_id" | "from">, lines: ReadonlyArray<FeeLine>) => Credited
  /** The items of notes on the fees that were loaded. */
  readonly items: ReadonlyArray<CreditNoteItem>
}

/** Charge and filter. */
const keyOf = ({ charge_filter_id, charge_id }: Pick<FeeLine, "charge_id" | "charge_filter_id">): string =>
  `${charge_id} ${charge_filter_id ?? ""}`

/** What of a line is usage; a minimum takes no credit. */
const closingFee = (line: FeeLine): ClosingFee => ({
  usage_key: line.fee_type === "charge" && line.properties.reason === undefined ? keyOf(line) : null,
  amount_cents: line.amount_cents
})

/** The invoices that fees stand on, in order of the fees. */
const invoicesOf = (fees: ReadonlyArray<FeeOnInvoice>, items: ReadonlyArray<CreditNoteItem>): ReadonlyArray<ProgressiveInvoice> =>
  Object.values(Arr.groupBy(fees, ({ invoice }) => invoice.id)).map((own) => ({
    status: own[0].invoice.status,
    fees: own.map(({ fee }) => ({
      fee_id: fee.id,
      usage_key: keyOf(fee),
      amount_cents: fee.amount_cents,
      progressive_billing_credit_amount_cents: fee.progressive_billing_credit_amount_cents,
      credited_cents: creditedOf(fee.id, items).amount_cents
    }))
  }))

/** Minor units that progressive invoices bill of a window and that were not given back; before coupons and taxes. */
export const billedAheadCents = (invoices: typeof InvoiceStore.Service, notes: typeof CreditNoteStore.Service) =>
  Effect.fnUntraced(function* (window: SubscriptionStretch) {
    const standing = (yield* invoices.progressiveFees([window])).filter(({ invoice }) => invoice.status !== "voided")
    const items = yield* notes.itemsOf(standing.map(({ fee }) => fee.id))
    return sumOf(standing, (of) => leftOf(of, items))
  })

/** Loads what progressive invoices bill of windows, their rows locked; one statement where there is none. */
export const billedAhead = (invoices: typeof InvoiceStore.Service, notes: typeof CreditNoteStore.Service) =>
  Effect.fnUntraced(function* (windows: ReadonlyArray<SubscriptionStretch>) {
    const fees = windows.length === 0 ? [] : yield* invoices.lockProgressiveFees(windows)
    const items = yield* notes.itemsOf(fees.map(({ fee }) => fee.id))
    const known = new Map(fees.map((of) => [of.fee.id as string, of]))
    const credit: BilledAhead["credit"] = ({ from, subscription_id }, lines) => {
      const own = fees.filter(({ fee }) => fee.subscription_id === subscription_id && fee.period_start!.epochMillis === from.epochMillis)
      if (own.length === 0) return { lines, surplus: [] }
      const ahead = invoicesOf(own, items)
      const credits = progressiveCredit(lines.map(closingFee), ahead)
      return {
        lines: lines.map((line, index) => ({ ...line, progressive_billing_credit_amount_cents: credits.fees[index]! })),
        surplus: surplusItems(credits.surplus, ahead).flatMap(({ items: parts }) =>
          parts.map(({ amount_cents, fee_id }) => ({ of: known.get(fee_id)!, amount_cents }))
        )
      }
    }
    return { credit, items } satisfies BilledAhead
  })
