/** What connectors are given of an organization's rows: whole minor units with their currency, instants, the twins that are known. */
import type { DateTime } from "effect"
import type { JsonObject } from "../core/index.js"

export interface CustomerRecord {
  readonly id: string
  /** The host's own key of the customer. */
  readonly external_id: string
  readonly name: string
  readonly email: string | null
  readonly currency: string
  /** The host's: an address, a tax id, as the host writes them. */
  readonly billing_metadata: JsonObject
  /** What the link of the customer in this integration says; null where there is none. */
  readonly link: { readonly external_customer_id: string; readonly settings: JsonObject } | null
}

/** The customer of a document: its twin is known whenever a connector is called. */
export interface RecordCustomer {
  readonly id: string
  readonly external_id: string
  readonly name: string
  readonly twin: string | null
}

export interface SubscriptionRecord {
  readonly id: string
  readonly external_id: string
  readonly status: string
  readonly plan_code: string
  readonly plan_name: string
  readonly amount_cents: bigint
  readonly currency: string
  /** The customer's zone, in whose days its instants are told. */
  readonly timezone: string
  readonly started_at: DateTime.Utc | null
  readonly ending_at: DateTime.Utc | null
  readonly customer: RecordCustomer
}

/** A line of a document: net of discounts, without tax. */
export interface RecordLine {
  readonly id: string
  readonly description: string
  readonly amount_cents: bigint
  readonly tax_cents: bigint
}

export interface InvoiceRecord {
  readonly id: string
  readonly invoice_number: string | null
  readonly invoice_type: string
  readonly status: string
  readonly currency: string
  /** The customer's zone, in whose days its instants are told. */
  readonly timezone: string
  readonly issued_at: DateTime.Utc | null
  readonly due_date: DateTime.Utc | null
  readonly tax_cents: bigint
  readonly total_cents: bigint
  readonly due_cents: bigint
  readonly lines: ReadonlyArray<RecordLine>
  readonly customer: RecordCustomer
}

export interface PaymentRecord {
  readonly id: string
  readonly status: string
  readonly amount_cents: bigint
  readonly refunded_cents: bigint
  readonly currency: string
  readonly provider: string
  /** The customer's zone, in whose days its instants are told. */
  readonly timezone: string
  readonly paid_at: DateTime.Utc
  readonly invoice: { readonly id: string; readonly invoice_number: string | null; readonly twin: string | null }
  readonly customer: RecordCustomer
}

export interface CreditNoteRecord {
  readonly id: string
  readonly number: string | null
  readonly credit_note_type: string
  readonly reason: string
  readonly currency: string
  /** The customer's zone, in whose days its instants are told. */
  readonly timezone: string
  readonly issued_at: DateTime.Utc | null
  readonly tax_cents: bigint
  readonly total_cents: bigint
  readonly lines: ReadonlyArray<RecordLine>
  readonly invoice: { readonly id: string; readonly invoice_number: string | null; readonly twin: string | null }
  readonly customer: RecordCustomer
}

/** By resource type. */
export interface SyncRecords {
  readonly customer: CustomerRecord
  readonly subscription: SubscriptionRecord
  readonly invoice: InvoiceRecord
  readonly payment: PaymentRecord
  readonly credit_note: CreditNoteRecord
}
