/** What is told of invoices and of fees that wait for one. */
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../core/index.js"
import { type Fee, type Invoice, type InvoiceDocument, InvoiceStore } from "../../invoicing/index.js"
import { momentOrNull, type WebhookEvent } from "../event.js"
import { Outbox } from "../outbox.js"
import { type AnnouncedInvoice, AnnouncedRows } from "./rows.js"
import { writesOver } from "./writes.js"

type InvoiceEvent = "invoice.created" | "invoice.finalized" | "invoice.paid" | "invoice.voided"

const invoiceKeys = (invoice: AnnouncedInvoice) => ({
  invoice_number: invoice.invoice_number,
  customer_id: invoice.customer_id,
  subscription_id: invoice.subscription_id,
  invoice_type: invoice.invoice_type,
  status: invoice.status,
  total_cents: String(invoice.total_cents),
  due_cents: String(invoice.due_cents),
  currency: invoice.currency,
  issued_at: momentOrNull(invoice.issued_at),
  due_date: momentOrNull(invoice.due_date)
})

const told = (type: InvoiceEvent, invoice: AnnouncedInvoice): WebhookEvent => ({
  type,
  organization_id: invoice.organization_id,
  object_id: invoice.id,
  data: invoiceKeys(invoice)
})

const late = (invoice: AnnouncedInvoice, days_overdue: number): WebhookEvent => ({
  type: "invoice.payment_overdue",
  organization_id: invoice.organization_id,
  object_id: invoice.id,
  data: { ...invoiceKeys(invoice), days_overdue }
})

/** Nothing is due on a draft. */
const made = (invoice: Invoice): WebhookEvent => told("invoice.created", { ...invoice, due_cents: 0n })

const waiting = ({ amount_cents, currency, customer_id, fee_type, id, organization_id, subscription_id }: Fee): WebhookEvent => ({
  type: "fee.created",
  organization_id,
  object_id: id,
  data: { customer_id, subscription_id, fee_type, amount_cents: String(amount_cents), currency }
})

const waitingFees = (documents: ReadonlyArray<Pick<InvoiceDocument, "fees">>): ReadonlyArray<Fee> =>
  documents.flatMap(({ fees }) => fees.filter(({ invoice_id }) => invoice_id === null))

export const invoicesLayer: Layer.Layer<InvoiceStore, never, InvoiceStore | AnnouncedRows | Outbox> = Layer.effect(
  InvoiceStore,
  Effect.gen(function* () {
    const store = yield* InvoiceStore
    const rows = yield* AnnouncedRows
    const outbox = yield* Outbox
    const { ofIds, ofRows } = writesOver(outbox)
    const all = (type: InvoiceEvent, ids: ReadonlyArray<string>) =>
      Effect.map(rows.invoices(ids), (found) => found.map((invoice) => told(type, invoice)))

    return InvoiceStore.of({
      ...store,
      insert: (documents) =>
        ofRows(
          documents.map(({ invoice }) => invoice),
          store.insert(documents),
          { events: () => documents.map(({ invoice }) => made(invoice)) }
        ),
      insertFees: (documents) =>
        ofRows(waitingFees(documents), store.insertFees(documents), { events: () => waitingFees(documents).map(waiting) }),
      issue: (issues) =>
        ofIds(
          issues.map(({ invoice_id }) => invoice_id),
          store.issue(issues),
          {
            events: () =>
              Effect.map(rows.invoices(issues.map(({ invoice_id }) => invoice_id)), (found) =>
                found.flatMap((invoice) => [
                  told("invoice.finalized", invoice),
                  ...(invoice.status === "paid" ? [told("invoice.paid", invoice)] : [])
                ])
              )
          }
        ),
      markPaid: (ids, paid_at) => ofIds(ids, store.markPaid(ids, paid_at), { events: () => all("invoice.paid", ids) }),
      tellOverdue: (overdue, now) =>
        overdue.length === 0
          ? store.tellOverdue(overdue, now)
          : Effect.flatMap(CurrentOrganization, (organization_id) =>
              outbox.announcing({
                organization_id,
                before: Effect.void,
                write: store.tellOverdue(overdue, now),
                events: (_, told) => {
                  const days = new Map<string, number>(overdue.map(({ days_overdue, id }) => [id, days_overdue]))
                  return Effect.map(rows.invoices(told), (found) => found.map((invoice) => late(invoice, days.get(invoice.id)!)))
                }
              })
            ),
      markVoided: (ids, now) =>
        ofIds(ids, store.markVoided(ids, now), {
          events: () => all("invoice.voided", ids)
        })
    })
  })
)
