/** Stripe's client, and how its amounts, statuses and errors read here. */
import { Effect, Either, Redacted } from "effect"
import Stripe from "stripe"
import type { ChargeOutcome, ProviderFailed, RefundOutcome } from "../../../src/payments/index.js"
import { PATIENCE_MILLIS, type Secret, secret } from "../../shared/options.js"
import { asMinorUnits, type Counting } from "../shared/amounts.js"
import { attempt, failure } from "../shared/calls.js"

export interface StripeOptions {
  /** The account's secret key, or a restricted one that may write payment intents, refunds and checkout sessions and read payment methods. */
  readonly secretKey: Secret
  /** The signing secret of the webhook endpoint, `whsec_…`. */
  readonly webhookSecret: Secret
  /** Where Stripe is, for tests; unless given, where it always is. */
  readonly baseUrl?: string
  /** How long an answer is awaited; 20 seconds unless given. */
  readonly timeoutMillis?: number
}

const WITHOUT_DECIMALS = new Set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" "))
const THREE_DECIMALS = new Set("BHD JOD KWD OMR TND".split(" "))

/** Stripe counts ISK and UGX by hundredths that must be whole, MGA without any, and takes no thousandths other than tens. */
export const counting: Counting = {
  provider: "stripe",
  decimals: (currency) => (WITHOUT_DECIMALS.has(currency) ? 0 : THREE_DECIMALS.has(currency) ? 3 : 2),
  step: (currency) => (THREE_DECIMALS.has(currency) ? 10n : 1n)
}

/** Retries are ours, with the same key; the client makes none. */
export const clientOf = ({ baseUrl, secretKey, timeoutMillis = PATIENCE_MILLIS }: StripeOptions): Stripe => {
  const url = baseUrl === undefined ? null : new URL(baseUrl)
  const place =
    url === null ? {} : { host: url.hostname, port: url.port, protocol: url.protocol === "http:" ? ("http" as const) : ("https" as const) }
  return new Stripe(Redacted.value(secret(secretKey)), { ...place, timeout: timeoutMillis, maxNetworkRetries: 0, telemetry: false })
}

const meaning = (error: unknown): ProviderFailed => {
  if (!(error instanceof Stripe.errors.StripeError)) throw error
  return failure("stripe", error.statusCode ?? null, error.code ?? error.type)
}

/** A call, and what it failed with. */
export const asked = <A>(work: () => Promise<A>): Effect.Effect<A, ProviderFailed> => attempt(work, meaning)

/** The intent that was declined, where a call failed for that. */
export const declined = (error: unknown): Stripe.PaymentIntent | null =>
  error instanceof Stripe.errors.StripeCardError ? (error.payment_intent ?? null) : null

export const collectedOf = (amount: number, currency: string): Effect.Effect<ChargeOutcome["collected"], ProviderFailed> =>
  Either.match(asMinorUnits(counting, amount, currency), { onLeft: Effect.fail, onRight: Effect.succeed })

/** What an intent says of its charge. One that waits for its customer has failed, where nobody is there. */
export const outcomeOf = (intent: Stripe.PaymentIntent): Effect.Effect<ChargeOutcome, ProviderFailed> => {
  const none = { provider_payment_id: intent.id, collected: null, failure_reason: null }
  switch (intent.status) {
    case "succeeded":
      return Effect.map(collectedOf(intent.amount_received, intent.currency), (collected) => ({ ...none, status: "succeeded", collected }))
    case "processing":
    case "requires_capture":
      return Effect.succeed({ ...none, status: "processing" })
    case "canceled":
      return Effect.succeed({ ...none, status: "canceled", failure_reason: intent.cancellation_reason ?? "canceled at Stripe" })
    default: {
      const error = intent.last_payment_error
      return Effect.succeed({ ...none, status: "failed", failure_reason: error?.decline_code ?? error?.code ?? intent.status })
    }
  }
}

export const refundOutcomeOf = (refund: Stripe.Refund): RefundOutcome => {
  const { id: provider_refund_id, status } = refund
  if (status === "succeeded") return { status, provider_refund_id, failure_reason: null }
  return status === "failed" || status === "canceled"
    ? { status: "failed", provider_refund_id, failure_reason: refund.failure_reason ?? status }
    : { status: "pending", provider_refund_id, failure_reason: null }
}
