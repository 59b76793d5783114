/** Drafts calculated again: what arrived meanwhile is on them, a base fee stays as it was (invoicing.md 15). */
import { Context, type DateTime, Effect, Either, Layer } from "effect"
import type { Customer, Issuer } from "../accounts/index.js"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrencyCode, type CurrentOrganization, Ids, localDate, type StorageError } from "../core/index.js"
import { type CreditNoteDocument, CreditNoteStore } from "../credits/index.js"
import { Rating, type RatingError } from "../rating/index.js"
import { type BilledPeriod, type ClosedWindow, type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { assemble, type FeeLine } from "./assemble.js"
import { type Batch, Batches, issuedBy, refsOfBilled } from "./batch.js"
import { chargeFeeLine } from "./charge-fee.js"
import type { CouponTaken } from "./discounting.js"
import { Discounts } from "./discounts.js"
import { draftOf, idsNeeded } from "./document.js"
import type { Fee } from "./fee.js"
import { type Corrections, LateUsage, windowsToCorrect } from "./late-usage.js"
import { levelsOf } from "./levels.js"
import { amountCents, countsInAdvance, standingFeesCents, windowTrueUp } from "./lines.js"
import { notesAgain } from "./note.js"
import { type BilledAhead, billedAhead, type Credited } from "./progressive-fees.js"
import { type FeeOnInvoice, type InvoiceDocument, InvoiceStore } from "./store.js"
import { lineOfFee, renamedAs } from "./stored-line.js"
import { answeredLines, questionOf, type TaxAnswer, type TaxAnswers, TaxesWanted } from "./tax-question.js"
import { addedFeesOf, addedLine, idsOfAdded } from "./waiting.js"
import { nextTerms, ratingWindow, windowOfBilled } from "./window.js"

export interface Rebuilt {
  readonly document: InvoiceDocument
  /** The rates of a tax integration, where they count in place of the levels. */
  readonly answer: TaxAnswer | null
  /** What it takes of its customer's coupons; only where it is to become final. */
  readonly coupons: ReadonlyArray<CouponTaken>
  /** The draft notes on it, with figures that follow its own. */
  readonly notes: ReadonlyArray<CreditNoteDocument>
  /** The draft notes on it that come to 0: a note of total 0 is not made. */
  readonly emptied: ReadonlyArray<string>
  /** What progressive invoices billed beyond its fees, and what notes that stand gave back of them before. */
  readonly surplus: { readonly given_back: Credited["surplus"]; readonly items: BilledAhead["items"] }
  /** Of windows closed before its own; their lines are on it. */
  readonly corrections: Corrections
  /** The windows with late usage of its subscription, where it corrects them; else null. */
  readonly late: ReadonlyArray<ClosedWindow> | null
  readonly customer: Customer
  readonly issuer: Issuer
}

export interface Rebuild {
  readonly documents: ReadonlyArray<Rebuilt>
  readonly failures: ReadonlyArray<{ readonly id: string; readonly error: RatingError }>
}

/** A draft with the lines that it comes to now, before coupons. */
interface Relined extends Pick<Rebuilt, "customer" | "issuer" | "surplus" | "corrections" | "late"> {
  readonly document: InvoiceDocument
  readonly currency: CurrencyCode
  readonly plan_code: string
  readonly lines: ReadonlyArray<FeeLine>
  /** Fees that stay the same rows, by position: their lines come first, those that a host added last. */
  readonly fee_ids: ReadonlyArray<string | undefined>
}

/** Why drafts are calculated again: coupons come with finalization. */
export type RebuildPurpose = "refresh" | "finalize"

/** What was carried into the next window of a charge paid in advance: it stays as it was billed. */
export const carriedFeesOf = ({ fees }: InvoiceDocument): ReadonlyArray<Fee> =>
  fees.filter((fee) => fee.properties.in_advance === "carried")

/**
 * The fees of a draft that stay as they are, in their order: all of one that closes no window (they were calculated for good, and wait for
 * their taxes at most), else its base fees and what was carried into its window.
 */
const keptFeesOf = (document: InvoiceDocument, closesWindow: boolean): ReadonlyArray<Fee> =>
  closesWindow ? [...document.fees.filter((fee) => fee.fee_type === "subscription"), ...carriedFeesOf(document)] : document.fees

/** Calculates drafts of subscriptions again. */
export class Drafts extends Context.Tag("billwright/Drafts")<
  Drafts,
  {
    /**
     * Those of the invoices that are drafts of these subscriptions, locked and calculated anew, in the order of the ids;
     * nothing of them is written. The subscriptions' rows are locked already. Where a tax integration gives the rates they are
     * looked up in `answers`; null leaves the taxes out.
     *
     * Fails with `TaxesWanted` for what has to be asked first.
     */
    readonly rebuild: (
      ids: ReadonlyArray<string>,
      rows: ReadonlyArray<Subscription>,
      purpose: RebuildPurpose,
      now: DateTime.Utc,
      answers: TaxAnswers | null
    ) => Effect.Effect<Rebuild, TaxesWanted | StorageError | PlanNotFound, CurrentOrganization>
    /** Stores what was calculated anew, with the uses of coupons. */
    readonly save: (rebuilt: ReadonlyArray<Rebuilt>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    Drafts,
    never,
    InvoiceStore | CreditNoteStore | SubscriptionStore | Batches | Rating | LateUsage | Discounts | Ids
  > = Layer.effect(
    Drafts,
    Effect.gen(function* () {
      const invoices = yield* InvoiceStore
      const notes = yield* CreditNoteStore
      const subscriptions = yield* SubscriptionStore
      const batches = yield* Batches
      const rating = yield* Rating
      const lateUsage = yield* LateUsage
      const discounts = yield* Discounts
      const ids = yield* Ids
      const ahead = billedAhead(invoices, notes)

      /** The windows that drafts close, rated: charge lines by invoice, or why one cannot be rated. */
      const usageLines = Effect.fnUntraced(function* (
        windows: ReadonlyMap<string, BilledPeriod>,
        rowOf: (subscription_id: string) => Subscription,
        batchOf: (invoice_id: string) => Batch
      ) {
        const closed = [...windows].map(([invoice_id, period]) => ({ invoice_id, period, row: rowOf(period.subscription_id) }))
        const rated = yield* rating.rateWindows(
          closed.map(({ invoice_id, period, row }) => {
            const batch = batchOf(invoice_id)
            return ratingWindow(
              row,
              windowOfBilled(period),
              batch.terms({ plan_id: period.plan_id, version: period.plan_version }),
              nextTerms(period, batch),
              batch
            )
          })
        )
        return new Map(
          closed.map(({ invoice_id, period, row }, index) => [
            invoice_id,
            Either.map(rated[index]!, (lines) =>
              lines.map((line) => chargeFeeLine(line, row, windowOfBilled(period), batchOf(invoice_id), period.plan_id))
            )
          ])
        )
      })

      /** In advance, the base fees of committed windows less what was given back of them, by subscription and start of the window. */
      const countedBaseFees = Effect.fnUntraced(function* (periods: ReadonlyArray<BilledPeriod>) {
        const fees = yield* invoices.baseFees(
          periods.map(({ period_end, period_start, subscription_id }) => ({ subscription_id, from: period_start, to: period_end }))
        )
        const items = yield* notes.itemsOf(fees.map(({ fee }) => fee.id))
        return ({ period_end, period_start, subscription_id }: BilledPeriod): bigint => {
          const isOf = ({ fee }: FeeOnInvoice): boolean =>
            fee.subscription_id === subscription_id &&
            fee.period_start!.epochMillis >= period_start.epochMillis &&
            fee.period_start!.epochMillis < period_end.epochMillis
          return standingFeesCents(fees.filter(isOf), items)
        }
      })

      /** What was paid in advance in committed windows. */
      const paidInAdvance = Effect.fnUntraced(function* (periods: ReadonlyArray<BilledPeriod>) {
        const sums = yield* invoices.advanceCents(
          periods.map(({ period_end, period_start, subscription_id }) => ({ subscription_id, from: period_start, to: period_end }))
        )
        const known = new Map(periods.map((period, index) => [period.id, sums[index]!]))
        return ({ id }: BilledPeriod): bigint => known.get(id) ?? 0n
      })

      const rebuild = Effect.fn("Drafts.rebuild")(function* (
        invoice_ids: ReadonlyArray<string>,
        rows: ReadonlyArray<Subscription>,
        purpose: RebuildPurpose,
        now: DateTime.Utc,
        answers: TaxAnswers | null
      ) {
        const known = new Map(rows.map((row) => [row.id as string, row]))
        const found = new Map((yield* invoices.lock(invoice_ids)).map((document) => [document.invoice.id as string, document]))
        const documents = invoice_ids.flatMap((id) => {
          const document = found.get(id)
          return document?.invoice.status === "draft" && known.has(document.invoice.subscription_id ?? "") ? [document] : []
        })
        const windows = new Map(
          (yield* subscriptions.billedOnInvoices(documents.map(({ invoice }) => invoice.id)))
            .filter((period) => period.kind === "usage" && !period.skipped)
            .map((period) => [period.invoice_id!, period])
        )
        const batch = yield* batches.load(rows, [...windows.values()].flatMap(refsOfBilled))
        const rowOf = (id: string) => known.get(id)!
        const named = new Map(documents.map(({ invoice }) => [invoice.id as string, invoice.named_billing_entity_id]))
        const batchOf = (invoice_id: string) => issuedBy(batch, named.get(invoice_id) ?? null)
        const charges = yield* usageLines(windows, rowOf, batchOf)
        const progressive = yield* ahead(
          [...windows.values()].map(({ period_end, period_start, subscription_id }) => ({
            subscription_id,
            from: period_start,
            to: period_end
          }))
        )
        const versionOf = (period: BilledPeriod) => batch.terms({ plan_id: period.plan_id, version: period.plan_version })
        const countedIn = yield* countedBaseFees(
          [...windows.values()].filter((period) => rowOf(period.subscription_id).pay_in_advance && versionOf(period).commitment !== null)
        )
        const advance_cents = yield* paidInAdvance([...windows.values()].filter((period) => countsInAdvance(versionOf(period))))
        const late = documents.map(({ invoice }) => {
          const row = rowOf(invoice.subscription_id!)
          const own = windows.get(invoice.id)
          const closed = own === undefined ? null : batch.lateOf(row)
          return { row, closed, named: invoice.named_billing_entity_id, before: own?.period_start ?? null }
        })
        const corrected = yield* lateUsage.correct(
          late.map(({ before, closed, named, row }) => ({ row, named, windows: windowsToCorrect(closed ?? [], before) })),
          batch
        )
        const draft_notes = yield* notes.drafts(documents.map(({ invoice }) => invoice.id))

        const failures: Array<Rebuild["failures"][number]> = []
        const relined: Array<Relined> = []
        for (const [index, document] of documents.entries()) {
          const { invoice } = document
          const row = rowOf(invoice.subscription_id!)
          const own = batchOf(invoice.id)
          const rated = Either.all([charges.get(invoice.id) ?? Either.right<ReadonlyArray<FeeLine>>([]), corrected[index]!])
          if (Either.isLeft(rated)) {
            failures.push({ id: invoice.id, error: rated.left })
            continue
          }
          const [usage, corrections] = rated.right
          const period = windows.get(invoice.id)
          const kept_fees = keptFeesOf(document, period !== undefined)
          const kept = kept_fees.map((fee) => {
            const { charge_id, commitment_id, fee_type, properties } = fee
            if (fee_type === "add_on") return addedLine(fee, row, own)
            return lineOfFee(fee, own.taxes.of({ ...levelsOf(row, properties.plan_id ?? row.plan_id, own), charge_id, commitment_id }))
          })
          const added_fees = period === undefined ? [] : addedFeesOf(document)
          const base = kept.filter((line) => line.fee_type === "subscription")
          const base_cents = period === undefined ? 0n : row.pay_in_advance ? countedIn(period) : amountCents(base)
          const committed =
            period === undefined
              ? []
              : windowTrueUp(row, windowOfBilled(period), versionOf(period), own, {
                  base_cents,
                  usage_cents: amountCents(usage) + advance_cents(period)
                })
          const { lines, surplus } =
            period === undefined
              ? { lines: usage, surplus: [] }
              : progressive.credit({ subscription_id: row.id, from: period.period_start }, usage)
          const all = renamedAs(document.fees, [
            ...kept,
            ...lines,
            ...committed,
            ...corrections.lines,
            ...added_fees.map((fee) => addedLine(fee, row, own))
          ])
          relined.push({
            document,
            customer: batch.customerOf(row),
            issuer: own.issuerOf(row),
            plan_code: batch.termsOf(row).plan.code,
            currency: batch.termsOf(row).plan.currency,
            lines: all,
            fee_ids: [...kept_fees.map((fee) => fee.id), ...idsOfAdded(all.length, added_fees).slice(kept_fees.length)],
            surplus: { given_back: surplus, items: progressive.items },
            corrections,
            late: late[index]!.closed
          })
        }
        const discounted = yield* discounts.take(
          relined.map(({ currency, customer, issuer, lines }) =>
            purpose === "finalize" ? { customer_id: customer.id, currency, rounding_mode: issuer.rounding_mode, lines } : null
          ),
          now
        )
        const taxed = relined.map(({ currency, customer, document, issuer, lines: undiscounted, plan_code }, index) => {
          const { coupons, lines } = discounted[index] ?? { coupons: [], lines: undiscounted }
          if (!batch.taxes.supplied || answers === null) return Either.right({ coupons, lines, answer: null })
          const head = { invoice_id: document.invoice.id, currency, issued_on: localDate(now, customer.timezone), issuer, customer }
          return Either.map(
            answeredLines(
              questionOf(head, lines, () => plan_code),
              lines,
              answers
            ),
            (answered) => ({ coupons, ...answered })
          )
        })
        const wanted = taxed.filter(Either.isLeft)
        if (wanted.length > 0) return yield* Effect.fail(new TaxesWanted(wanted.map(({ left }) => left)))
        const rebuilt: Array<Rebuilt> = []
        for (const [index, { currency, document, fee_ids, lines: _, plan_code: __, ...each }] of relined.entries()) {
          const { invoice } = document
          const { answer, coupons, lines } = Either.getOrThrow(taxed[index]!)
          const figures = assemble(lines, each.issuer.rounding_mode)
          const fresh = (yield* ids.many(idsNeeded(figures)))[Symbol.iterator]()
          // Its name of an issuer comes with the invoice.
          const head = { ...invoice, customer: each.customer, issuer: each.issuer, grace_days: 0, currency }
          const anew = draftOf(head, figures, { fresh, invoice_id: invoice.id, fee_ids }, now)
          const restored = { ...anew, invoice: { ...anew.invoice, created_at: invoice.created_at, finalize_at: invoice.finalize_at } }
          const own = draft_notes.filter(({ note }) => note.invoice_id === invoice.id)
          const again = notesAgain(own, restored, now)
          rebuilt.push({
            ...each,
            document: restored,
            coupons,
            answer,
            notes: again.filter(({ note }) => note.total_amount_cents > 0n),
            emptied: again.filter(({ note }) => note.total_amount_cents === 0n).map(({ note }) => note.id)
          })
        }
        return { documents: rebuilt, failures }
      })

      const save = Effect.fn("Drafts.save")(function* (rebuilt: ReadonlyArray<Rebuilt>, now: DateTime.Utc) {
        yield* invoices.replace(rebuilt.map(({ document }) => document))
        yield* discounts.keep(
          rebuilt.map(({ coupons, document }) => ({ invoice_id: document.invoice.id, coupons })),
          now
        )
        yield* notes.replace(rebuilt.flatMap((each) => each.notes))
        yield* notes.remove(rebuilt.flatMap((each) => each.emptied))
      })

      return Drafts.of({ rebuild, save })
    })
  )
}
