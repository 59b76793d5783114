/** The port to payment providers. An adapter fills it over an official client; the contract is tested by `paymentProviderConformance` of `billwright/testing`. */
import { Context, type Effect } from "effect"
import type { ProviderFailed, ProviderUnsupported } from "./errors.js"
import type { ProviderName } from "./payment.js"

/** What is charged: minor units of `currency` as they are. */
export interface ChargeCall {
  /** The idempotency key: the same on every try of one charge, of no other one. */
  readonly key: string
  readonly amount_cents: bigint
  readonly currency: string
  readonly provider_payment_method_id: string
  /** Ids of ours, so that a person finds the charge at the provider: customer, payment or request. */
  readonly metadata: Readonly<Record<string, string>>
}

/** What became of a charge. */
export interface ChargeOutcome {
  /** `processing`: it was taken, and money comes later or not. */
  readonly status: "processing" | "succeeded" | "failed" | "canceled"
  readonly provider_payment_id: string | null
  /** What the provider says it collected; null: what was asked for. */
  readonly collected: { readonly amount_cents: bigint; readonly currency: string } | null
  readonly failure_reason: string | null
}

/** What is returned of a charge. */
export interface RefundCall {
  readonly key: string
  readonly provider_payment_id: string
  readonly amount_cents: bigint
  readonly currency: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface RefundOutcome {
  readonly status: "pending" | "succeeded" | "failed"
  readonly provider_refund_id: string | null
  readonly failure_reason: string | null
}

/**
 * Calls are made outside transactions, and repeated with the same key where no outcome came back. A refusal (a declined card)
 * is an outcome. `ProviderFailed` says that nothing is known: time-out, no connection, an error of the provider's own.
 */
type ProviderCall<A> = Effect.Effect<A, ProviderFailed | ProviderUnsupported>

export interface PaymentProvider {
  readonly name: ProviderName
  /** Charges a stored method; a key that was used answers the first charge's outcome and charges nothing. */
  readonly charge: (call: ChargeCall) => ProviderCall<ChargeOutcome>
  /** What became of the charge of a key; null where the provider has never heard of it. */
  readonly findCharge: (key: string) => ProviderCall<ChargeOutcome | null>
  /** Returns money of a charge; a key that was used answers the first refund's outcome and returns nothing. */
  readonly refund: (call: RefundCall) => ProviderCall<RefundOutcome>
  /** What became of the refund of a key; null where the provider has never heard of it. */
  readonly findRefund: (key: string) => ProviderCall<RefundOutcome | null>
}

/** The providers that the host set up, by name; none unless it says so. */
export class PaymentProviders extends Context.Reference<PaymentProviders>()("billwright/PaymentProviders", {
  defaultValue: (): ReadonlyMap<ProviderName, PaymentProvider> => new Map()
}) {}
