/** What is overdue, by customer and currency. Pure. */
import type { DateTime } from "effect"
import { type OrganizationId, sumOf } from "../../core/index.js"
import { type InvoiceDue, isInvoiceOverdue } from "../../invoicing/index.js"

/** Overdue invoices of one customer and currency. */
export interface OverdueGroup {
  readonly organization_id: OrganizationId
  readonly customer_id: string
  readonly currency: string
  readonly invoices: ReadonlyArray<InvoiceDue>
}

/** The groups of those invoices that are overdue and counted, in order of customer, then currency. */
export const overdueGroups = (
  invoices: ReadonlyArray<InvoiceDue>,
  now: DateTime.Utc,
  counts: (invoice: InvoiceDue) => boolean
): ReadonlyArray<OverdueGroup> => {
  const groups = new Map<string, { readonly of: InvoiceDue; readonly invoices: Array<InvoiceDue> }>()
  for (const invoice of invoices) {
    if (!counts(invoice) || !isInvoiceOverdue(invoice, now)) continue
    const key = `${invoice.customer_id} ${invoice.currency}`
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { of: invoice, invoices: [invoice] })
    else known.invoices.push(invoice)
  }
  return [...groups.keys()].toSorted().map((key) => {
    const { invoices: own, of } = groups.get(key)!
    return { organization_id: of.organization_id, customer_id: of.customer_id, currency: of.currency, invoices: own }
  })
}

export const dueOf = (group: OverdueGroup): bigint => sumOf(group.invoices, ({ due_cents }) => due_cents)
