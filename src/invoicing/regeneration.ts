/** Drafts that are deleted, and the periods that they, or voided invoices, left unbilled: billed again on request, never by a run. */
import { Context, DateTime, Effect, Layer } from "effect"
import { termsOf } from "../accounts/index.js"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrentOrganization, exponentOf, Ids, InvalidInput, InvalidTransition, type StorageError } from "../core/index.js"
import { CreditNoteStore } from "../credits/index.js"
import { type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { assemble } from "./assemble.js"
import { baseFeeLine } from "./base-fee.js"
import { type Batch, Batches, refsOfBilled } from "./batch.js"
import { draftOf, idsNeeded } from "./document.js"
import { carriedFeesOf, Drafts } from "./drafts.js"
import { InvoiceNotRatable } from "./errors.js"
import { Finalization } from "./finalization.js"
import { feesGivenBack } from "./given-back.js"
import { levelsOf } from "./levels.js"
import { notesOf } from "./note.js"
import { type InvoiceDocument, InvoiceStore } from "./store.js"
import { lineOfFee } from "./stored-line.js"
import { NO_ANSWERS } from "./tax-question.js"
import { type BilledTogether, leftUnbilled, liveAt, periodOfBilled, scheduleThen, takenBackSince } from "./unbilled.js"
import { addedLine, idsOfAdded } from "./waiting.js"
import { windowOfBilled } from "./window.js"

/** The base fee that was billed, anew: the same days by the same terms. */
const baseLinesAgain = (row: Subscription, { base }: BilledTogether, batch: Batch) => {
  if (base === null) return []
  const { amount_cents, plan } = batch.terms({ plan_id: base.plan_id, version: base.plan_version })
  const line = baseFeeLine(
    { ...windowOfBilled(base), days: base.base_days },
    {
      plan_id: plan.id,
      plan_name: plan.name,
      amount_cents,
      exponent: exponentOf(plan.currency),
      rounding_mode: batch.issuerOf(row).rounding_mode,
      taxes: batch.taxes.of(levelsOf(row, plan.id, batch))
    }
  )
  return line === null ? [] : [line]
}

/** Deletes drafts and bills again what nothing bills, inside the transaction that the caller opened. */
export class Regeneration extends Context.Tag("billwright/Regeneration")<
  Regeneration,
  {
    /** Removes a draft of a locked subscription with its draft notes; what it billed stays unbilled. */
    readonly remove: (invoice_id: string, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
    /**
     * The document of a period of a locked subscription whose draft was deleted or whose invoice was voided, the oldest such
     * unless `period_start` names one; null where nothing is unbilled, or has no fee.
     */
    readonly generate: (
      row: Subscription,
      period_start: DateTime.Utc | undefined,
      now: DateTime.Utc
    ) => Effect.Effect<
      InvoiceDocument | null,
      InvalidInput | InvalidTransition | InvoiceNotRatable | PlanNotFound | StorageError,
      CurrentOrganization
    >
  }
>() {
  static readonly layer: Layer.Layer<
    Regeneration,
    never,
    Batches | Drafts | Finalization | InvoiceStore | CreditNoteStore | SubscriptionStore | Ids
  > = Layer.effect(
    Regeneration,
    Effect.gen(function* () {
      const batches = yield* Batches
      const drafts = yield* Drafts
      const finalization = yield* Finalization
      const invoices = yield* InvoiceStore
      const notes = yield* CreditNoteStore
      const subscriptions = yield* SubscriptionStore
      const ids = yield* Ids

      const remove = Effect.fn("Regeneration.remove")(function* (invoice_id: string, now: DateTime.Utc) {
        yield* notes.remove((yield* notes.drafts([invoice_id])).map(({ note }) => note.id))
        yield* subscriptions.leaveUnbilled(invoice_id, now)
        yield* invoices.setCarriedAside(invoice_id, now)
        yield* invoices.remove([invoice_id])
      })

      /** What a voided invoice billed of what was carried into its window, anew. */
      const carriedAgain = Effect.fnUntraced(function* (row: Subscription, left: BilledTogether, batch: Batch) {
        const { invoice_id } = periodOfBilled(left)
        const [voided] = invoice_id === null ? [] : yield* invoices.load([invoice_id])
        return (voided === undefined ? [] : carriedFeesOf(voided)).map((fee) =>
          lineOfFee(
            { ...fee, coupons_amount_cents: 0n, progressive_billing_credit_amount_cents: 0n },
            batch.taxes.of({ ...levelsOf(row, row.plan_id, batch), charge_id: fee.charge_id! })
          )
        )
      })

      /** A draft with the base fee and what was carried, which holds the keys of its period; usage comes by calculating it again. */
      const open = Effect.fnUntraced(function* (row: Subscription, left: BilledTogether, batch: Batch, now: DateTime.Utc) {
        const customer = batch.customerOf(row)
        const issuer = batch.issuerOf(row)
        const period = periodOfBilled(left)
        const { currency } = batch.terms({ plan_id: period.plan_id, version: period.plan_version }).plan
        const added = (yield* invoices.lockAdded([customer.id])).filter((fee) => fee.currency === currency)
        const lines = [
          ...baseLinesAgain(row, left, batch),
          ...(yield* carriedAgain(row, left, batch)),
          ...added.map((fee) => addedLine(fee, row, batch))
        ]
        const figures = assemble(lines, issuer.rounding_mode)
        const billed_at = period.kind === "usage" ? period.period_end : period.period_start
        const document = draftOf(
          {
            organization_id: row.organization_id,
            customer,
            issuer,
            invoice_type: "subscription",
            subscription_id: row.id,
            currency,
            billing_period_start: period.period_start,
            billing_period_end: period.period_end,
            billed_at,
            grace_days: termsOf(customer, issuer).invoice_grace_period
          },
          figures,
          { fresh: (yield* ids.many(idsNeeded(figures)))[Symbol.iterator](), fee_ids: idsOfAdded(lines.length, added) },
          now
        )
        yield* invoices.insert([document])
        const stretches = [left.usage, left.base].flatMap((stretch) => stretch?.id ?? [])
        const invoice_id = document.invoice.id
        yield* subscriptions.billAgain(stretches, invoice_id, now)
        yield* invoices.takeUpCarried({ invoice_id, subscription_id: row.id, period_start: billed_at }, now)
        return document
      })

      /** The draft notes over the days of the base fee that no longer stand. */
      const giveBack = Effect.fnUntraced(function* (
        row: Subscription,
        { fees, invoice, taxes }: InvoiceDocument,
        left: BilledTogether,
        batch: Batch,
        now: DateTime.Utc
      ) {
        const { base } = left
        const fee = fees.find(({ fee_type }) => fee_type === "subscription")
        if (!row.pay_in_advance || base === null || fee === undefined) return
        const schedule = scheduleThen(batch.scheduleOf(row), base)
        const taken = takenBackSince(row, schedule, base, yield* subscriptions.billedWithStatus(row.id), now)
        if (taken === null) return
        const given = feesGivenBack({ schedule, work: taken }, [{ fee, invoice, taxes }], [])
        const fresh = (yield* ids.many(2 * given.length))[Symbol.iterator]()
        yield* notes.insert(notesOf(given, [], { reason: taken.given_back.reason, cause: "unused_days" }, fresh, now))
      })

      const generate = Effect.fn("Regeneration.generate")(function* (
        row: Subscription,
        period_start: DateTime.Utc | undefined,
        now: DateTime.Utc
      ) {
        const billed = yield* subscriptions.billedWithStatus(row.id)
        const left = leftUnbilled(billed, period_start)
        if (left === undefined) {
          if (period_start === undefined) return null
          const live = liveAt(billed, period_start)
          return yield* live === undefined
            ? new InvalidInput({ field: "period_start", reason: "no invoice of this subscription was for a period that begins then" })
            : new InvalidTransition({ entity: "Invoice", id: live.invoice_id!, from: live.invoice_status!, action: "generate" })
        }
        const batch = yield* batches.load(
          [row],
          [left.usage, left.base].flatMap((stretch) => (stretch === null ? [] : refsOfBilled(stretch)))
        )
        const opened = yield* open(row, left, batch, now)
        const { finalize_at, id } = opened.invoice
        yield* giveBack(row, opened, left, batch, now)
        const over = DateTime.lessThanOrEqualTo(finalize_at!, now)
        const rebuilt = yield* drafts.rebuild([id], [row], "refresh", now, null)
        const failed = rebuilt.failures[0]
        if (failed !== undefined) return yield* new InvoiceNotRatable({ id: row.id, reason: failed.error.message })
        if (rebuilt.documents.every(({ document }) => document.fees.length === 0)) {
          yield* remove(id, now)
          return null
        }
        // What waits for its taxes stays a draft: whoever asks for them finalizes it.
        yield* over && !batch.taxes.supplied ? finalization.finalize([id], [row], now, NO_ANSWERS) : drafts.save(rebuilt.documents, now)
        return (yield* invoices.load([id]))[0]!
      })

      return Regeneration.of({
        remove,
        // Nothing is wanted where no integration is in charge, nor of a draft that is shown without taxes.
        generate: (row, period_start, now) => Effect.catchTag(generate(row, period_start, now), "TaxesWanted", Effect.die)
      })
    })
  )
}
