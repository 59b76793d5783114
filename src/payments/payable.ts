/** Invoices that can be paid. */
import { Effect } from "effect"
import { InvalidTransition, isUuid } from "../core/index.js"
import { InvoiceNotFound, type InvoiceStore } from "../invoicing/index.js"
import { NothingDue } from "./errors.js"

/** Why a final invoice cannot be paid. */
export type NotPayable = InvoiceNotFound | InvalidTransition | NothingDue

/** A final invoice with something due, locked. */
export const lockPayable = (invoices: typeof InvoiceStore.Service) =>
  Effect.fnUntraced(function* (id: string) {
    const [invoice] = isUuid(id) ? yield* invoices.lockDue([id]) : []
    if (invoice === undefined) return yield* new InvoiceNotFound({ id })
    const { status } = invoice
    if (status === "draft" || status === "voided") {
      return yield* new InvalidTransition({ entity: "Invoice", id, from: status, action: "pay" })
    }
    if (invoice.due_cents === 0n) return yield* new NothingDue({ invoice_id: id })
    return invoice
  })
