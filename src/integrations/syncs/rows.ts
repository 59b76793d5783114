/** Rows as connectors are given them, read for many at once; twins are filled in when they are called. */
import { Context, Effect, Layer } from "effect"
import { type Customer, CustomerStore } from "../../accounts/index.js"
import { PlanTerms } from "../../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import { CreditNoteStore } from "../../credits/index.js"
import { type InvoiceDocument, InvoiceStore } from "../../invoicing/index.js"
import { PaymentStore } from "../../payments/index.js"
import { SubscriptionStore } from "../../subscriptions/index.js"
import type { ResourceType } from "../integration.js"
import type { RecordCustomer, RecordLine, SyncRecords } from "../records.js"
import { taxedInvoice, taxedNote } from "../taxed.js"
import type { Resource } from "./queue.js"
import { keyOf } from "./steps.js"

/** A row with its type. */
export type SyncRow = { readonly [R in ResourceType]: { readonly type: R; readonly record: SyncRecords[R] } }[ResourceType]

const customerOf = (customers: ReadonlyMap<string, Customer>, id: string): RecordCustomer => {
  const { external_id, name } = customers.get(id)!
  return { id, external_id, name, twin: null }
}

const linesOf = ({ fees }: InvoiceDocument): ReadonlyArray<RecordLine> =>
  fees.map((fee) => ({
    id: fee.id,
    description: fee.description,
    amount_cents: fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.coupons_amount_cents,
    tax_cents: fee.taxes_amount_cents
  }))

const dueOf = ({ invoice, settlements }: InvoiceDocument): bigint =>
  invoice.status === "finalized" || invoice.status === "paid"
    ? settlements.reduce((due, { amount_cents, returned_at }) => (returned_at === null ? due - amount_cents : due), invoice.total_cents)
    : 0n

const PAID = new Set(["succeeded", "refunded"])

export class SyncRows extends Context.Tag("billwright/SyncRows")<
  SyncRows,
  {
    /**
     * Rows of the organization that systems may know, by their keys: no draft, no payment that has not come in. A constant number of statements
     * for each type.
     */
    readonly load: (resources: ReadonlyArray<Resource>) => Effect.Effect<ReadonlyMap<string, SyncRow>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    SyncRows,
    never,
    CustomerStore | SubscriptionStore | InvoiceStore | PaymentStore | CreditNoteStore | PlanTerms
  > = Layer.effect(
    SyncRows,
    Effect.gen(function* () {
      const customers = yield* CustomerStore
      const subscriptions = yield* SubscriptionStore
      const invoices = yield* InvoiceStore
      const payments = yield* PaymentStore
      const notes = yield* CreditNoteStore
      const terms = yield* PlanTerms

      const load = Effect.fn("SyncRows.load")(function* (resources: ReadonlyArray<Resource>) {
        const idsOf = (type: ResourceType) => [
          ...new Set(resources.flatMap((one) => (one.resource_type === type ? [one.resource_id] : [])))
        ]
        const some = <A, E, R>(ids: ReadonlyArray<string>, read: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<A>, E, R>) =>
          ids.length === 0 ? Effect.succeed<ReadonlyArray<A>>([]) : read([...new Set(ids)])

        const foundSubscriptions = yield* some(idsOf("subscription"), subscriptions.load)
        const foundPayments = (yield* some(idsOf("payment"), payments.load)).filter(({ status }) => PAID.has(status))
        const foundNotes = (yield* some(idsOf("credit_note"), notes.load)).filter(({ note }) => note.status === "finalized")
        const wanted = new Set(idsOf("invoice"))
        const referred = [...foundPayments.map(({ invoice_id }) => invoice_id), ...foundNotes.map(({ note }) => note.invoice_id)]
        const documents = (yield* some([...wanted, ...referred], invoices.load)).filter(({ invoice }) => invoice.status !== "draft")
        const byInvoice = new Map<string, InvoiceDocument>(documents.map((document) => [document.invoice.id, document]))
        const supplied = yield* some([...wanted, ...foundNotes.map(({ note }) => note.invoice_id)], invoices.suppliers)
        const supplierOf = new Map(supplied.map(({ integration_id, invoice_id }) => [invoice_id, integration_id]))
        const people = yield* some(
          [
            ...idsOf("customer"),
            ...foundSubscriptions.map(({ customer_id }) => customer_id),
            ...documents.map(({ invoice }) => invoice.customer_id),
            ...foundPayments.map(({ customer_id }) => customer_id)
          ],
          customers.load
        )
        const byCustomer = new Map<string, Customer>(people.map((customer) => [customer.id, customer]))
        const plans = yield* terms
          .load(foundSubscriptions.map(({ plan_id, plan_version: version }) => ({ plan_id, version })))
          .pipe(Effect.catchTag("PlanNotFound", Effect.die))
        const zoneOf = (id: string) => byInvoice.get(id)!.invoice.timezone
        const invoiceOf = (id: string) => ({ id, invoice_number: byInvoice.get(id)?.invoice.invoice_number ?? null, twin: null })

        const asked = new Set(idsOf("customer"))
        const rows: ReadonlyArray<SyncRow> = [
          ...people
            .filter(({ id }) => asked.has(id))
            .map((customer) => ({
              type: "customer" as const,
              record: {
                id: customer.id,
                external_id: customer.external_id,
                name: customer.name,
                email: customer.email,
                currency: customer.currency,
                billing_metadata: customer.billing_metadata,
                link: null
              }
            })),
          ...foundSubscriptions.map((row) => {
            const { amount_cents, plan } = plans({ plan_id: row.plan_id, version: row.plan_version })
            return {
              type: "subscription" as const,
              record: {
                id: row.id,
                external_id: row.external_id,
                status: row.status,
                plan_code: plan.code,
                plan_name: plan.name,
                amount_cents,
                currency: plan.currency,
                timezone: byCustomer.get(row.customer_id)!.timezone,
                started_at: row.started_at,
                ending_at: row.ending_at,
                customer: customerOf(byCustomer, row.customer_id)
              }
            }
          }),
          ...documents
            .filter(({ invoice }) => wanted.has(invoice.id))
            .map((document) => {
              const { invoice } = document
              return {
                type: "invoice" as const,
                record: {
                  id: invoice.id,
                  invoice_number: invoice.invoice_number,
                  invoice_type: invoice.invoice_type,
                  status: invoice.status,
                  currency: invoice.currency,
                  timezone: invoice.timezone,
                  issued_at: invoice.issued_at,
                  due_date: invoice.due_date,
                  tax_cents: invoice.tax_amount_cents,
                  total_cents: invoice.total_cents,
                  due_cents: dueOf(document),
                  lines: linesOf(document),
                  customer: customerOf(byCustomer, invoice.customer_id),
                  taxed: supplierOf.has(invoice.id) ? taxedInvoice(document, supplierOf.get(invoice.id)!) : null
                }
              }
            }),
          ...foundPayments.map((payment) => ({
            type: "payment" as const,
            record: {
              id: payment.id,
              status: payment.status,
              amount_cents: payment.amount_cents,
              refunded_cents: payment.refunded_amount_cents,
              currency: payment.currency,
              provider: payment.provider,
              timezone: zoneOf(payment.invoice_id),
              paid_at: payment.completed_at ?? payment.updated_at,
              invoice: invoiceOf(payment.invoice_id),
              customer: customerOf(byCustomer, payment.customer_id)
            }
          })),
          ...foundNotes.map((found) => {
            const { items, note } = found
            const supplier = supplierOf.get(note.invoice_id)
            const fees = new Map<string, string>((byInvoice.get(note.invoice_id)?.fees ?? []).map((fee) => [fee.id, fee.description]))
            return {
              type: "credit_note" as const,
              record: {
                id: note.id,
                number: note.number,
                credit_note_type: note.credit_note_type,
                reason: note.reason,
                currency: note.currency,
                timezone: zoneOf(note.invoice_id),
                issued_at: note.issued_at,
                tax_cents: note.taxes_amount_cents,
                total_cents: note.total_amount_cents,
                lines: items.map((item) => ({
                  id: item.id,
                  description: fees.get(item.fee_id) ?? note.reason,
                  amount_cents: item.net_amount_cents,
                  tax_cents: item.taxes_amount_cents
                })),
                invoice: invoiceOf(note.invoice_id),
                customer: customerOf(byCustomer, note.customer_id),
                taxed: supplier === undefined ? null : taxedNote(found, byInvoice.get(note.invoice_id)!, supplier)
              }
            }
          })
        ]
        return new Map(rows.map((row) => [keyOf({ resource_type: row.type, resource_id: row.record.id }), row]))
      })
      return SyncRows.of({ load })
    })
  )
}
