/** What the steps of a running case share. */

import type { DateTime } from "effect"
import { Effect } from "effect"
import { CreditNotes, type Invoice, Invoices } from "../../../src/invoicing/index.js"
import type { Names } from "./names.js"

export interface World {
  readonly names: Names
  /** External id of the customer that is meant where a step names none. */
  readonly customer: string
  /** The time of the running step. */
  readonly at: () => DateTime.Utc
  /** A transaction id that no event has yet. */
  readonly transactionId: () => string
}

/** More documents than a case makes. */
const ALL = { limit: 1000, order_by: "created_at:asc" } as const

/** Every invoice, drafts and voided ones too, in order of creation. */
export const allInvoices = Effect.flatMap(Invoices, (invoices) => Effect.map(invoices.list(ALL), (page) => page.items))

/** Every credit note, in order of creation. */
export const allCreditNotes = Effect.flatMap(CreditNotes, (notes) => Effect.map(notes.list(ALL), (page) => page.items))

/** The invoice that a case refers to by its index. */
export const invoiceAt = (index: number) =>
  Effect.map(allInvoices, (invoices): Invoice => {
    const invoice = invoices[index]
    if (invoice === undefined) throw new RangeError(`there is no invoice ${index}: ${invoices.length} were made`)
    return invoice
  })
