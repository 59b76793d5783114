/** Calls of providers' clients as effects, with what their failures mean. */
import { Effect } from "effect"
import { ProviderFailed, type ProviderName } from "../../../src/payments/index.js"

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
