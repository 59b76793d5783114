/** How providers are asked: with patience that ends, and what an answer that never came means for a charge. */
import { type DateTime, Effect } from "effect"
import type { PaymentCharge } from "./charge.js"
import type { Claimed } from "./claim.js"
import { isUndecided, ProviderFailed, type ProviderUnsupported } from "./errors.js"
import type { ChargeCall, ChargeOutcome, PaymentProvider } from "./provider.js"

/** How many answers are awaited at a time, and how long each. */
export const CONCURRENCY = 10
const PATIENCE = "30 seconds"

/** How long a key stands for one charge at every provider: as long a call whose answer was lost is made again. */
const KEY_LASTS_MILLIS = 24 * 60 * 60 * 1000

/** Whether a call that was first made then can no longer be repeated with its key. */
export const keyIsOver = (called_at: DateTime.Utc | null, now: DateTime.Utc): boolean =>
  now.epochMillis - (called_at ?? now).epochMillis >= KEY_LASTS_MILLIS

/** A call that ends: without an answer, as one of which nothing is known. */
export const answered = <A, E>({ name }: PaymentProvider, call: Effect.Effect<A, E>): Effect.Effect<A, E | ProviderFailed> =>
  Effect.timeoutFail(call, { duration: PATIENCE, onTimeout: () => new ProviderFailed({ provider: name, code: "timeout" }) })

/** The end of a charge that nothing came of. */
export const givenUp = (failure_reason: string): ChargeOutcome => ({
  status: "canceled",
  provider_payment_id: null,
  collected: null,
  failure_reason
})

const refused = (failure_reason: string): ChargeOutcome => ({ ...givenUp(failure_reason), status: "failed" })

/** Ids of ours that a provider keeps with a charge. */
export const metadataOf = (charge: PaymentCharge): Readonly<Record<string, string>> => ({
  organization_id: charge.organization_id,
  customer_id: charge.customer_id,
  ...(charge.payment_request_id === null ? { payment_id: charge.key.split("/")[0]! } : { payment_request_id: charge.payment_request_id })
})

const callOf = (charge: PaymentCharge, provider_payment_method_id: string): ChargeCall => ({
  key: charge.key,
  amount_cents: charge.amount_cents,
  currency: charge.currency,
  customer_id: charge.customer_id,
  provider_payment_method_id,
  metadata: metadataOf(charge)
})

const stillAtWork = ({ provider_payment_id }: PaymentCharge): ChargeOutcome => ({
  ...givenUp(""),
  status: "processing",
  provider_payment_id,
  failure_reason: null
})

/** Ends a page where nobody has paid; a provider that cannot is told nothing, and what it says later counts all the same. */
export const endOf = (charge: PaymentCharge, provider: PaymentProvider | undefined): Effect.Effect<ChargeOutcome, ProviderFailed> => {
  if (charge.provider_checkout_id === null) return Effect.succeed(givenUp("its page was given to nobody"))
  if (provider === undefined) return Effect.fail(new ProviderFailed({ provider: charge.provider, code: "not_configured" }))
  return answered(provider, provider.endCheckout(charge.provider_checkout_id)).pipe(
    Effect.catchTag("ProviderUnsupported", () =>
      Effect.succeed(charge.status === "processing" ? stillAtWork(charge) : givenUp("nobody has paid on its page"))
    )
  )
}

/** A refusal is an outcome; a call of which nothing is known stays open. */
const charging = (provider: PaymentProvider, call: ChargeCall): Effect.Effect<ChargeOutcome, ProviderFailed> =>
  answered(provider, provider.charge(call)).pipe(
    Effect.catchAll((error: ProviderFailed | ProviderUnsupported) =>
      error._tag === "ProviderFailed" && isUndecided(error)
        ? Effect.fail(error)
        : Effect.succeed(refused(error._tag === "ProviderFailed" ? error.code : error.message))
    )
  )

/** What a provider says of a claimed charge; a failure where it says nothing that can be relied on. */
export const ask = Effect.fnUntraced(function* (
  { asked_before, charge, still_due }: Claimed,
  provider: PaymentProvider | undefined,
  now: DateTime.Utc
) {
  if (charge.provider_payment_method_id === null) return yield* endOf(charge, provider)
  if (!asked_before && !still_due) return givenUp("nothing is due")
  if (provider === undefined) {
    return asked_before
      ? yield* new ProviderFailed({ provider: charge.provider, code: "not_configured" })
      : refused(`${charge.provider} is not set up`)
  }
  const call = callOf(charge, charge.provider_payment_method_id)
  if (!asked_before) return yield* charging(provider, call)
  const known = yield* answered(provider, provider.findCharge(call)).pipe(
    Effect.catchTag("ProviderUnsupported", () => Effect.succeed("unsupported" as const))
  )
  if (known !== "unsupported") {
    if (known !== null) return known
    return still_due ? yield* charging(provider, call) : givenUp("nothing is due")
  }
  // It cannot be asked: the same call again is the question, as long as its key is one; its webhooks tell the rest.
  if (charge.status === "processing") return stillAtWork(charge)
  if (keyIsOver(charge.called_at, now)) return refused("what became of it is not known")
  return still_due ? yield* charging(provider, call) : yield* new ProviderFailed({ provider: charge.provider, code: "timeout" })
})
