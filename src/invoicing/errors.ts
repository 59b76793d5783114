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

/** A payment was booked on the invoice: it is credited, not voided (I7). */
export class InvoiceHasPayments extends Schema.TaggedError<InvoiceHasPayments>()("InvoiceHasPayments", { id: Schema.String }) {
  override get message() {
    return `invoice ${this.id} has payments: credit it instead`
  }
}

/** A credit note on the invoice stands. */
export class InvoiceHasCreditNotes extends Schema.TaggedError<InvoiceHasCreditNotes>()("InvoiceHasCreditNotes", { id: Schema.String }) {
  override get message() {
    return `invoice ${this.id} has credit notes that are not voided`
  }
}
