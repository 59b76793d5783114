/** How a customer pays: what is open and overdue, and how often a payment failed. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerNotFound, CustomerStore } from "../accounts/index.js"
import { type CurrentOrganization, canName, type StorageError, sumOf, Transactor } from "../core/index.js"
import { type InvoiceDue, InvoiceStore, isInvoiceOverdue } from "../invoicing/index.js"
import { PaymentStore } from "./store.js"

/** Minor units of one currency. */
interface HealthAmounts {
  readonly currency: string
  /** What invoices that are neither draft nor voided come to. */
  readonly invoiced_cents: bigint
  readonly outstanding_cents: bigint
  readonly overdue_cents: bigint
}

export interface CustomerHealth {
  /** `critical`: an invoice is overdue, or two payments failed; `warning`: one is not paid, or one payment failed; else `good`. */
  readonly health: "good" | "warning" | "critical"
  readonly invoices: number
  readonly unpaid_invoices: number
  readonly overdue_invoices: number
  readonly failed_payments: number
  readonly amounts: ReadonlyArray<HealthAmounts>
}

/** Pure. */
const healthOf = (unpaid: number, overdue: number, failed: number): CustomerHealth["health"] => {
  if (overdue > 0 || failed >= 2) return "critical"
  return unpaid > 0 || failed > 0 ? "warning" : "good"
}

const dueIn = (currency: string, invoices: ReadonlyArray<InvoiceDue>): bigint =>
  sumOf(
    invoices.filter((invoice) => invoice.currency === currency),
    ({ due_cents }) => due_cents
  )

export class CustomerHealths extends Context.Tag("billwright/CustomerHealths")<
  CustomerHealths,
  {
    /** A customer's, now. Fails with `CustomerNotFound`. */
    readonly get: (external_customer_id: string) => Effect.Effect<CustomerHealth, CustomerNotFound | StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<CustomerHealths, never, CustomerStore | InvoiceStore | PaymentStore | Transactor> = Layer.effect(
    CustomerHealths,
    Effect.gen(function* () {
      const customers = yield* CustomerStore
      const invoices = yield* InvoiceStore
      const payments = yield* PaymentStore
      const { snapshot } = yield* Transactor

      const read = Effect.fnUntraced(function* (external_id: string) {
        const found = canName({ external_id }, "external_id") ? yield* customers.find({ external_id }) : undefined
        const customer = found ?? (yield* new CustomerNotFound({ id: external_id }))
        const now = yield* DateTime.now
        const totals = yield* invoices.totals(customer.id)
        const unpaid = yield* invoices.unpaid({ customer_id: customer.id })
        const overdue = unpaid.filter((invoice) => isInvoiceOverdue(invoice, now))
        const failed_payments = yield* payments.failedOf(customer.id)
        return {
          health: healthOf(unpaid.length, overdue.length, failed_payments),
          invoices: totals.reduce((count, total) => count + total.invoices, 0),
          unpaid_invoices: unpaid.length,
          overdue_invoices: overdue.length,
          failed_payments,
          amounts: totals.map(({ currency, total_cents }) => ({
            currency,
            invoiced_cents: total_cents,
            outstanding_cents: dueIn(currency, unpaid),
            overdue_cents: dueIn(currency, overdue)
          }))
        }
      })

      return CustomerHealths.of({ get: Effect.fn("CustomerHealths.get")((external_id) => snapshot(read(external_id))) })
    })
  )
}
