/** Errors of invoices and fees. */
import { Schema } from "effect"

/** No such invoice in this organization. */
export class InvoiceNotFound extends Schema.TaggedError<InvoiceNotFound>()("InvoiceNotFound", { id: Schema.String }) {
  override get message() {
    return `invoice ${this.id} not found`
  }
}

/** No such fee in this organization. */
export class FeeNotFound extends Schema.TaggedError<FeeNotFound>()("FeeNotFound", { id: Schema.String }) {
  override get message() {
    return `fee ${this.id} not found`
  }
}

/** A charge of the document, or of the subscription whose document it would be, cannot be rated; nothing was written. */
export class InvoiceNotRatable extends Schema.TaggedError<InvoiceNotRatable>()("InvoiceNotRatable", {
  id: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.id} cannot be rated: ${this.reason}`
  }
}
