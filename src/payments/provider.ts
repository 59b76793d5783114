/** The port to payment providers. An adapter fills it over an official client; the contract is tested by `paymentProviderConformance` of `billwright/testing`. */
import { Context, type DateTime, type Effect } from "effect"
import type { SignatureInvalid } from "../core/index.js"
import type { ProviderFailed, ProviderUnsupported } from "./errors.js"
import type { PaymentMethod } from "./method.js"
import type { ProviderName } from "./payment.js"

/** What is charged: minor units of `currency` as they are. */
export interface ChargeCall {
  /** The idempotency key: the same on every try of one charge, of no other one. */
  readonly key: string
  readonly amount_cents: bigint
  readonly currency: string
  readonly customer_id: string
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

/** Who pays, as far as a provider shows it to them. */
export interface ProviderCustomer {
  readonly id: string
  readonly name: string
  readonly email: string | null
}

/** What a customer is to pay on a page of the provider. */
export interface CheckoutCall {
  readonly key: string
  readonly amount_cents: bigint
  readonly currency: string
  readonly customer: ProviderCustomer
  /** What the page says is paid: an invoice's number. */
  readonly description: string
  readonly success_url: string
  readonly cancel_url: string
  readonly metadata: Readonly<Record<string, string>>
}

/** A page of the provider where a customer pays. */
export interface CheckoutSession {
  readonly provider_checkout_id: string
  readonly url: string
  readonly expires_at: DateTime.Utc
}

/** What a customer is asked to store a way to pay for. */
export interface SetupCall {
  readonly key: string
  /** The currency that will be charged. */
  readonly currency: string
  readonly customer: ProviderCustomer
  readonly success_url: string
  readonly cancel_url: string
}

/** A page of the provider where a customer stores a way to pay. */
export interface SetupSession {
  readonly provider_setup_id: string
  readonly url: string
  readonly expires_at: DateTime.Utc
}

/** A webhook as it came: nothing of the body is read before its signature holds. */
export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  /** The bytes as they came, or their text. */
  readonly body: Uint8Array | string
}

/** How a webhook names a charge; found by the checkout's id, then the payment's, then our key. */
export interface ChargeReference {
  readonly provider_checkout_id: string | null
  readonly provider_payment_id: string | null
  readonly key: string | null
}

/** What an event says. `outcome` null: still open. */
export type ProviderWord =
  | { readonly about: "charge"; readonly of: ChargeReference; readonly outcome: ChargeOutcome | null }
  | {
      /** Money that went back to the customer, or is about to; a charge-back too. */
      readonly about: "refund"
      readonly of: ChargeReference
      /** The key of our own refund, where the provider says it. */
      readonly key: string | null
      readonly amount_cents: bigint
      readonly currency: string
      readonly outcome: RefundOutcome
    }
  | {
      /** A way to pay that a customer of ours stored. */
      readonly about: "method"
      readonly customer_id: string
      readonly method: Pick<PaymentMethod, "provider" | "provider_payment_method_id" | "type" | "details">
    }

/** One event of a webhook. */
export interface ProviderEvent {
  /** What the provider, or what it says, tells repetitions by. */
  readonly id: string
  /** The provider's own name of what happened. */
  readonly name: string
  /** Nothing where the event is none of ours to book. */
  readonly words: ReadonlyArray<ProviderWord>
}

/**
 * Calls are made outside transactions, and repeated with the same key where no outcome came back. A refusal (a declined card)
 * is an outcome. `ProviderFailed` says that nothing came back that can be relied on, or that the provider cannot do what is asked.
 */
type ProviderCall<A> = Effect.Effect<A, ProviderFailed | ProviderUnsupported>

/** Every operation that a provider lacks fails with `ProviderUnsupported`, and nothing was asked of it. */
export interface PaymentProvider {
  readonly name: ProviderName
  /** Charges a stored method; a key that was used answers the first charge's outcome and charges nothing. */
  readonly charge: (call: ChargeCall) => ProviderCall<ChargeOutcome>
  /** What became of a charge, by its key; null where the provider has never heard of it. */
  readonly findCharge: (call: ChargeCall) => ProviderCall<ChargeOutcome | null>
  /** Returns money of a charge; a key that was used answers the first refund's outcome and returns nothing. */
  readonly refund: (call: RefundCall) => ProviderCall<RefundOutcome>
  /** What became of a refund, by its key; null where the provider has never heard of it. */
  readonly findRefund: (call: RefundCall) => ProviderCall<RefundOutcome | null>
  /** A page to pay on; a key that was used answers the first one. */
  readonly checkout: (call: CheckoutCall) => ProviderCall<CheckoutSession>
  /** Ends a checkout in which nobody has paid, and says what became of it. */
  readonly endCheckout: (provider_checkout_id: string) => ProviderCall<ChargeOutcome>
  /** A page to store a way to pay on. */
  readonly setup: (call: SetupCall) => ProviderCall<SetupSession>
  /** Verifies a webhook over its raw body, in constant time, and only then reads it. */
  readonly readWebhook: (
    request: WebhookRequest
  ) => Effect.Effect<ReadonlyArray<ProviderEvent>, SignatureInvalid | ProviderFailed | ProviderUnsupported>
  /** What a webhook that was taken is answered, beside its status 200. */
  readonly webhookAnswer: string
}

/** The providers that the host set up, by name; none unless it says so. */
export class PaymentProviders extends Context.Reference<PaymentProviders>()("billwright/PaymentProviders", {
  defaultValue: (): ReadonlyMap<ProviderName, PaymentProvider> => new Map()
}) {}
