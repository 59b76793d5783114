/** The service of invoices: reads, previews, explanations, and what is done with a draft. */
import { Context, DateTime, Effect, Either, Layer, Schema } from "effect"
import { termsOf } from "../accounts/index.js"
import type { PlanNotFound } from "../catalog/index.js"
import {
  type CurrentOrganization,
  decodeInput,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { afterWork, nextDueWork, SubscriptionNotFound, type SubscriptionRef, SubscriptionStore } from "../subscriptions/index.js"
import { type AssembledDocument, assemble } from "./assemble.js"
import { Batches } from "./batch.js"
import { BillWork, headOf, type Piece } from "./bill-work.js"
import { finalizableFrom, issueOf, seriesOf } from "./document.js"
import { Drafts } from "./drafts.js"
import { FeeNotFound, InvoiceNotFound, InvoiceNotRatable } from "./errors.js"
import { explainStored, type FeeExplained } from "./explanation.js"
import { type Invoice, InvoiceStatus, InvoiceType } from "./invoice.js"
import { type InvoiceDocument, InvoiceStore, type InvoiceTotals } from "./store.js"

const ListInvoices = Schema.Struct({
  ...pageFields,
  customer_id: Schema.optional(Schema.String),
  subscription_id: Schema.optional(Schema.String),
  status: Schema.optional(InvoiceStatus),
  invoice_type: Schema.optional(InvoiceType),
  currency: Schema.optional(Schema.String)
})
export type ListInvoicesInput = typeof ListInvoices.Encoded

const decodeList = decodeInput(ListInvoices)

/** An invoice as it would be issued: figures and lines, without id and number. */
export interface InvoicePreview extends AssembledDocument {
  readonly customer_id: string
  readonly subscription_id: string
  readonly currency: string
  readonly billing_period_start: DateTime.Utc | null
  readonly billing_period_end: DateTime.Utc | null
  /** When its work is due, and from when it is final. */
  readonly billed_at: DateTime.Utc
  readonly finalize_at: DateTime.Utc
}

export interface InvoicesShape {
  /** With fees, in order, and their taxes. Fails with `InvoiceNotFound`. */
  readonly get: (id: string) => Effect.Effect<InvoiceDocument, InvoiceNotFound | StorageError, CurrentOrganization>
  readonly list: (input?: ListInvoicesInput) => Effect.Effect<Page<Invoice>, InvalidInput | StorageError, CurrentOrganization>
  /** Number and sums of what is neither draft nor voided, per currency. */
  readonly totals: () => Effect.Effect<ReadonlyArray<InvoiceTotals>, StorageError, CurrentOrganization>
  /**
   * The next invoice of a subscription as the run would make it with today's usage; null where no piece of work to come has a
   * fee. Nothing is stored or used up.
   *
   * Fails with `SubscriptionNotFound`, `InvalidTransition` where the subscription is over, `InvoiceNotRatable`.
   */
  readonly preview: (
    ref: SubscriptionRef
  ) => Effect.Effect<
    InvoicePreview | null,
    SubscriptionNotFound | InvalidTransition | InvoiceNotRatable | PlanNotFound | StorageError,
    CurrentOrganization
  >
  /** How a fee came about, step by step. Fails with `FeeNotFound`. */
  readonly explain: (fee_id: string) => Effect.Effect<FeeExplained, FeeNotFound | InvoiceNotFound | StorageError, CurrentOrganization>
  /** Calculates a draft again. Fails with `InvoiceNotFound`, `InvalidTransition` on what is final, `InvoiceNotRatable`. */
  readonly refresh: (
    id: string
  ) => Effect.Effect<
    InvoiceDocument,
    InvoiceNotFound | InvalidTransition | InvoiceNotRatable | PlanNotFound | StorageError,
    CurrentOrganization
  >
  /**
   * Calculates a draft again, gives it its number and makes it final; with nothing due it is paid.
   *
   * Fails like `refresh`.
   *
   * @see decisions I1, I2, I12
   */
  readonly finalize: (
    id: string
  ) => Effect.Effect<
    InvoiceDocument,
    InvoiceNotFound | InvalidTransition | InvoiceNotRatable | PlanNotFound | StorageError,
    CurrentOrganization
  >
}

/** How many pieces of work a preview looks ahead for one with a fee: more than any interval has without. */
const AHEAD = 24

export class Invoices extends Context.Tag("billwright/Invoices")<Invoices, InvoicesShape>() {
  static readonly layer: Layer.Layer<Invoices, never, InvoiceStore | SubscriptionStore | Batches | BillWork | Drafts | Transactor> =
    Layer.effect(
      Invoices,
      Effect.gen(function* () {
        const store = yield* InvoiceStore
        const subscriptions = yield* SubscriptionStore
        const batches = yield* Batches
        const work = yield* BillWork
        const drafts = yield* Drafts
        const { snapshot, transaction } = yield* Transactor

        const load = Effect.fnUntraced(function* (id: string) {
          const [document] = isUuid(id) ? yield* store.load([id]) : []
          return document ?? (yield* new InvoiceNotFound({ id }))
        })

        const rebuild = Effect.fnUntraced(function* (id: string, action: string, now: DateTime.Utc) {
          const [locked] = isUuid(id) ? yield* store.lock([id]) : []
          if (locked === undefined) return yield* new InvoiceNotFound({ id })
          if (locked.invoice.status !== "draft") {
            return yield* new InvalidTransition({ entity: "Invoice", id, from: locked.invoice.status, action })
          }
          const { documents, failures } = yield* drafts.rebuild([id], now)
          const failure = failures[0]
          if (failure !== undefined) return yield* new InvoiceNotRatable({ id, reason: failure.error.message })
          yield* store.replace(documents.map(({ document }) => document))
          return documents[0]!
        })

        const refresh: InvoicesShape["refresh"] = Effect.fn("Invoices.refresh")(function* (id) {
          const now = yield* DateTime.now
          return yield* transaction(Effect.map(rebuild(id, "refresh", now), ({ document }) => document))
        })

        const finalize: InvoicesShape["finalize"] = Effect.fn("Invoices.finalize")(function* (id) {
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const { customer, document, issuer } = yield* rebuild(id, "finalize", now)
              yield* store.issue([issueOf(document.invoice, seriesOf(issuer, now), termsOf(customer, issuer).net_payment_term, now)])
              return yield* load(id)
            })
          )
        })

        const preview: InvoicesShape["preview"] = Effect.fn("Invoices.preview")(function* (ref) {
          return yield* snapshot(
            Effect.gen(function* () {
              const row = "id" in ref && !isUuid(ref.id) ? undefined : yield* subscriptions.find(ref)
              if (row === undefined) return yield* new SubscriptionNotFound({ id: "id" in ref ? ref.id : ref.external_id })
              const batch = yield* batches.load([row])
              let schedule = batch.scheduleOf(row)
              if (schedule.over)
                return yield* new InvalidTransition({ entity: "Subscription", id: row.id, from: row.status, action: "preview" })
              for (let ahead = 0; ahead < AHEAD; ahead++) {
                const next = nextDueWork(schedule)
                if (next === null) return null
                const piece: Piece = { row, schedule, work: next, skip: next.kind === "end" && row.on_termination_action === "skip" }
                const [lines] = yield* work.rate([piece], batch)
                if (Either.isLeft(lines!)) return yield* new InvoiceNotRatable({ id: row.id, reason: lines.left.message })
                if (lines!.right.length > 0) {
                  const head = headOf(piece, batch)
                  return {
                    ...assemble(lines!.right, head.issuer.rounding_mode),
                    customer_id: row.customer_id,
                    subscription_id: row.id,
                    currency: head.currency,
                    billing_period_start: head.billing_period_start,
                    billing_period_end: head.billing_period_end,
                    billed_at: head.billed_at,
                    finalize_at: finalizableFrom(head)
                  }
                }
                schedule = afterWork(schedule, next)
              }
              return null
            })
          )
        })

        const explain: InvoicesShape["explain"] = Effect.fn("Invoices.explain")(function* (fee_id) {
          const fee = isUuid(fee_id) ? yield* store.fee(fee_id) : undefined
          if (fee === undefined) return yield* new FeeNotFound({ id: fee_id })
          const taxes = yield* store.taxesOfFee(fee.id)
          const timezone = fee.invoice_id === null ? "UTC" : (yield* load(fee.invoice_id)).invoice.timezone
          return explainStored(
            fee,
            taxes.map(({ code, name, tax_amount_cents, tax_rate, taxable_amount_cents }) => ({
              code,
              name,
              rate: tax_rate,
              taxable_amount_cents,
              tax_amount_cents
            })),
            timezone
          )
        })

        return Invoices.of({
          explain,
          finalize,
          preview,
          refresh,
          get: Effect.fn("Invoices.get")(load),
          list: Effect.fn("Invoices.list")(function* (input = {}) {
            const given = yield* decodeList(input)
            const request = yield* pageRequest(given, ["created_at"])
            return pageOf(request, yield* store.page(given, request))
          }),
          totals: Effect.fn("Invoices.totals")(store.totals)
        })
      })
    )
}
