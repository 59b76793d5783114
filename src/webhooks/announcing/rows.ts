/** Rows as events tell them, read where a write does not have them: a port, batch-shaped. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { CreditNote } from "../../credits/index.js"
import type { Invoice, UsageThreshold } from "../../invoicing/index.js"
import type { Payment, PaymentRequest } from "../../payments/index.js"
import type { UsageAlert } from "../../usage/index.js"

/** What events tell of an invoice. */
export interface AnnouncedInvoice
  extends Pick<
    Invoice,
    | "id"
    | "organization_id"
    | "invoice_number"
    | "customer_id"
    | "subscription_id"
    | "invoice_type"
    | "status"
    | "total_cents"
    | "currency"
    | "issued_at"
    | "due_date"
  > {
  readonly due_cents: bigint
}

/** What events tell of a credit note. */
export type AnnouncedNote = Pick<
  CreditNote,
  | "id"
  | "organization_id"
  | "number"
  | "invoice_id"
  | "customer_id"
  | "credit_note_type"
  | "reason"
  | "refund_status"
  | "refund_amount_cents"
  | "total_amount_cents"
  | "balance_amount_cents"
  | "currency"
>

/** What events tell of a payment request. */
export type AnnouncedRequest = Pick<PaymentRequest, "id" | "organization_id" | "customer_id" | "amount_cents" | "amount_currency">

type Read<A> = (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<A>, StorageError, CurrentOrganization>

export interface AnnouncedRowsShape {
  readonly invoices: Read<AnnouncedInvoice>
  readonly creditNotes: Read<AnnouncedNote>
  readonly payments: Read<Pick<Payment, "id" | "status" | "refunded_amount_cents">>
  readonly paymentRequests: Read<AnnouncedRequest>
  readonly thresholds: Read<Pick<UsageThreshold, "id" | "amount_cents" | "currency" | "recurring">>
  readonly alerts: Read<Pick<UsageAlert, "id" | "subscription_id" | "recurring" | "threshold_value">>
}

export class AnnouncedRows extends Context.Tag("billwright/AnnouncedRows")<AnnouncedRows, AnnouncedRowsShape>() {}
