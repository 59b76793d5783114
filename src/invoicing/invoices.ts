/** The service of invoices: reads, previews, explanations, and what is done with a draft. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import {
  type CurrentOrganization,
  decodeInput,
  Instant,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  rehearse,
  type StorageError,
  Transactor
} from "../core/index.js"
import { SubscriptionNotFound, type SubscriptionRef, SubscriptionStore } from "../subscriptions/index.js"
import { Batches } from "./batch.js"
import { BillWork } from "./bill-work.js"
import { Drafts, type Rebuild } from "./drafts.js"
import { FeeNotFound, InvoiceNotFound, InvoiceNotRatable } from "./errors.js"
import { explainStored, type FeeExplained } from "./explanation.js"
import { Finalization } from "./finalization.js"
import { type Invoice, InvoiceStatus, InvoiceType } from "./invoice.js"
import { type InvoicePreview, previewFrom } from "./preview.js"
import { Regeneration } from "./regeneration.js"
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

const Preview = Schema.Struct({ at: Schema.optional(Instant) })

/** `at`: the first invoice that bills this instant or a later one; the next invoice unless given. */
type PreviewInput = typeof Preview.Encoded

const decodePreview = decodeInput(Preview)

const Generate = Schema.Struct({ period_start: Schema.optional(Instant) })

/** `period_start`: when the period begins that is to be billed; the oldest one that is unbilled unless given. */
type GenerateInput = typeof Generate.Encoded

const decodeGenerate = decodeInput(Generate)

export interface InvoicesShape {
  /** With fees, in order, and their taxes. Fails with `InvoiceNotFound`. */
  readonly get: (id: string) => Effect.Effect<InvoiceDocument, InvoiceNotFound | StorageError, CurrentOrganization>
  readonly list: (input?: ListInvoicesInput) => Effect.Effect<Page<Invoice>, InvalidInput | StorageError, CurrentOrganization>
  /** Number and sums of what is neither draft nor voided, per currency. */
  readonly totals: () => Effect.Effect<ReadonlyArray<InvoiceTotals>, StorageError, CurrentOrganization>
  /**
   * An invoice of a subscription as the run would issue it with today's usage; null where no piece of work to come has a fee.
   * Made by the run's own code and undone: nothing is stored or used up.
   *
   * Fails with `SubscriptionNotFound`, `InvalidInput`, `InvalidTransition` where the subscription is over, `InvoiceNotRatable`.
   */
  readonly preview: (
    ref: SubscriptionRef,
    input?: PreviewInput
  ) => Effect.Effect<
    InvoicePreview | null,
    SubscriptionNotFound | InvalidInput | InvalidTransition | InvoiceNotRatable | PlanNotFound | StorageError,
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
  /**
   * Deletes a draft with the draft credit notes on it; no number is burnt. A period that it billed stays unbilled: no run
   * bills it, `generate` does.
   *
   * Fails with `InvoiceNotFound`, `InvalidTransition` on what is final.
   *
   * @see decisions I2
   */
  readonly delete: (id: string) => Effect.Effect<void, InvoiceNotFound | InvalidTransition | StorageError, CurrentOrganization>
  /**
   * Bills a period again whose draft was deleted or whose invoice was voided: a draft while its grace period lasts, else final
   * at once; null where nothing is unbilled, or what is has no fee.
   *
   * Fails with `SubscriptionNotFound`, `InvalidInput` where no period begins at `period_start`, `InvalidTransition` where it has
   * a live invoice, `InvoiceNotRatable`.
   */
  readonly generate: (
    ref: SubscriptionRef,
    input?: GenerateInput
  ) => Effect.Effect<
    InvoiceDocument | null,
    SubscriptionNotFound | InvalidInput | InvalidTransition | InvoiceNotRatable | PlanNotFound | StorageError,
    CurrentOrganization
  >
}

export class Invoices extends Context.Tag("billwright/Invoices")<Invoices, InvoicesShape>() {
  static readonly layer: Layer.Layer<
    Invoices,
    never,
    InvoiceStore | SubscriptionStore | Batches | BillWork | Drafts | Finalization | Regeneration | Transactor
  > = Layer.effect(
    Invoices,
    Effect.gen(function* () {
      const store = yield* InvoiceStore
      const subscriptions = yield* SubscriptionStore
      const batches = yield* Batches
      const work = yield* BillWork
      const drafts = yield* Drafts
      const finalization = yield* Finalization
      const regeneration = yield* Regeneration
      const transactor = yield* Transactor

      const load = Effect.fnUntraced(function* (id: string) {
        const [document] = isUuid(id) ? yield* store.load([id]) : []
        return document ?? (yield* new InvoiceNotFound({ id }))
      })

      /** The locked subscription of a draft. */
      const lockFor = Effect.fnUntraced(function* (id: string, action: string) {
        const { invoice } = yield* load(id)
        const rows = invoice.subscription_id === null ? [] : yield* subscriptions.lock([invoice.subscription_id])
        const { status } = (yield* load(id)).invoice
        if (status !== "draft") return yield* new InvalidTransition({ entity: "Invoice", id, from: status, action })
        return rows
      })

      const lockSubscription = Effect.fnUntraced(function* (ref: SubscriptionRef) {
        const found = "id" in ref && !isUuid(ref.id) ? undefined : yield* subscriptions.find(ref)
        if (found === undefined) return yield* new SubscriptionNotFound({ id: "id" in ref ? ref.id : ref.external_id })
        return (yield* subscriptions.lock([found.id]))[0]!
      })

      const orNotRatable = (id: string, { failures }: Rebuild) =>
        failures[0] === undefined ? Effect.void : new InvoiceNotRatable({ id, reason: failures[0].error.message })

      const refresh: InvoicesShape["refresh"] = Effect.fn("Invoices.refresh")(function* (id) {
        const now = yield* DateTime.now
        return yield* transactor.transaction(
          Effect.gen(function* () {
            const rows = yield* lockFor(id, "refresh")
            const rebuilt = yield* drafts.rebuild([id], rows, "refresh", now)
            yield* orNotRatable(id, rebuilt)
            yield* drafts.save(rebuilt.documents, now)
            return yield* load(id)
          })
        )
      })

      const finalize: InvoicesShape["finalize"] = Effect.fn("Invoices.finalize")(function* (id) {
        const now = yield* DateTime.now
        return yield* transactor.transaction(
          Effect.gen(function* () {
            const rows = yield* lockFor(id, "finalize")
            yield* orNotRatable(id, yield* finalization.finalize([id], rows, now))
            return yield* load(id)
          })
        )
      })

      const preview: InvoicesShape["preview"] = Effect.fn("Invoices.preview")(function* (ref, input = {}) {
        const given = yield* decodePreview(input)
        const now = yield* DateTime.now
        return yield* rehearse(
          transactor,
          Effect.gen(function* () {
            const row = yield* lockSubscription(ref)
            return yield* previewFrom({ batches, finalization, invoices: store, work }, row, given.at ?? row.created_at, now)
          })
        )
      })

      const remove: InvoicesShape["delete"] = Effect.fn("Invoices.delete")(function* (id) {
        const now = yield* DateTime.now
        yield* transactor.transaction(Effect.zipRight(lockFor(id, "delete"), regeneration.remove(id, now)))
      })

      const generate: InvoicesShape["generate"] = Effect.fn("Invoices.generate")(function* (ref, input = {}) {
        const { period_start } = yield* decodeGenerate(input)
        const now = yield* DateTime.now
        return yield* transactor.transaction(Effect.flatMap(lockSubscription(ref), (row) => regeneration.generate(row, period_start, now)))
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
        generate,
        delete: remove,
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
