/** Fees that a host added for a customer: they wait for the next invoice of a subscription, and stand last on it, as the same rows (billing 10). Pure. */
import type { Subscription } from "../subscriptions/index.js"
import type { FeeLine } from "./assemble.js"
import type { Batch } from "./batch.js"
import type { Fee } from "./fee.js"
import { levelsOf } from "./levels.js"
import type { Piece } from "./piece.js"
import type { InvoiceDocument } from "./store.js"
import { lineOfFee } from "./stored-line.js"

/** Those on the draft of a subscription: everything else of this type is on a sale. */
export const addedFeesOf = ({ fees }: Pick<InvoiceDocument, "fees">): ReadonlyArray<Fee> => fees.filter((fee) => fee.fee_type === "add_on")

/** Its line on an invoice of a subscription: no plan's taxes are its own. */
export const addedLine = (fee: Fee, row: Subscription, batch: Batch): FeeLine => {
  const { plan_id: _, ...levels } = levelsOf(row, row.plan_id, batch)
  return lineOfFee(fee, batch.taxes.of(levels))
}

/** The ids of lines of which the last are rows already. */
export const idsOfAdded = (lines: number, added: ReadonlyArray<Pick<Fee, "id">>): ReadonlyArray<string | undefined> => [
  ...Array.from({ length: lines - added.length }, () => undefined),
  ...added.map(({ id }) => id)
]

/** Whether a piece takes what waits: where its document is made anyway, and where a period ends. */
export const takesAdded = ({ skip, work }: Piece, lines: number): boolean => !skip && (lines > 0 || work.usage !== null)

/** What waits, given out to pieces in their order: each fee to the first of its customer in its currency. */
export const dealtTo = <P extends { readonly customer_id: string; readonly currency: string } | null>(
  takers: ReadonlyArray<P>,
  waiting: ReadonlyArray<Fee>
): ReadonlyArray<ReadonlyArray<Fee>> => {
  const taken = new Set<string>()
  return takers.map((taker) => {
    if (taker === null) return []
    const own = waiting.filter((fee) => fee.customer_id === taker.customer_id && fee.currency === taker.currency && !taken.has(fee.id))
    for (const { id } of own) taken.add(id)
    return own
  })
}
