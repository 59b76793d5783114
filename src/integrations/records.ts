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

/** A place as systems know it; what is not known is null. */
export interface TaxAddress {
  readonly line1: string | null
  readonly city: string | null
  readonly region: string | null
  readonly postal_code: string | null
  readonly country: string | null
}

/** A fee to be taxed: what is left of it after coupons; negative on a credit note. */
export interface TaxableFee {
  readonly fee_id: string
  readonly fee_type: string
  readonly description: string
  /** The metric's, add-on's or plan's code: what a system's product is found by. */
  readonly item_code: string | null
  readonly units: string
  readonly amount_cents: bigint
}

/** A document as tax systems are given it. */
export interface TaxDocument {
  readonly id: string
  /** ISO 4217. */
  readonly currency: string
  /** The customer's local day of issue, `YYYY-MM-DD`. */
  readonly issued_on: string
  /** Who issues it. */
  readonly seller: { readonly name: string; readonly address: TaxAddress; readonly tax_id: string | null }
  readonly customer: CustomerRecord
  /** Of the customer's `billing_metadata`. */
  readonly address: TaxAddress
  readonly tax_id: string | null
  readonly fees: ReadonlyArray<TaxableFee>
}

/** A final document whose rates a tax integration gave. */
export interface TaxedDocument {
  readonly integration_id: string
  readonly document: TaxDocument
  /** The day whose rates they are, `YYYY-MM-DD`: of a credit note its invoice's. */
  readonly taxed_on: string
  /** False once it was voided. */
  readonly stands: boolean
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
  /** Null where its taxes are the organization's own. */
  readonly taxed: TaxedDocument | null
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
  /** Null where the taxes of its invoice are the organization's own. */
  readonly taxed: TaxedDocument | null
}

/** By resource type. */
export interface SyncRecords {
  readonly customer: CustomerRecord
  readonly subscription: SubscriptionRecord
  readonly invoice: InvoiceRecord
  readonly payment: PaymentRecord
  readonly credit_note: CreditNoteRecord
}
