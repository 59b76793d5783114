/** Calls of providers' clients as effects, with what their failures mean. */
import { Effect } from "effect"
import { type ChargeOutcome, isUndecided, ProviderFailed, type ProviderName, type RefundOutcome } from "../../../src/payments/index.js"

/** Whose key tells charges, refunds and pages of ours apart in a provider's metadata. */
export const KEY = "billwright_key"

/**
 * What a failed call means: a refusal has the provider's own code, everything else is undecided. `status` is HTTP's, null where
 * no answer came; being refused for who we are, or for calling too often, says nothing about what was asked.
 */
export const failure = (provider: ProviderName, status: number | null, code: string | null | undefined): ProviderFailed => {
  if (status === null) return new ProviderFailed({ provider, code: "connection_lost" })
  const decided = status >= 400 && status < 500 && ![401, 403, 408, 409, 429].includes(status)
  return new ProviderFailed({ provider, code: decided ? (code ?? `http_${status}`) : "unavailable" })
}

export const attempt = <A>(work: () => Promise<A>, meaning: (error: unknown) => ProviderFailed): Effect.Effect<A, ProviderFailed> =>
  Effect.tryPromise({ try: work, catch: meaning })

/** A refusal is an outcome; what is undecided stays so. */
const orFailed = <A>(call: Effect.Effect<A, ProviderFailed>, outcome: (failure_reason: string) => A): Effect.Effect<A, ProviderFailed> =>
  Effect.catchAll(call, (error) =>
    isUndecided(error) || error.code === "not_expressible" ? Effect.fail(error) : Effect.succeed(outcome(error.code))
  )

/** A charge that was refused has failed. */
export const orFailedCharge = (call: Effect.Effect<ChargeOutcome, ProviderFailed>): Effect.Effect<ChargeOutcome, ProviderFailed> =>
  orFailed(call, (failure_reason) => ({ status: "failed", provider_payment_id: null, collected: null, failure_reason }))

/** A refund that was refused has failed. */
export const orFailedRefund = (call: Effect.Effect<RefundOutcome, ProviderFailed>): Effect.Effect<RefundOutcome, ProviderFailed> =>
  orFailed(call, (failure_reason) => ({ status: "failed", provider_refund_id: null, failure_reason }))
