/** Drafts calculated again: what arrived meanwhile is on them, a base fee stays as it was (invoicing.md 15). */
import { Context, type DateTime, Effect, Either, Layer } from "effect"
import type { Customer, Issuer } from "../accounts/index.js"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrentOrganization, Ids, type StorageError } from "../core/index.js"
import { Rating, type RatingError } from "../rating/index.js"
import { type BilledPeriod, type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { assemble, type FeeLine } from "./assemble.js"
import { type Batch, Batches } from "./batch.js"
import { chargeFeeLine } from "./charge-fee.js"
import { draftOf, idsNeeded } from "./document.js"
import type { Fee } from "./fee.js"
import { type InvoiceDocument, InvoiceStore } from "./store.js"
import { ratingWindow, windowOfBilled } from "./window.js"

export interface Rebuilt {
  readonly document: InvoiceDocument
  readonly customer: Customer
  readonly issuer: Issuer
}

export interface Rebuild {
  readonly documents: ReadonlyArray<Rebuilt>
  readonly failures: ReadonlyArray<{ readonly id: string; readonly error: RatingError }>
}

const billingEntityId = (issuer: Issuer): string | null => (issuer.kind === "billing_entity" ? issuer.id : null)

/** A stored fee as a line again, with the taxes of its level as they are now. */
const lineOfFee = (fee: Fee, taxes: FeeLine["taxes"]): FeeLine => ({
  fee_type: fee.fee_type,
  charge_id: fee.charge_id,
  charge_filter_id: fee.charge_filter_id,
  commitment_id: fee.commitment_id,
  description: fee.description,
  metric_code: fee.metric_code,
  units: fee.units,
  events_count: fee.events_count,
  amount_cents: fee.amount_cents,
  precise_amount_cents: fee.precise_amount_cents,
  precise_unit_amount: fee.precise_unit_amount,
  progressive_billing_credit_amount_cents: fee.progressive_billing_credit_amount_cents,
  coupons_amount_cents: fee.coupons_amount_cents,
  period_start: fee.period_start,
  period_end: fee.period_end,
  properties: fee.properties,
  taxes
})

/** Calculates drafts of subscriptions again. */
export class Drafts extends Context.Tag("billwright/Drafts")<
  Drafts,
  {
    /** The drafts of these ids, locked and calculated anew, in the order of the ids; nothing is written. */
    readonly rebuild: (
      ids: ReadonlyArray<string>,
      now: DateTime.Utc
    ) => Effect.Effect<Rebuild, StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Drafts, never, InvoiceStore | SubscriptionStore | Batches | Rating | Ids> = Layer.effect(
    Drafts,
    Effect.gen(function* () {
      const invoices = yield* InvoiceStore
      const subscriptions = yield* SubscriptionStore
      const batches = yield* Batches
      const rating = yield* Rating
      const ids = yield* Ids

      const figuresOf = (
        document: InvoiceDocument,
        row: Subscription,
        period: BilledPeriod | undefined,
        charges: ReadonlyArray<FeeLine>,
        batch: Batch
      ) => {
        const issuer = batch.issuerOf(row)
        const plan_id = period?.plan_id ?? row.plan_id
        const taxes = batch.taxes.of({ plan_id, customer_id: row.customer_id, billing_entity_id: billingEntityId(issuer) })
        const kept = document.fees.filter((fee) => fee.fee_type !== "charge").map((fee) => lineOfFee(fee, taxes))
        return assemble([...kept, ...charges], issuer.rounding_mode)
      }

      const rebuild = Effect.fn("Drafts.rebuild")(function* (invoice_ids: ReadonlyArray<string>, now: DateTime.Utc) {
        const found = new Map((yield* invoices.lock(invoice_ids)).map((document) => [document.invoice.id as string, document]))
        const documents = invoice_ids.map((id) => found.get(id)!).filter((document) => document.invoice.subscription_id !== null)
        const rows = new Map(
          (yield* subscriptions.load(documents.map(({ invoice }) => invoice.subscription_id!))).map((row) => [row.id as string, row])
        )
        const usage = new Map(
          (yield* subscriptions.billedOnInvoices(invoice_ids))
            .filter((period) => period.kind === "usage" && !period.skipped)
            .map((period) => [period.invoice_id!, period])
        )
        const batch = yield* batches.load(
          [...rows.values()],
          [...usage.values()].map((period) => ({ plan_id: period.plan_id, version: period.plan_version }))
        )
        const windows = documents.flatMap(({ invoice }) => {
          const period = usage.get(invoice.id)
          if (period === undefined) return []
          const row = rows.get(invoice.subscription_id!)!
          const window = windowOfBilled(period)
          const terms = batch.terms({ plan_id: period.plan_id, version: period.plan_version })
          return [
            { invoice_id: invoice.id as string, plan_id: period.plan_id, row, window, rating: ratingWindow(row, window, terms, batch) }
          ]
        })
        const rated = yield* rating.rateWindows(windows.map((window) => window.rating))
        const charges = new Map(
          windows.map(
            ({ invoice_id, plan_id, row, window }, index) =>
              [
                invoice_id,
                Either.map(rated[index]!, (lines) => lines.map((line) => chargeFeeLine(line, row, window, batch, plan_id)))
              ] as const
          )
        )
        const failures: Array<Rebuild["failures"][number]> = []
        const rebuilt: Array<Rebuilt> = []
        for (const document of documents) {
          const { invoice } = document
          const row = rows.get(invoice.subscription_id!)!
          const lines = charges.get(invoice.id) ?? Either.right<ReadonlyArray<FeeLine>>([])
          if (Either.isLeft(lines)) {
            failures.push({ id: invoice.id, error: lines.left })
            continue
          }
          const customer = batch.customerOf(row)
          const issuer = batch.issuerOf(row)
          const figures = figuresOf(document, row, usage.get(invoice.id), lines.right, batch)
          const [, ...others] = yield* ids.many(idsNeeded(figures))
          const anew = draftOf(
            { ...invoice, customer, issuer, grace_days: 0, currency: batch.termsOf(row).plan.currency },
            figures,
            [invoice.id as string, ...others][Symbol.iterator](),
            now
          )
          rebuilt.push({
            customer,
            issuer,
            document: { ...anew, invoice: { ...anew.invoice, created_at: invoice.created_at, finalize_at: invoice.finalize_at } }
          })
        }
        return { documents: rebuilt, failures }
      })

      return Drafts.of({ rebuild })
    })
  )
}
