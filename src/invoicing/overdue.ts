/** The clock job that tells which invoices became overdue: each once, however often, late and in how many processes it runs. */
import { Context, type DateTime, Effect, Layer } from "effect"
import { type CurrentOrganization, daysBetween, type InvalidInput, localDate, type StorageError, Transactor } from "../core/index.js"
import { isInvoiceOverdue } from "./dates.js"
import { type RunOptions, runTerms } from "./runs.js"
import { type InvoiceDue, InvoiceStore, type OverdueInvoice } from "./store.js"

/** What a run told. */
export interface OverdueRun {
  /** Invoices that became overdue since the run before. */
  readonly invoices: number
}

/** An invoice with the days since it was due, where the customer is; nothing where it is not overdue. */
const overdueOf = (invoice: InvoiceDue, now: DateTime.Utc): ReadonlyArray<OverdueInvoice> =>
  isInvoiceOverdue(invoice, now) && invoice.due_date !== null
    ? [{ ...invoice, days_overdue: daysBetween(localDate(invoice.due_date, invoice.timezone), localDate(now, invoice.timezone)) }]
    : []

export class OverdueInvoices extends Context.Tag("billwright/OverdueInvoices")<
  OverdueInvoices,
  {
    /**
     * Tells of every invoice that is overdue and was not told of yet (`invoice.payment_overdue`). A second run tells none again.
     *
     * Fails with `InvalidInput` or `StorageError`; what was told before the failure stays told.
     */
    readonly tellOverdue: (options?: RunOptions) => Effect.Effect<OverdueRun, InvalidInput | StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<OverdueInvoices, never, InvoiceStore | Transactor> = Layer.effect(
    OverdueInvoices,
    Effect.gen(function* () {
      const store = yield* InvoiceStore
      const { transaction } = yield* Transactor

      /** What is due is looked at under the rows' locks: a payment that comes in meanwhile is in time, or too late. */
      const tell = Effect.fnUntraced(function* (candidates: ReadonlyArray<string>, now: DateTime.Utc) {
        const dues = yield* store.lockDue(candidates)
        return yield* store.tellOverdue(
          dues.flatMap((invoice) => overdueOf(invoice, now)),
          now
        )
      })

      return OverdueInvoices.of({
        tellOverdue: Effect.fn("OverdueInvoices.tellOverdue")(function* (options = {}) {
          const { now, size } = yield* runTerms(options)
          let invoices = 0
          let after: string | null = null
          while (true) {
            const candidates: ReadonlyArray<string> = yield* store.untoldDue(now, after, size)
            if (candidates.length > 0) invoices += (yield* transaction(tell(candidates, now))).length
            if (candidates.length < size) return { invoices }
            after = candidates[candidates.length - 1]!
          }
        })
      })
    })
  )
}
