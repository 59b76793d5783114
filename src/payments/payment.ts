/** A payment: one attempt to collect an invoice, or what a customer paid by hand. */
import { Schema } from "effect"
import { brandedId, Instant, JsonObject, MinorUnits, OrganizationId, orNull, pageFields, Text } from "../core/index.js"
import { withoutCardNumbers } from "./card-number.js"

export const PaymentId = brandedId("PaymentId")
export type PaymentId = typeof PaymentId.Type

export const PaymentStatus = Schema.Literal("pending", "processing", "succeeded", "failed", "refunded", "canceled")
export type PaymentStatus = typeof PaymentStatus.Type

export const ProviderName = Schema.Literal("stripe", "manual", "ucp", "gocardless", "adyen")
export type ProviderName = typeof ProviderName.Type

/** Where a provider sends the customer's browser back to. */
export const PageAddress = Text.atMost(2048).pipe(
  Schema.filter((url) => /^https?:\/\/[^\s/]+\S*$/.test(url) && URL.canParse(url), { message: () => "expected an http or https address" })
)

/** `*_cents` are whole minor units of `currency`. */
export const Payment = Schema.Struct({
  id: PaymentId,
  organization_id: OrganizationId,
  invoice_id: Schema.String,
  customer_id: Schema.String,
  amount_cents: Schema.BigIntFromSelf,
  currency: Schema.String,
  status: PaymentStatus,
  provider: ProviderName,
  provider_payment_id: Schema.NullOr(Schema.String),
  provider_checkout_id: Schema.NullOr(Schema.String),
  provider_checkout_url: Schema.NullOr(Schema.String),
  /** Until when the address leads anywhere. */
  provider_checkout_expires_at: Schema.NullOr(Instant),
  failure_reason: Schema.NullOr(Schema.String),
  payment_metadata: JsonObject,
  /** Of a payment by hand: the host's own mark, and a remark. */
  reference: Schema.NullOr(Schema.String),
  notes: Schema.NullOr(Schema.String),
  /** When it succeeded; of a payment by hand the date that it carries. */
  completed_at: Schema.NullOr(Instant),
  /** What of it was returned to the customer. */
  refunded_amount_cents: Schema.BigIntFromSelf,
  /** What of it settles nothing, since less was due when it came in. */
  unapplied_amount_cents: Schema.BigIntFromSelf,
  payment_request_id: Schema.NullOr(Schema.String),
  payment_method_id: Schema.NullOr(Schema.String),
  /** The charge that collects it; null for a payment by hand. */
  payment_charge_id: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type Payment = typeof Payment.Type

type Fresh = Pick<Payment, "organization_id" | "invoice_id" | "customer_id" | "amount_cents" | "currency">

/** A pending payment over an amount of an invoice, before it is said how it is collected. */
export const newPayment = (given: Fresh, id: string, now: Payment["created_at"]): Payment => ({
  id: PaymentId.make(id),
  organization_id: given.organization_id,
  invoice_id: given.invoice_id,
  customer_id: given.customer_id,
  amount_cents: given.amount_cents,
  currency: given.currency,
  status: "pending",
  provider: "manual",
  provider_payment_id: null,
  provider_checkout_id: null,
  provider_checkout_url: null,
  provider_checkout_expires_at: null,
  failure_reason: null,
  payment_metadata: {},
  reference: null,
  notes: null,
  completed_at: null,
  refunded_amount_cents: 0n,
  unapplied_amount_cents: 0n,
  payment_request_id: null,
  payment_method_id: null,
  payment_charge_id: null,
  created_at: now,
  updated_at: now
})

/** What `Payments.record` takes: all that is due unless an amount is given, in the invoice's currency, now unless dated. */
export const RecordPayment = Schema.Struct({
  invoice_id: Schema.String,
  amount_cents: Schema.optional(MinorUnits.pipe(Schema.filter((amount) => amount > 0n, { message: () => "expected more than 0" }))),
  currency: Schema.optional(Schema.String),
  reference: orNull(withoutCardNumbers(Text.atMost(255))),
  notes: orNull(withoutCardNumbers(Text.atMost(2000))),
  paid_at: Schema.optional(Instant),
  payment_metadata: Schema.optionalWith(withoutCardNumbers(JsonObject), { default: () => ({}) })
})
export type RecordPaymentInput = typeof RecordPayment.Encoded

/** What `Payments.list` takes. Sorted by `created_at`. */
export const ListPayments = Schema.Struct({
  ...pageFields,
  invoice_id: Schema.optional(Schema.String),
  customer_id: Schema.optional(Schema.String),
  payment_request_id: Schema.optional(Schema.String),
  status: Schema.optional(PaymentStatus),
  provider: Schema.optional(ProviderName)
})
export type ListPaymentsInput = typeof ListPayments.Encoded
