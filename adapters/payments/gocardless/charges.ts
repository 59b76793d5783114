/** Charges and refunds at GoCardless: payments of a mandate. */
import { Effect } from "effect"
import type { GoCardlessClient, PaymentCurrency } from "gocardless-nodejs"
import type { ChargeCall, PaymentProvider, RefundCall } from "../../../src/payments/index.js"
import { asCounted } from "../shared/amounts.js"
import { KEY, orFailedCharge, orFailedRefund } from "../shared/calls.js"
import { type Ask, counting, metadataOf, outcomeOf, refundOutcomeOf } from "./client.js"

/** How many of a mandate's payments, or of a payment's refunds, are looked through. */
const MOST = 500

const found = async <A>(all: AsyncIterable<A>, is: (one: A) => boolean): Promise<A | null> => {
  let looked = 0
  for await (const one of all) {
    if (is(one)) return one
    if (++looked >= MOST) break
  }
  return null
}

export const chargesOf = (client: GoCardlessClient, ask: Ask): Pick<PaymentProvider, "charge" | "findCharge" | "refund" | "findRefund"> => {
  const charge = Effect.fnUntraced(function* ({ amount_cents, currency, key, metadata, provider_payment_method_id }: ChargeCall) {
    const amount = yield* asCounted(counting, amount_cents, currency)
    const payment = yield* ask(() =>
      client.payments.create(
        {
          amount,
          currency: currency as `${PaymentCurrency}`,
          links: { mandate: provider_payment_method_id },
          metadata: metadataOf(key, metadata)
        },
        key
      )
    )
    return yield* outcomeOf(payment)
  })

  const findCharge = Effect.fnUntraced(function* ({ key, provider_payment_method_id: mandate }: ChargeCall) {
    const payment = yield* ask(() => found(client.payments.all({ mandate }), ({ metadata }) => metadata?.[KEY] === key))
    return payment === null ? null : yield* outcomeOf(payment)
  })

  const known = ({ key, provider_payment_id: payment }: RefundCall) =>
    ask(() => found(client.refunds.all({ payment }), ({ metadata }) => metadata?.[KEY] === key))

  const findRefund = (call: RefundCall) => Effect.map(known(call), (refund) => (refund === null ? null : refundOutcomeOf(refund)))

  /** GoCardless asks for the total that will be refunded then: one that is there already is not counted again. */
  const refund = Effect.fnUntraced(function* (call: RefundCall) {
    const amount = yield* asCounted(counting, call.amount_cents, call.currency)
    const before = yield* known(call)
    if (before !== null) return refundOutcomeOf(before)
    const payment = yield* ask(() => client.payments.find(call.provider_payment_id))
    const made = yield* ask(() =>
      client.refunds.create(
        {
          amount,
          links: { payment: call.provider_payment_id },
          total_amount_confirmation: (payment.amount_refunded ?? 0) + amount,
          metadata: metadataOf(call.key, call.metadata)
        },
        call.key
      )
    )
    return refundOutcomeOf(made)
  })

  return {
    charge: (call) => orFailedCharge(charge(call)),
    findCharge,
    refund: (call) => orFailedRefund(refund(call)),
    findRefund
  }
}
