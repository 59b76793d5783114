/** What invoicing asks of payments. Automatic payment: what an invoice leaves due as it becomes final is charged by the customer's default method, after the commit (I1). */
import { Effect, Layer } from "effect"
import { Collections } from "../invoicing/index.js"
import { Intents } from "./intents.js"
import { paymentTransitions } from "./payment-state.js"
import { RefundIntents } from "./refunds/intents.js"
import { PaymentMethodStore, PaymentStore } from "./store.js"

export const collectionsLayer: Layer.Layer<Collections, never, Intents | RefundIntents | PaymentMethodStore | PaymentStore> = Layer.effect(
  Collections,
  Effect.gen(function* () {
    const intents = yield* Intents
    const refunds = yield* RefundIntents
    const methods = yield* PaymentMethodStore
    const payments = yield* PaymentStore
    return Collections.of({
      issued: Effect.fn("Collections.issued")(function* (due, now) {
        const defaults = yield* methods.defaults([...new Set(due.map(({ customer_id }) => customer_id))])
        const methodOf = new Map(defaults.map((method) => [method.customer_id, method]))
        yield* intents.keep(
          due.flatMap(({ due_cents, invoice_id, ...of }) => {
            const method = methodOf.get(of.customer_id)
            return method === undefined ? [] : [{ ...of, method, invoices: [{ id: invoice_id, due_cents }], request: null }]
          }),
          now
        )
      }),

      refund: refunds.refund,
      markRefunded: refunds.markRefunded,

      // Their charges stay: one that was called has an outcome yet, one that was not finds nothing due.
      voided: Effect.fn("Collections.voided")(function* (invoice_ids, now) {
        const underWay = yield* payments.underWay(invoice_ids)
        yield* payments.save(
          underWay.map((payment) => ({
            ...payment,
            status: paymentTransitions.cancel[payment.status] ?? payment.status,
            failure_reason: "the invoice was voided",
            updated_at: now
          }))
        )
      })
    })
  })
)
