/** A charge: what a provider is asked to collect, for one payment or for those of a payment request. An intent first, then called. */
import { DateTime, Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"
import { ProviderName } from "./payment.js"

export const PaymentChargeId = brandedId("PaymentChargeId")
export type PaymentChargeId = typeof PaymentChargeId.Type

export const PaymentCharge = Schema.Struct({
  id: PaymentChargeId,
  organization_id: OrganizationId,
  /** What the provider knows it by; unique in the organization, and never used for another charge. */
  key: Schema.String,
  customer_id: Schema.String,
  /** The invoice that its one payment is for; null: an attempt of a request. */
  invoice_id: Schema.NullOr(Schema.String),
  /** The request that it is an attempt of; null: of one payment. */
  payment_request_id: Schema.NullOr(Schema.String),
  payment_method_id: Schema.NullOr(Schema.String),
  provider: ProviderName,
  /** The method that is charged; null: the customer chooses it at the provider's page. */
  provider_payment_method_id: Schema.NullOr(Schema.String),
  /** Where that page leads back to. */
  checkout: Schema.NullOr(Schema.Struct({ success_url: Schema.String, cancel_url: Schema.String })),
  /** What the provider calls the page; null until it is known to be open. */
  provider_checkout_id: Schema.NullOr(Schema.String),
  provider_payment_id: Schema.NullOr(Schema.String),
  amount_cents: Schema.BigIntFromSelf,
  currency: Schema.String,
  status: Schema.Literal("pending", "processing", "succeeded", "failed", "canceled"),
  failure_reason: Schema.NullOr(Schema.String),
  /** When the provider was called first; null: it has not heard of it yet. */
  called_at: Schema.NullOr(Instant),
  /** From when the next call is due: the first one, or the question what became of it; null once it is over. */
  due_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type PaymentCharge = typeof PaymentCharge.Type

/** Longer than a batch of calls can take: who is called for has an outcome by then, or nobody is left to write it. */
const LEASE = "15 minutes"

/** How often a provider is asked about a charge that it is still at. */
const ASK_AGAIN = "1 hour"

/** Whether no outcome is known yet. */
export const isOpen = ({ status }: Pick<PaymentCharge, "status">): boolean => status === "pending" || status === "processing"

/** A call's intent, of a charge or of a refund. */
type Intent = Pick<PaymentCharge, "called_at" | "due_at" | "updated_at">

/** The intent while somebody calls the provider for it. */
export const calledNow = <A extends Intent>(intent: A, now: DateTime.Utc): A => ({
  ...intent,
  called_at: intent.called_at ?? now,
  due_at: DateTime.addDuration(now, LEASE),
  updated_at: now
})

/** The intent once the provider said that it takes a while. */
export const askedAgain = <A extends Intent>(intent: A, now: DateTime.Utc): A => ({
  ...intent,
  due_at: DateTime.addDuration(now, ASK_AGAIN),
  updated_at: now
})

/** The key of the next charge of the same thing: `x`, `x/2`, `x/3`. */
export const keyAfter = (key: string): string => {
  const [name, number = "1"] = key.split("/")
  return `${name}/${Number(number) + 1}`
}
