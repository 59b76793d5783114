/** Pages of Stripe Checkout: to pay on, and to store a method on. */
import { Effect } from "effect"
import type Stripe from "stripe"
import { instant } from "../../../src/core/index.js"
import {
  type ChargeOutcome,
  type CheckoutCall,
  isUndecided,
  type PaymentProvider,
  ProviderFailed,
  type SetupCall
} from "../../../src/payments/index.js"
import { asCounted } from "../shared/amounts.js"
import { KEY } from "../shared/calls.js"
import { asked, collectedOf, counting, outcomeOf } from "./client.js"

/** What a session that is over says; null while it is open. */
const sessionOutcome = Effect.fnUntraced(function* (session: Stripe.Checkout.Session) {
  const intent = session.payment_intent
  const provider_payment_id = typeof intent === "string" ? intent : (intent?.id ?? null)
  const none = { provider_payment_id, collected: null, failure_reason: null }
  if (session.status === "expired") {
    return { ...none, status: "canceled", failure_reason: "the page expired" } satisfies ChargeOutcome
  }
  if (session.status !== "complete") return null
  if (session.payment_status !== "unpaid") {
    const collected = yield* collectedOf(session.amount_total ?? 0, session.currency ?? "")
    return { ...none, status: "succeeded", collected } satisfies ChargeOutcome
  }
  return typeof intent === "object" && intent !== null
    ? yield* outcomeOf(intent)
    : ({ ...none, status: "processing" } satisfies ChargeOutcome)
})

const opened = ({ expires_at, id, url }: Stripe.Checkout.Session) =>
  url === null
    ? Effect.fail(new ProviderFailed({ provider: "stripe", code: "no_address" }))
    : Effect.succeed({ id, url, expires_at: instant(expires_at * 1000) })

export const pagesOf = (client: Stripe): Pick<PaymentProvider, "checkout" | "endCheckout" | "setup"> => {
  const checkout = Effect.fnUntraced(function* ({
    amount_cents,
    cancel_url,
    currency,
    customer,
    description,
    key,
    success_url,
    ...call
  }: CheckoutCall) {
    const unit_amount = yield* asCounted(counting, amount_cents, currency)
    const metadata = { ...call.metadata, [KEY]: key }
    const price_data = { currency: currency.toLowerCase(), unit_amount, product_data: { name: description } }
    const session = yield* asked(() =>
      client.checkout.sessions.create(
        {
          mode: "payment",
          line_items: [{ quantity: 1, price_data }],
          success_url,
          cancel_url,
          ...(customer.email === null ? {} : { customer_email: customer.email }),
          metadata,
          payment_intent_data: { metadata }
        },
        { idempotencyKey: key }
      )
    )
    const { id: provider_checkout_id, ...page } = yield* opened(session)
    return { provider_checkout_id, ...page }
  })

  const look = (id: string) => asked(() => client.checkout.sessions.retrieve(id, { expand: ["payment_intent"] }))

  const endCheckout = Effect.fnUntraced(function* (id: string) {
    const before = yield* Effect.flatMap(look(id), sessionOutcome)
    if (before !== null) return before
    // Who pays at this moment wins: an end that is refused is looked at again.
    yield* asked(() => client.checkout.sessions.expire(id)).pipe(
      Effect.catchAll((error) => (isUndecided(error) ? Effect.fail(error) : Effect.void))
    )
    const after = yield* Effect.flatMap(look(id), sessionOutcome)
    return after ?? (yield* new ProviderFailed({ provider: "stripe", code: "unavailable" }))
  })

  const setup = Effect.fnUntraced(function* ({ cancel_url, currency, customer, key, success_url }: SetupCall) {
    const metadata = { customer_id: customer.id, [KEY]: key }
    const session = yield* asked(() =>
      client.checkout.sessions.create(
        {
          mode: "setup",
          currency: currency.toLowerCase(),
          customer_creation: "always",
          ...(customer.email === null ? {} : { customer_email: customer.email }),
          success_url,
          cancel_url,
          metadata,
          setup_intent_data: { metadata }
        },
        { idempotencyKey: key }
      )
    )
    const { id: provider_setup_id, ...page } = yield* opened(session)
    return { provider_setup_id, ...page }
  })

  return { checkout, endCheckout, setup }
}
