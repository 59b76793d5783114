/** A payment provider of functions that answer Promises, for hosts that bring their own and do not use Effect. */
import { Effect } from "effect"
import { instant, SignatureInvalid } from "../core/index.js"
import { type PaymentProvider, ProviderFailed, ProviderUnsupported } from "../payments/index.js"
import type { Plain } from "./plain.js"

type Operations = Omit<PaymentProvider, "name" | "webhookAnswer">

/** The operations of `PaymentProvider` that there are, as async functions; instants are `Date`. */
export type PaymentFunctions = {
  readonly [K in keyof Operations]?: Operations[K] extends (...args: infer A) => Effect.Effect<infer B, infer _E>
    ? (...args: A) => Promise<Plain<B>>
    : never
}

/** A page of the provider, as functions answer it. */
type Page<A> = Omit<A, "expires_at"> & { readonly expires_at: Date }

const untilInstant = <A extends { readonly expires_at: Date }>(page: A) => ({ ...page, expires_at: instant(page.expires_at.getTime()) })

/**
 * A provider of your own. `name` is one of the five that a payment's `provider` can be; what is left out fails with `ProviderUnsupported`. A refusal, such as a
 * declined card, is an answer; a function that rejects with anything but `ProviderFailed` counts as a call without an answer, so that it is asked about by its key before it
 * is repeated. `readWebhook` rejects with `SignatureInvalid` for what the provider did not sign. Give calls a time limit of their own.
 */
export const paymentProvider = (
  given: Pick<PaymentProvider, "name"> & Partial<Pick<PaymentProvider, "webhookAnswer">> & PaymentFunctions
): PaymentProvider => {
  const { name } = given

  const failureOf = (error: unknown) =>
    error instanceof ProviderFailed || error instanceof ProviderUnsupported
      ? error
      : new ProviderFailed({ provider: name, code: "unavailable" })

  const lacking = (operation: string) => Effect.fail(new ProviderUnsupported({ provider: name, operation }))

  const calling =
    <A, B>(operation: keyof Operations, call: ((argument: A) => Promise<B>) | undefined) =>
    (argument: A): Effect.Effect<B, ProviderFailed | ProviderUnsupported> =>
      call === undefined ? lacking(operation) : Effect.tryPromise({ try: async () => call(argument), catch: failureOf })

  const opening = <A, B extends Page<unknown>>(operation: keyof Operations, call: ((argument: A) => Promise<B>) | undefined) => {
    const open = calling(operation, call)
    return (argument: A) => Effect.map(open(argument), untilInstant)
  }

  return {
    name,
    charge: calling("charge", given.charge),
    findCharge: calling("findCharge", given.findCharge),
    refund: calling("refund", given.refund),
    findRefund: calling("findRefund", given.findRefund),
    checkout: opening("checkout", given.checkout),
    endCheckout: calling("endCheckout", given.endCheckout),
    setup: opening("setup", given.setup),
    readWebhook: (request) =>
      given.readWebhook === undefined
        ? lacking("readWebhook")
        : Effect.tryPromise({
            try: async () => given.readWebhook!(request),
            catch: (error) => (error instanceof SignatureInvalid ? error : failureOf(error))
          }),
    webhookAnswer: given.webhookAnswer ?? ""
  }
}
