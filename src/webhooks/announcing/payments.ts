/** What is told of payments and payment requests. */
import { Array as Arr, Effect, Layer } from "effect"
import { type Payment, PaymentRequestStore, PaymentStore } from "../../payments/index.js"
import type { WebhookEvent } from "../event.js"
import { Outbox } from "../outbox.js"
import { type AnnouncedRequest, AnnouncedRows } from "./rows.js"
import { byId, writesOver } from "./writes.js"

const keysOf = ({ amount_cents, currency, customer_id, invoice_id, provider, status }: Payment) => ({
  invoice_id,
  customer_id,
  amount_cents: String(amount_cents),
  currency,
  provider,
  status
})

/** What a new status tells. */
const statusEvents = (payment: Payment): ReadonlyArray<WebhookEvent> => {
  const head = { organization_id: payment.organization_id, object_id: payment.id }
  const { failure_reason, status } = payment
  if (status === "succeeded" || status === "canceled") return [{ ...head, type: `payment.${status}`, data: keysOf(payment) }]
  return status === "failed" ? [{ ...head, type: "payment.failed", data: { ...keysOf(payment), failure_reason } }] : []
}

/** What a payment's row before and after a write tells. Pure. */
const paymentChanged = (before: Pick<Payment, "status" | "refunded_amount_cents">, after: Payment): ReadonlyArray<WebhookEvent> => [
  ...(before.status === after.status ? [] : statusEvents(after)),
  ...(after.refunded_amount_cents > before.refunded_amount_cents
    ? [
        {
          organization_id: after.organization_id,
          object_id: after.id,
          type: "payment.refunded",
          data: { ...keysOf(after), refunded_amount_cents: String(after.refunded_amount_cents) }
        } as const
      ]
    : [])
]

const made = (payment: Payment): ReadonlyArray<WebhookEvent> => [
  { organization_id: payment.organization_id, object_id: payment.id, type: "payment.created", data: keysOf(payment) },
  ...statusEvents(payment)
]

export const paymentsLayer: Layer.Layer<PaymentStore, never, PaymentStore | AnnouncedRows | Outbox> = Layer.effect(
  PaymentStore,
  Effect.gen(function* () {
    const store = yield* PaymentStore
    const rows = yield* AnnouncedRows
    const { ofRows } = writesOver(yield* Outbox)
    return PaymentStore.of({
      ...store,
      insert: (payments) => ofRows(payments, store.insert(payments), { events: () => payments.flatMap(made) }),
      save: (payments) =>
        ofRows(payments, store.save(payments), {
          before: rows.payments(payments.map(({ id }) => id)),
          events: (found) => {
            const known = byId(found)
            return payments.flatMap((after) => {
              const before = known.get(after.id)
              return before === undefined ? [] : paymentChanged(before, after)
            })
          }
        })
    })
  })
)

const requestKeys = ({ amount_cents, amount_currency, customer_id }: AnnouncedRequest) => ({
  customer_id,
  amount_cents: String(amount_cents),
  amount_currency
})

export const paymentRequestsLayer: Layer.Layer<PaymentRequestStore, never, PaymentRequestStore | AnnouncedRows | Outbox> = Layer.effect(
  PaymentRequestStore,
  Effect.gen(function* () {
    const store = yield* PaymentRequestStore
    const rows = yield* AnnouncedRows
    const { ofRows } = writesOver(yield* Outbox)
    return PaymentRequestStore.of({
      ...store,
      insert: (requests, invoices) =>
        ofRows(requests, store.insert(requests, invoices), {
          events: () => {
            const invoicesOf = Arr.groupBy(invoices, (link) => link.payment_request_id)
            return requests.map(
              (request): WebhookEvent => ({
                type: "payment_request.created",
                organization_id: request.organization_id,
                object_id: request.id,
                data: {
                  ...requestKeys(request),
                  dunning_campaign_id: request.dunning_campaign_id,
                  invoice_ids: (invoicesOf[request.id] ?? []).map(({ invoice_id }) => invoice_id)
                }
              })
            )
          }
        }),
      insertSteps: (steps) => {
        const ended = steps.filter(({ action }) => action === "succeeded" || action === "failed")
        return ofRows(ended, store.insertSteps(steps), {
          events: Effect.fnUntraced(function* () {
            const known = byId(yield* rows.paymentRequests([...new Set(ended.map((step) => step.payment_request_id))]))
            return ended.map(({ action, attempt, payment_request_id }): WebhookEvent => {
              const request = known.get(payment_request_id)!
              return {
                type: action === "succeeded" ? "payment_request.payment_succeeded" : "payment_request.payment_failed",
                organization_id: request.organization_id,
                object_id: payment_request_id,
                data: { ...requestKeys(request), payment_attempts: attempt }
              }
            })
          })
        })
      }
    })
  })
)
