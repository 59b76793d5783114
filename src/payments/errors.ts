/** Errors of payments, methods, requests and campaigns. */
import { Schema } from "effect"

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
