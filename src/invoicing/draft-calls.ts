/** What is done with a draft by hand: calculated again, changed, made final, deleted. Methods of `Invoices`. */
import { DateTime, Effect } from "effect"
import { BillingEntityNotFound, BillingEntityStore } from "../accounts/index.js"
import { type CurrencyCode, decodeInput, InvalidInput, InvalidTransition, isUuid, Transactor } from "../core/index.js"
import { type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { Drafts, type Rebuild } from "./drafts.js"
import { InvoiceNotFound, InvoiceNotRatable } from "./errors.js"
import { Finalization } from "./finalization.js"
import { Regeneration } from "./regeneration.js"
import { Sales, saleLines, UpdateDraft, type UpdateDraftInput } from "./sales/index.js"
import { awaitsTaxesOnly, type InvoiceDocument, InvoiceStore } from "./store.js"
import type { TaxAnswers } from "./tax-question.js"
import { TaxSupply } from "./tax-supply.js"

const decodeUpdate = decodeInput(UpdateDraft)

export const draftCalls = Effect.gen(function* () {
  const store = yield* InvoiceStore
  const subscriptions = yield* SubscriptionStore
  const entities = yield* BillingEntityStore
  const drafts = yield* Drafts
  const finalization = yield* Finalization
  const regeneration = yield* Regeneration
  const sales = yield* Sales
  const transactor = yield* Transactor
  const { supplied } = yield* TaxSupply

  const load = Effect.fnUntraced(function* (id: string) {
    const [document] = isUuid(id) ? yield* store.load([id]) : []
    return document ?? (yield* new InvoiceNotFound({ id }))
  })

  const requireIssuer = Effect.fnUntraced(function* (id: string | null | undefined) {
    if (id !== null && id !== undefined && !(yield* entities.all).some((entity) => entity.id === id)) {
      return yield* new BillingEntityNotFound({ id })
    }
  })

  /** A draft, and its locked subscription; one of a sale has none, and is locked itself. */
  const lockFor = Effect.fnUntraced(function* (id: string, action: string) {
    const { subscription_id } = (yield* load(id)).invoice
    const rows = subscription_id === null ? [] : yield* subscriptions.lock([subscription_id])
    // Whoever waited for a lock may find that it was deleted meanwhile.
    const locked = subscription_id === null ? (yield* store.lock([id]))[0] : yield* load(id)
    const draft = locked ?? (yield* new InvoiceNotFound({ id }))
    const { status } = draft.invoice
    if (status !== "draft") return yield* new InvalidTransition({ entity: "Invoice", id, from: status, action })
    return { draft, rows, isSale: subscription_id === null }
  })

  const orNotRatable = (id: string, { failures }: Rebuild) =>
    failures[0] === undefined ? Effect.void : new InvoiceNotRatable({ id, reason: failures[0].error.message })

  /** A locked draft again, as things are now. */
  const recalculate = Effect.fnUntraced(function* (
    draft: InvoiceDocument,
    isSale: boolean,
    rows: ReadonlyArray<Subscription>,
    now: DateTime.Utc,
    answers: TaxAnswers | null
  ) {
    if (isSale) return yield* sales.refresh(draft, now, answers)
    const { id } = draft.invoice
    const rebuilt = yield* drafts.rebuild([id], rows, "refresh", now, answers)
    yield* orNotRatable(id, rebuilt)
    yield* drafts.save(rebuilt.documents, now)
  })

  /** Without taxes where a tax integration gives them: nothing is wanted then. */
  const untaxedAgain = (draft: InvoiceDocument, isSale: boolean, rows: ReadonlyArray<Subscription>, now: DateTime.Utc) =>
    Effect.catchTag(recalculate(draft, isSale, rows, now, null), "TaxesWanted", Effect.die)

  const refresh = Effect.fn("Invoices.refresh")(function* (id: string) {
    const now = yield* DateTime.now
    return yield* supplied(
      (answers) =>
        transactor.transaction(
          Effect.gen(function* () {
            const { draft, isSale, rows } = yield* lockFor(id, "refresh")
            yield* recalculate(draft, isSale, rows, now, answers)
            return yield* load(id)
          })
        ),
      true
    )
  })

  const update = Effect.fn("Invoices.update")(function* (id: string, input: UpdateDraftInput) {
    const given = yield* decodeUpdate(input)
    const now = yield* DateTime.now
    return yield* transactor.transaction(
      Effect.gen(function* () {
        const { draft, isSale, rows } = yield* lockFor(id, "update")
        yield* requireIssuer(given.billing_entity_id)
        const { invoice } = draft
        if (given.lines !== undefined && !isSale) {
          return yield* new InvalidInput({ field: "lines", reason: "expected a one-off invoice" })
        }
        const lines = given.lines === undefined ? null : yield* saleLines(given.lines, invoice.currency as CurrencyCode)
        const named_billing_entity_id = given.billing_entity_id === undefined ? invoice.named_billing_entity_id : given.billing_entity_id
        const due_date = given.due_date === undefined ? invoice.due_date : given.due_date
        const changed = { ...draft, invoice: { ...invoice, due_date, named_billing_entity_id, updated_at: now } }
        yield* store.saveTerms([changed.invoice])
        yield* lines === null ? untaxedAgain(changed, isSale, rows, now) : sales.reline(changed, lines, now)
        return yield* load(id)
      })
    )
  })

  const finalize = Effect.fn("Invoices.finalize")(function* (id: string) {
    const now = yield* DateTime.now
    return yield* supplied(
      (answers) =>
        transactor.transaction(
          Effect.gen(function* () {
            const { draft, isSale, rows } = yield* lockFor(id, "finalize")
            if (isSale) yield* sales.finalize(draft, now, answers)
            else yield* orNotRatable(id, yield* finalization.finalize([id], rows, now, answers))
            return yield* load(id)
          })
        ),
      true
    )
  })

  /** What was to be final at once, and waits for its taxes alone: they are asked for after the commit. Without them it stays a draft for the job. */
  const finalizeAwaiting = Effect.fnUntraced(function* (document: InvoiceDocument, now: DateTime.Utc) {
    const { finalize_at, id, status } = document.invoice
    if (status !== "draft" || finalize_at === null || DateTime.greaterThan(finalize_at, now)) return document
    if (yield* transactor.isOpen) return document
    return yield* Effect.catchTags(finalize(id), {
      ProviderFailed: () => load(id),
      // Somebody else was faster, or it can be rated no more: it is as the job finds it.
      InvalidTransition: () => load(id),
      InvoiceNotRatable: () => load(id),
      PlanNotFound: () => load(id)
    }).pipe(Effect.catchTag("InvoiceNotFound", () => Effect.succeed(document)))
  })

  const remove = Effect.fn("Invoices.delete")(function* (id: string) {
    const now = yield* DateTime.now
    yield* transactor.transaction(
      Effect.gen(function* () {
        const { draft } = yield* lockFor(id, "delete")
        if (awaitsTaxesOnly(draft)) return yield* new InvalidTransition({ entity: "Invoice", id, from: "draft", action: "delete" })
        yield* regeneration.remove(id, now)
      })
    )
  })

  return { load, requireIssuer, refresh, update, finalize, finalizeAwaiting, remove }
})
