/** Fees of events made final at once: each on an invoice of its own, or, where its charge is not invoiceable, without one. */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { VersionTerms } from "../../catalog/index.js"
import { type CurrentOrganization, Ids, type StorageError } from "../../core/index.js"
import type { Subscription } from "../../subscriptions/index.js"
import { assemble, type FeeLine } from "../assemble.js"
import type { Batch } from "../batch.js"
import { Discounts } from "../discounts.js"
import { draftOf, idsNeeded } from "../document.js"
import { Issuing } from "../issuing.js"
import { InvoiceStore } from "../store.js"
import { awaitsTaxes } from "../tax-question.js"

/** A fee that costs something. */
export interface AdvanceFeeToPost {
  readonly row: Subscription
  readonly terms: VersionTerms
  readonly line: FeeLine
  /** The instant that it bills. */
  readonly billed_at: DateTime.Utc
  readonly invoiceable: boolean
}

/** Writes fees of charges paid in advance. */
export class AdvancePosting extends Context.Tag("billwright/AdvancePosting")<
  AdvancePosting,
  {
    /** In the order given; the invoices are issued whatever the grace period, unless they wait for a tax integration. Numbers are taken last. */
    readonly post: (
      fees: ReadonlyArray<AdvanceFeeToPost>,
      batch: Batch,
      now: DateTime.Utc
    ) => Effect.Effect<void, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<AdvancePosting, never, InvoiceStore | Discounts | Issuing | Ids> = Layer.effect(
    AdvancePosting,
    Effect.gen(function* () {
      const invoices = yield* InvoiceStore
      const discounts = yield* Discounts
      const issuing = yield* Issuing
      const ids = yield* Ids

      return AdvancePosting.of({
        post: Effect.fn("AdvancePosting.post")(function* (fees, batch, now) {
          if (fees.length === 0) return
          const discounted = yield* discounts.take(
            fees.map(({ invoiceable, line, row, terms }) =>
              invoiceable && !awaitsTaxes([line], batch)
                ? {
                    customer_id: row.customer_id,
                    currency: terms.plan.currency,
                    rounding_mode: batch.issuerOf(row).rounding_mode,
                    lines: [line]
                  }
                : null
            ),
            now
          )
          const figured = fees.map((fee, index) => {
            const { coupons, lines } = discounted[index] ?? { coupons: [], lines: [fee.line] }
            return { ...fee, coupons, figures: assemble(lines, batch.issuerOf(fee.row).rounding_mode) }
          })
          const fresh = (yield* ids.many(figured.reduce((sum, { figures }) => sum + idsNeeded(figures), 0)))[Symbol.iterator]()
          const posted = figured.map(({ billed_at, coupons, figures, invoiceable, line, row, terms }) => {
            const customer = batch.customerOf(row)
            const issuer = batch.issuerOf(row)
            const document = draftOf(
              {
                organization_id: row.organization_id,
                customer,
                issuer,
                invoice_type: "subscription",
                subscription_id: row.id,
                currency: terms.plan.currency,
                billing_period_start: line.period_start,
                billing_period_end: line.period_end,
                billed_at,
                grace_days: 0
              },
              figures,
              { fresh },
              now
            )
            return { customer, issuer, document, coupons, invoiceable, awaits: awaitsTaxes([line], batch) }
          })
          const invoiced = posted.filter((each) => each.invoiceable)
          yield* invoices.insert(invoiced.map(({ document }) => document))
          yield* invoices.insertFees(
            posted
              .filter((each) => !each.invoiceable)
              .map(({ document }) => ({
                ...document,
                fees: document.fees.map((fee) => ({ ...fee, invoice_id: null })),
                taxes: document.taxes.filter((tax) => tax.taxable_type === "fee")
              }))
          )
          yield* discounts.keep(
            invoiced.map(({ coupons, document }) => ({ invoice_id: document.invoice.id, coupons })),
            now
          )
          yield* issuing.issue(
            invoiced.flatMap(({ awaits, customer, document, issuer }) => (awaits ? [] : [{ customer, issuer, document, notes: [] }])),
            now
          )
        })
      })
    })
  )
}
