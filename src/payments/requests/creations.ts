/** Makes payment requests over locked invoices. */
import { Context, type DateTime, Effect, Layer } from "effect"
import { Ids, type StorageError } from "../../core/index.js"
import { dueOf, type OverdueGroup } from "../dunning/overdue.js"
import { type PaymentRequest, PaymentRequestId, type RequestedInvoice, type RequestWithInvoices } from "./request.js"
import { created } from "./request-state.js"
import { PaymentRequestStore } from "./store.js"

/** What is to be asked for, and by which campaign. */
export interface NewRequest extends OverdueGroup {
  readonly dunning_campaign_id: string | null
}

/** Works inside the transaction that the caller opened. */
export class Creations extends Context.Tag("billwright/Creations")<
  Creations,
  {
    readonly make: (
      requests: ReadonlyArray<NewRequest>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<RequestWithInvoices>, StorageError>
  }
>() {
  static readonly layer: Layer.Layer<Creations, never, PaymentRequestStore | Ids> = Layer.effect(
    Creations,
    Effect.gen(function* () {
      const store = yield* PaymentRequestStore
      const ids = yield* Ids

      const make = Effect.fn("Creations.make")(function* (wanted: ReadonlyArray<NewRequest>, now: DateTime.Utc) {
        if (wanted.length === 0) return []
        const fresh = (yield* ids.many(wanted.reduce((count, { invoices }) => count + 2 + invoices.length, 0)))[Symbol.iterator]()
        const id = (): string => fresh.next().value as string
        const stamps = { created_at: now, updated_at: now }
        const made = wanted.map((group) => {
          const request: PaymentRequest = {
            id: PaymentRequestId.make(id()),
            organization_id: group.organization_id,
            customer_id: group.customer_id,
            dunning_campaign_id: group.dunning_campaign_id,
            amount_cents: dueOf(group),
            amount_currency: group.currency,
            payment_status: "pending",
            payment_attempts: 0,
            ready_for_payment_processing: true,
            last_attempt_at: null,
            ...stamps
          }
          const invoices = group.invoices.map(
            (invoice): RequestedInvoice => ({
              id: id(),
              organization_id: group.organization_id,
              payment_request_id: request.id,
              invoice_id: invoice.id,
              ...stamps
            })
          )
          return { request, invoices, step: { ...created(request, now).step, id: id() } }
        })
        yield* store.insert(
          made.map(({ request }) => request),
          made.flatMap(({ invoices }) => invoices)
        )
        yield* store.insertSteps(made.map(({ step }) => step))
        return made.map(({ invoices, request }) => ({ request, invoice_ids: invoices.map(({ invoice_id }) => invoice_id) }))
      })

      return Creations.of({ make })
    })
  )
}
