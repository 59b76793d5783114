/** Webhooks of Stripe: `Stripe-Signature: t=…,v1=…`, a hexadecimal HMAC-SHA256 of `t.body` that is at most five minutes off. */
import { Clock, Effect, Redacted } from "effect"
import type Stripe from "stripe"
import type {
  ChargeOutcome,
  ChargeReference,
  PaymentProvider,
  ProviderEvent,
  ProviderFailed,
  ProviderWord,
  WebhookRequest
} from "../../../src/payments/index.js"
import { KEY } from "../shared/calls.js"
import { bytesOf, headerOf, hmac, isSignature, jsonOf, refusal } from "../shared/signature.js"
import { asked, collectedOf, outcomeOf, refundOutcomeOf } from "./client.js"
import { storedMethod } from "./method.js"

const TOLERANCE_SECONDS = 300
/** More than any endpoint has secrets for; the rest of a longer header is not looked at. */
const MOST_SIGNATURES = 16

const verify = Effect.fnUntraced(function* (request: WebhookRequest, key: Redacted.Redacted<string>) {
  const header = headerOf(request, "stripe-signature")
  if (header === null) return yield* refusal("the header stripe-signature is missing")
  if (Redacted.value(key) === "") return yield* refusal("no secret is set up")
  const parts = header.split(",", MOST_SIGNATURES + 1).map((part) => part.trim().split("="))
  const times = parts.filter(([name]) => name === "t").map(([, value]) => value ?? "")
  const time = times.length === 1 ? times[0]! : ""
  if (!/^[0-9]{1,12}$/.test(time)) return yield* refusal("it carries no time")
  const expected = hmac(Redacted.value(key), `${time}.`, bytesOf(request.body))
  const given = parts.filter(([name]) => name === "v1").map(([, value]) => value ?? "")
  if (!given.some((signature) => isSignature(expected, signature, "hex"))) return yield* refusal("it does not match")
  const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  if (Math.abs(now - Number(time)) > TOLERANCE_SECONDS) return yield* refusal("it is more than five minutes off")
})

const idOf = (reference: string | { readonly id: string } | null): string | null =>
  typeof reference === "object" ? (reference?.id ?? null) : reference

const ofSession = (session: Stripe.Checkout.Session): ChargeReference => ({
  provider_checkout_id: session.id,
  provider_payment_id: idOf(session.payment_intent),
  key: session.metadata?.[KEY] ?? null
})

const ofIntent = ({ id, metadata }: Stripe.PaymentIntent): ChargeReference => ({
  provider_checkout_id: null,
  provider_payment_id: id,
  key: metadata[KEY] ?? null
})

const ofPayment = (provider_payment_id: string | null): ChargeReference => ({ provider_checkout_id: null, provider_payment_id, key: null })

const bare = (
  status: "processing" | "failed" | "canceled",
  provider_payment_id: string | null,
  failure_reason: string | null
): ChargeOutcome => ({
  status,
  provider_payment_id,
  collected: null,
  failure_reason
})

const sessionPaid = (session: Stripe.Checkout.Session): Effect.Effect<ChargeOutcome, ProviderFailed> =>
  Effect.map(collectedOf(session.amount_total ?? 0, session.currency ?? ""), (collected) => ({
    status: "succeeded",
    provider_payment_id: idOf(session.payment_intent),
    collected,
    failure_reason: null
  }))

const refundWord = (refund: Stripe.Refund): Effect.Effect<ProviderWord, ProviderFailed> =>
  Effect.map(collectedOf(refund.amount, refund.currency), (amount) => ({
    about: "refund",
    of: ofPayment(idOf(refund.payment_intent)),
    key: refund.metadata?.[KEY] ?? null,
    ...amount!,
    outcome: refundOutcomeOf(refund)
  }))

/** A charge-back is money that went back: it has the dispute's id, and has happened. */
const disputeWord = (dispute: Stripe.Dispute): Effect.Effect<ProviderWord, ProviderFailed> =>
  Effect.map(collectedOf(dispute.amount, dispute.currency), (amount) => ({
    about: "refund",
    of: ofPayment(idOf(dispute.payment_intent)),
    key: null,
    ...amount!,
    outcome: { status: "succeeded", provider_refund_id: dispute.id, failure_reason: null }
  }))

type Words = Effect.Effect<ReadonlyArray<ProviderWord>, ProviderFailed>

const says = (of: ChargeReference, outcome: ChargeOutcome): ReadonlyArray<ProviderWord> => [{ about: "charge", of, outcome }]

export const webhooksOf = (client: Stripe, key: Redacted.Redacted<string>): Pick<PaymentProvider, "readWebhook" | "webhookAnswer"> => {
  const stored = Effect.fnUntraced(function* (session: Stripe.Checkout.Session) {
    const setup = idOf(session.setup_intent)
    const customer_id = session.metadata?.customer_id
    if (setup === null || customer_id === undefined) return []
    const { payment_method } = yield* asked(() => client.setupIntents.retrieve(setup, { expand: ["payment_method"] }))
    if (payment_method === null || typeof payment_method === "string") return []
    const word: ProviderWord = { about: "method", customer_id, method: storedMethod(payment_method) }
    return [word]
  })

  const refunded = Effect.fnUntraced(function* (charge: Stripe.Charge) {
    const intent = idOf(charge.payment_intent)
    if (intent === null) return []
    const refunds = yield* asked(() => client.refunds.list({ payment_intent: intent, limit: 100 }).autoPagingToArray({ limit: 1000 }))
    return yield* Effect.forEach(refunds, refundWord)
  })

  const completed = (session: Stripe.Checkout.Session): Words => {
    if (session.mode === "setup") return stored(session)
    return session.payment_status === "unpaid"
      ? Effect.succeed(says(ofSession(session), bare("processing", idOf(session.payment_intent), null)))
      : Effect.map(sessionPaid(session), (outcome) => says(ofSession(session), outcome))
  }

  const wordsOf = (event: Stripe.Event): Words => {
    switch (event.type) {
      case "checkout.session.completed":
        return completed(event.data.object)
      case "checkout.session.async_payment_succeeded":
        return Effect.map(sessionPaid(event.data.object), (outcome) => says(ofSession(event.data.object), outcome))
      case "checkout.session.async_payment_failed":
        return Effect.succeed(
          says(ofSession(event.data.object), bare("failed", idOf(event.data.object.payment_intent), "the payment failed"))
        )
      case "checkout.session.expired":
        return Effect.succeed(
          says(ofSession(event.data.object), bare("canceled", idOf(event.data.object.payment_intent), "the page expired"))
        )
      case "payment_intent.succeeded":
      case "payment_intent.processing":
      case "payment_intent.canceled":
        return Effect.map(outcomeOf(event.data.object), (outcome) => says(ofIntent(event.data.object), outcome))
      case "payment_intent.payment_failed": {
        const { id, last_payment_error: error } = event.data.object
        return Effect.succeed(
          says(ofIntent(event.data.object), bare("failed", id, error?.decline_code ?? error?.code ?? "the payment failed"))
        )
      }
      case "charge.refunded":
        return refunded(event.data.object)
      case "refund.updated":
      case "refund.failed":
        return Effect.map(refundWord(event.data.object), (word) => [word])
      case "charge.dispute.funds_withdrawn":
        return Effect.map(disputeWord(event.data.object), (word) => [word])
      default:
        return Effect.succeed([])
    }
  }

  return {
    readWebhook: Effect.fnUntraced(function* (request: WebhookRequest) {
      yield* verify(request, key)
      const event = jsonOf(request.body) as Stripe.Event | null
      if (event === null || typeof event.id !== "string" || typeof event.type !== "string") return []
      const read: ProviderEvent = { id: event.id, name: event.type, words: yield* wordsOf(event) }
      return [read]
    }),
    webhookAnswer: ""
  }
}
