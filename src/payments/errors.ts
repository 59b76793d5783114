/** Errors of payments, methods, requests and campaigns. */
import { Schema } from "effect"
import { ProviderFailed } from "../core/index.js"

export { ProviderFailed }

/** No such payment in this organization. */
export class PaymentNotFound extends Schema.TaggedError<PaymentNotFound>()("PaymentNotFound", { id: Schema.String }) {
  override get message() {
    return `payment ${this.id} not found`
  }
}

/** Nothing is due on the invoice. */
export class NothingDue extends Schema.TaggedError<NothingDue>()("NothingDue", { invoice_id: Schema.String }) {
  override get message() {
    return `nothing is due on invoice ${this.invoice_id}`
  }
}

/** Another payment of the invoice is under way. */
export class PaymentInProgress extends Schema.TaggedError<PaymentInProgress>()("PaymentInProgress", { invoice_id: Schema.String }) {
  override get message() {
    return `a payment of invoice ${this.invoice_id} is under way`
  }
}

/** No such payment method in this organization, or none at all where an operation needs one. */
export class PaymentMethodNotFound extends Schema.TaggedError<PaymentMethodNotFound>()("PaymentMethodNotFound", { id: Schema.String }) {
  override get message() {
    return `payment method ${this.id} not found`
  }
}

/** The customer's default method stays: another one is made the default first, or none. */
export class DefaultPaymentMethod extends Schema.TaggedError<DefaultPaymentMethod>()("DefaultPaymentMethod", { id: Schema.String }) {
  override get message() {
    return `payment method ${this.id} is the default`
  }
}

/** Whether a provider that failed may have done what it was asked. */
export const isUndecided = ({ code }: ProviderFailed): boolean => ["timeout", "connection_lost", "unavailable"].includes(code)

/** The host has set up no such provider. */
export class ProviderNotConfigured extends Schema.TaggedError<ProviderNotConfigured>()("ProviderNotConfigured", {
  provider: Schema.String
}) {
  override get message() {
    return `${this.provider} is not set up`
  }
}

/** The provider has no such operation; nothing was asked of it. */
export class ProviderUnsupported extends Schema.TaggedError<ProviderUnsupported>()("ProviderUnsupported", {
  provider: Schema.String,
  operation: Schema.String
}) {
  override get message() {
    return `${this.provider} has no ${this.operation}`
  }
}

/** No such payment request in this organization. */
export class PaymentRequestNotFound extends Schema.TaggedError<PaymentRequestNotFound>()("PaymentRequestNotFound", { id: Schema.String }) {
  override get message() {
    return `payment request ${this.id} not found`
  }
}

/** The invoice is in another request that is pending. */
export class InvoiceAlreadyRequested extends Schema.TaggedError<InvoiceAlreadyRequested>()("InvoiceAlreadyRequested", {
  invoice_id: Schema.String
}) {
  override get message() {
    return `invoice ${this.invoice_id} is in a pending payment request`
  }
}

/** No such campaign in this organization. */
export class DunningCampaignNotFound extends Schema.TaggedError<DunningCampaignNotFound>()("DunningCampaignNotFound", {
  id: Schema.String
}) {
  override get message() {
    return `dunning campaign ${this.id} not found`
  }
}
