/** Writes what becomes of payment requests, and finishes those of which nothing is due any more. */
import { Array as Arr, Context, type DateTime, Effect, Layer } from "effect"
import { type CurrentOrganization, Ids, type StorageError } from "../../core/index.js"
import { type InvoiceDue, InvoiceStore } from "../../invoicing/index.js"
import { DunningCampaignStore } from "../dunning/store.js"
import { askedFor, attemptFailed, finished, type RequestChange } from "./request-state.js"
import { PaymentRequestStore } from "./store.js"

/** How an attempt ended: null where it succeeded, else why it did not. */
export interface AttemptEnd {
  readonly payment_request_id: string
  readonly error: string | null
}

/** Works inside the transaction that the caller opened, after the invoices' locks. */
export class RequestChanges extends Context.Tag("billwright/RequestChanges")<
  RequestChanges,
  {
    readonly write: (changes: ReadonlyArray<RequestChange>) => Effect.Effect<void, StorageError>
    /** How many attempts each campaign allows. */
    readonly limits: Effect.Effect<ReadonlyMap<string, number>, StorageError, CurrentOrganization>
    /** Attempts ended, and invoices were paid: by them, or otherwise. */
    readonly settle: (
      ended: ReadonlyArray<AttemptEnd>,
      paid_invoice_ids: ReadonlyArray<string>,
      now: DateTime.Utc
    ) => Effect.Effect<void, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<RequestChanges, never, PaymentRequestStore | DunningCampaignStore | InvoiceStore | Ids> = Layer.effect(
    RequestChanges,
    Effect.gen(function* () {
      const requests = yield* PaymentRequestStore
      const campaigns = yield* DunningCampaignStore
      const invoices = yield* InvoiceStore
      const ids = yield* Ids

      const limits = Effect.map(campaigns.all, (all) => new Map(all.map((campaign) => [campaign.id as string, campaign.max_attempts])))

      const write = Effect.fnUntraced(function* (changes: ReadonlyArray<RequestChange>) {
        if (changes.length === 0) return
        const fresh = yield* ids.many(changes.length)
        yield* requests.save(changes.map(({ request }) => request))
        yield* requests.insertSteps(changes.map(({ step }, index) => ({ ...step, id: fresh[index]! })))
      })

      const settle = Effect.fn("RequestChanges.settle")(function* (
        ended: ReadonlyArray<AttemptEnd>,
        paid_invoice_ids: ReadonlyArray<string>,
        now: DateTime.Utc
      ) {
        const touched = (yield* requests.withInvoices(paid_invoice_ids)).filter(({ payment_status }) => payment_status === "pending")
        const wanted = [...new Set([...ended, ...touched].map((one) => one.payment_request_id))]
        if (wanted.length === 0) return
        const links = Arr.groupBy(yield* requests.invoicesOf(wanted), (link) => link.payment_request_id)
        const rows = yield* requests.lock(wanted)
        const all = Object.values(links).flatMap((own) => own.map((link) => link.invoice_id))
        const dues = new Map((yield* invoices.due([...new Set(all)])).map((due) => [due.id as string, due]))
        const endOf = new Map(ended.map((end) => [end.payment_request_id, end]))
        const max = yield* limits
        yield* write(
          rows.flatMap((request): ReadonlyArray<RequestChange> => {
            const end = endOf.get(request.id)
            if (request.payment_status !== "pending" || (end === undefined && !request.ready_for_payment_processing)) return []
            const own: ReadonlyArray<InvoiceDue> = (links[request.id] ?? []).flatMap((link) => dues.get(link.invoice_id) ?? [])
            if (askedFor(own).length === 0) return [finished(request, own, now)]
            if (end === undefined) return []
            const max_attempts = request.dunning_campaign_id === null ? null : (max.get(request.dunning_campaign_id) ?? null)
            return [attemptFailed(request, max_attempts, end.error ?? "less was collected than asked for", now)]
          })
        )
      })

      return RequestChanges.of({ limits, settle, write })
    })
  )
}
