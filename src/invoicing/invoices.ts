/** The service of invoices: reads, previews, explanations, one-off invoices, and what is done with a draft or a final one. */
import { Context, DateTime, Effect, Layer } from "effect"
import { type BillingEntityNotFound, type BillingEntityStore, CustomerNotFound, CustomerStore } from "../accounts/index.js"
import type { PlanNotFound, TaxNotFound } from "../catalog/index.js"
import {
  type BulkResultOf,
  type CurrentOrganization,
  canName,
  decodeInput,
  forEachId,
  type InvalidInput,
  type InvalidTransition,
  isUuid,
  type Page,
  type ProviderFailed,
  pageOf,
  pageRequest,
  rehearse,
  type StorageError,
  Transactor,
  type UnknownCurrency
} from "../core/index.js"
import type { CouponStore, CreditNoteStore, WalletStore } from "../credits/index.js"
import { SubscriptionNotFound, type SubscriptionRef, SubscriptionStore } from "../subscriptions/index.js"
import { leavingSomething } from "./ahead.js"
import { Batches } from "./batch.js"
import { BillWork } from "./bill-work.js"
import { isInvoiceOverdue, overdueEverywhere } from "./dates.js"
import { draftCalls } from "./draft-calls.js"
import type { Drafts } from "./drafts.js"
import { FeeNotFound, type InvoiceHasCreditNotes, type InvoiceHasPayments, type InvoiceNotFound, type InvoiceNotRatable } from "./errors.js"
import { explainStored, type FeeExplained } from "./explanation.js"
import { Finalization } from "./finalization.js"
import type { Invoice } from "./invoice.js"
import {
  type BulkInvoicesInput,
  decodeBulkInvoices,
  decodeGenerate,
  decodeListInvoices,
  decodePreview,
  type GenerateInput,
  type ListInvoicesInput,
  type PreviewInput
} from "./invoice-input.js"
import { type InvoicePreview, previewFrom } from "./preview.js"
import { Regeneration } from "./regeneration.js"
import { OneOff, type OneOffInput, oneOffSale, Sales, type UpdateDraftInput } from "./sales/index.js"
import type { Settlement } from "./settlement.js"
import { type InvoiceDocument, InvoiceStore, type InvoiceTotals } from "./store.js"
import { TaxSupply } from "./tax-supply.js"
import { Voiding } from "./voiding.js"

/** What became of each of many invoices. */
export type BulkInvoices<E> = BulkResultOf<"invoice", InvoiceDocument, E>

const decodeOneOff = decodeInput(OneOff)

type Call<A, E> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** Why a draft is not made final. */
type NotFinalized = InvoiceNotFound | InvalidTransition | InvoiceNotRatable | PlanNotFound | ProviderFailed

/** Why a draft is not changed. */
type NotUpdated = NotFinalized | InvalidInput | BillingEntityNotFound | TaxNotFound

/** Why a final invoice is not voided. */
type NotVoided = InvoiceNotFound | InvalidTransition | InvoiceHasPayments | InvoiceHasCreditNotes

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
   * Fails with `SubscriptionNotFound`, `InvalidInput`, `InvalidTransition` where the subscription is over, `InvoiceNotRatable`, `ProviderFailed`
   * where a tax integration is in charge and gives no rates.
   */
  readonly preview: (
    ref: SubscriptionRef,
    input?: PreviewInput
  ) => Effect.Effect<
    InvoicePreview | null,
    SubscriptionNotFound | InvalidInput | InvalidTransition | InvoiceNotRatable | PlanNotFound | ProviderFailed | StorageError,
    CurrentOrganization
  >
  /** How a fee came about, step by step. Fails with `FeeNotFound`. */
  readonly explain: (fee_id: string) => Effect.Effect<FeeExplained, FeeNotFound | InvoiceNotFound | StorageError, CurrentOrganization>
  /**
   * Calculates a draft again. Fails with `InvoiceNotFound`, `InvalidTransition` on what is final, `InvoiceNotRatable`, `ProviderFailed` where a
   * tax integration is in charge and gives no rates.
   */
  readonly refresh: (
    id: string
  ) => Effect.Effect<
    InvoiceDocument,
    InvoiceNotFound | InvalidTransition | InvoiceNotRatable | PlanNotFound | ProviderFailed | StorageError,
    CurrentOrganization
  >
  /**
   * Changes a draft: its due date, its issuer, and the lines of a one-off; then calculates it again. Status, number and figures are never set.
   *
   * Fails like `refresh`, and with `InvalidInput`, `BillingEntityNotFound`, `TaxNotFound`.
   *
   * @see spec billing 9.1
   */
  readonly update: (id: string, input: UpdateDraftInput) => Call<InvoiceDocument, NotUpdated>
  /**
   * Calculates a draft again, gives it its number and makes it final; with nothing due it is paid.
   *
   * Fails like `refresh`; the invoice stays a draft then, and the next run tries again.
   *
   * @see decisions I1, I2, I12
   */
  readonly finalize: (
    id: string
  ) => Effect.Effect<
    InvoiceDocument,
    InvoiceNotFound | InvalidTransition | InvoiceNotRatable | PlanNotFound | ProviderFailed | StorageError,
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
   * at once; null where nothing is unbilled, or what is has no fee. A draft, too, while a tax integration that is in charge gives no rates.
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
  /**
   * Bills a customer once, by hand: lines with units, unit amount and perhaps taxes of their own. Final at once unless asked for
   * as a draft, which waits until it is finalized by hand. A draft, too, while a tax integration that is in charge gives no rates: the run finalizes it.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `CustomerNotFound`, `BillingEntityNotFound`, `TaxNotFound`.
   */
  readonly oneOff: (
    input: OneOffInput
  ) => Call<InvoiceDocument, InvalidInput | UnknownCurrency | CustomerNotFound | BillingEntityNotFound | TaxNotFound>
  /**
   * Voids a final invoice that nobody has paid a part of. Coupons get their uses back, credit notes their balances, and wallets
   * their credits as a granted top-up; its number stays. A period that it billed stays unbilled: no run bills it, `generate` does.
   *
   * Fails with `InvoiceNotFound`, `InvalidTransition` unless it is finalized, `InvoiceHasPayments`, `InvoiceHasCreditNotes`.
   *
   * @see decisions I7
   */
  readonly void: (id: string) => Call<InvoiceDocument, NotVoided>
  /** `finalize` for each, a transaction of its own. Fails with `InvalidInput`. */
  readonly bulkFinalize: (input: BulkInvoicesInput) => Call<BulkInvoices<NotFinalized | StorageError>, InvalidInput>
  /** `void` for each, a transaction of its own. Fails with `InvalidInput`. */
  readonly bulkVoid: (input: BulkInvoicesInput) => Call<BulkInvoices<NotVoided | StorageError>, InvalidInput>
  /** What reduced what is owed on an invoice, oldest first; what a void gave back is marked so. Fails with `InvoiceNotFound`. */
  readonly settlements: (id: string) => Call<ReadonlyArray<Settlement>, InvoiceNotFound>
}

export class Invoices extends Context.Tag("billwright/Invoices")<Invoices, InvoicesShape>() {
  static readonly layer: Layer.Layer<
    Invoices,
    never,
    | InvoiceStore
    | SubscriptionStore
    | CustomerStore
    | BillingEntityStore
    | Batches
    | BillWork
    | Drafts
    | Finalization
    | Regeneration
    | Sales
    | Voiding
    | TaxSupply
    | CouponStore
    | CreditNoteStore
    | WalletStore
    | Transactor
  > = Layer.effect(
    Invoices,
    Effect.gen(function* () {
      const store = yield* InvoiceStore
      const subscriptions = yield* SubscriptionStore
      const batches = yield* Batches
      const work = yield* BillWork
      const finalization = yield* Finalization
      const regeneration = yield* Regeneration
      const sales = yield* Sales
      const voiding = yield* Voiding
      const customers = yield* CustomerStore
      const transactor = yield* Transactor
      const { supplied } = yield* TaxSupply
      const leavesSomething = yield* leavingSomething
      const { finalize, finalizeAwaiting, load, refresh, remove, requireIssuer, update } = yield* draftCalls

      /** What is overdue now: long ago in every zone, or named where it depends on the invoice's. */
      const overdueNow = Effect.fnUntraced(function* (now: DateTime.Utc) {
        const due_before = overdueEverywhere(now)
        const recent = yield* store.unpaid({ due_after: due_before, due_until: now })
        return { due_before, ids: recent.flatMap((invoice) => (isInvoiceOverdue(invoice, now) ? [invoice.id as string] : [])) }
      })

      const lockSubscription = Effect.fnUntraced(function* (ref: SubscriptionRef) {
        const found = canName(ref, "external_id") ? yield* subscriptions.find(ref) : undefined
        if (found === undefined) return yield* new SubscriptionNotFound({ id: "id" in ref ? ref.id : ref.external_id })
        return (yield* subscriptions.lock([found.id]))[0]!
      })

      const preview: InvoicesShape["preview"] = Effect.fn("Invoices.preview")(function* (ref, input = {}) {
        const given = yield* decodePreview(input)
        const now = yield* DateTime.now
        return yield* supplied(
          (answers) =>
            rehearse(
              transactor,
              Effect.gen(function* () {
                const row = yield* lockSubscription(ref)
                return yield* previewFrom({ batches, finalization, invoices: store, leavesSomething, work }, row, given.at, now, answers)
              })
            ),
          false
        )
      })

      const generate: InvoicesShape["generate"] = Effect.fn("Invoices.generate")(function* (ref, input = {}) {
        const { period_start } = yield* decodeGenerate(input)
        const now = yield* DateTime.now
        const generated = yield* transactor.transaction(
          Effect.flatMap(lockSubscription(ref), (row) => regeneration.generate(row, period_start, now))
        )
        return generated === null ? null : yield* finalizeAwaiting(generated, now)
      })

      const oneOff: InvoicesShape["oneOff"] = Effect.fn("Invoices.oneOff")(function* (input) {
        const given = yield* decodeOneOff(input)
        const now = yield* DateTime.now
        const sold = yield* transactor.transaction(
          Effect.gen(function* () {
            const external_id = given.external_customer_id
            const customer = (yield* customers.find({ external_id })) ?? (yield* new CustomerNotFound({ id: external_id }))
            yield* requireIssuer(given.billing_entity_id)
            return yield* sales.sell(yield* oneOffSale(given, customer), now)
          })
        )
        return yield* finalizeAwaiting(sold, now)
      })

      const voided: InvoicesShape["void"] = Effect.fn("Invoices.void")(function* (id) {
        const now = yield* DateTime.now
        return yield* transactor.transaction(
          Effect.gen(function* () {
            yield* load(id)
            yield* voiding.void(id, now)
            return yield* load(id)
          })
        )
      })

      /** The zone in which the days of a fee without an invoice are counted; the database keeps a customer who has fees. */
      const timezoneOf = (customer_id: string) => Effect.map(customers.load([customer_id]), ([customer]) => customer!.timezone)

      const explain: InvoicesShape["explain"] = Effect.fn("Invoices.explain")(function* (fee_id) {
        const fee = isUuid(fee_id) ? yield* store.fee(fee_id) : undefined
        if (fee === undefined) return yield* new FeeNotFound({ id: fee_id })
        const taxes = yield* store.taxesOfFee(fee.id)
        const timezone = fee.invoice_id === null ? yield* timezoneOf(fee.customer_id) : (yield* load(fee.invoice_id)).invoice.timezone
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
        oneOff,
        void: voided,
        bulkFinalize: Effect.fn("Invoices.bulkFinalize")(function* (input) {
          return yield* forEachId("invoice", (yield* decodeBulkInvoices(input)).ids, finalize)
        }),
        bulkVoid: Effect.fn("Invoices.bulkVoid")(function* (input) {
          return yield* forEachId("invoice", (yield* decodeBulkInvoices(input)).ids, voided)
        }),
        settlements: Effect.fn("Invoices.settlements")((id) => Effect.map(load(id), ({ settlements }) => settlements)),
        preview,
        refresh,
        update,
        get: Effect.fn("Invoices.get")(load),
        list: Effect.fn("Invoices.list")(function* (input = {}) {
          const { overdue, ...given } = yield* decodeListInvoices(input)
          const request = yield* pageRequest(given, ["created_at"])
          const filter = overdue === undefined ? given : { ...given, overdue: { is: overdue, ...(yield* overdueNow(yield* DateTime.now)) } }
          return pageOf(request, yield* store.page(filter, request))
        }),
        totals: Effect.fn("Invoices.totals")(() => store.totals())
      })
    })
  )
}
