/** Charges and refunds at Stripe: payment intents that are confirmed at once, without the customer. */
import { Effect } from "effect"
import type Stripe from "stripe"
import type { ChargeCall, PaymentProvider, RefundCall } from "../../../src/payments/index.js"
import { asCounted } from "../shared/amounts.js"
import { KEY, orFailedRefund } from "../shared/calls.js"
import { asked, counting, declined, outcomeOf, refundOutcomeOf } from "./client.js"

const PAGE = 100

const quoted = (text: string): string => text.replace(/[\\"]/g, (sign) => `\\${sign}`)

type Charges = Pick<PaymentProvider, "charge" | "findCharge" | "refund" | "findRefund">

export const chargesOf = (client: Stripe): Charges => {
  /** A declined card is an outcome, with the intent that was declined. */
  const confirm = (params: Stripe.PaymentIntentCreateParams, idempotencyKey: string) =>
    asked(() =>
      client.paymentIntents.create(params, { idempotencyKey }).catch((error: unknown): Stripe.PaymentIntent => {
        const intent = declined(error)
        if (intent === null) throw error
        return intent
      })
    )

  const charge = Effect.fnUntraced(function* ({ amount_cents, currency, key, metadata, provider_payment_method_id }: ChargeCall) {
    const amount = yield* asCounted(counting, amount_cents, currency)
    // A stored method belongs to a customer of Stripe's, who is named too.
    const { customer } = yield* asked(() => client.paymentMethods.retrieve(provider_payment_method_id))
    const intent = yield* confirm(
      {
        amount,
        currency: currency.toLowerCase(),
        payment_method: provider_payment_method_id,
        ...(customer === null ? {} : { customer: typeof customer === "string" ? customer : customer.id }),
        confirm: true,
        off_session: true,
        metadata: { ...metadata, [KEY]: key }
      },
      key
    )
    return yield* outcomeOf(intent)
  })

  /** Searched a minute late at most; one that is not found yet is charged again with its key, which answers the first one. */
  const findCharge = Effect.fnUntraced(function* ({ key }: ChargeCall) {
    const { data } = yield* asked(() => client.paymentIntents.search({ query: `metadata["${KEY}"]:"${quoted(key)}"`, limit: 1 }))
    return data[0] === undefined ? null : yield* outcomeOf(data[0])
  })

  const refund = Effect.fnUntraced(function* ({ amount_cents, currency, key, metadata, provider_payment_id }: RefundCall) {
    const amount = yield* asCounted(counting, amount_cents, currency)
    const params = { payment_intent: provider_payment_id, amount, metadata: { ...metadata, [KEY]: key } }
    return refundOutcomeOf(yield* asked(() => client.refunds.create(params, { idempotencyKey: key })))
  })

  const findRefund = Effect.fnUntraced(function* ({ key, provider_payment_id }: RefundCall) {
    const found = yield* asked(() =>
      client.refunds.list({ payment_intent: provider_payment_id, limit: PAGE }).autoPagingToArray({ limit: 1000 })
    )
    const own = found.find(({ metadata }) => metadata?.[KEY] === key)
    return own === undefined ? null : refundOutcomeOf(own)
  })

  return { charge, findCharge, refund: (call) => orFailedRefund(refund(call)), findRefund }
}
