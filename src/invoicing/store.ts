/** The port to where invoices and fees are kept. Batch-shaped: a run writes hundreds of documents with few statements. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { Fee } from "./fee.js"
import type { Invoice } from "./invoice.js"
import type { Settlement } from "./settlement.js"

/** A tax as applied to a fee, an invoice or a credit note: rate and share as they were (I5). */
export interface AppliedTaxRow {
  readonly id: string
  readonly organization_id: string
  readonly tax_id: string
  readonly taxable_type: "fee" | "invoice" | "credit_note"
  readonly taxable_id: string
  readonly tax_rate: string
  /** The discounted amount under the tax, minor units. */
  readonly taxable_amount_cents: bigint
  readonly tax_amount_cents: bigint
  /** Of an invoice, what the tax was called, its category and why nothing is charged, as they were at its issue; null of its shares. */
  readonly tax_name: string | null
  readonly tax_category: string | null
  readonly tax_description: string | null
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

/** An invoice with its fees, in order, their taxes, and what settled it. */
export interface InvoiceDocument {
  readonly invoice: Invoice
  readonly fees: ReadonlyArray<Fee>
  readonly taxes: ReadonlyArray<AppliedTaxRow>
  readonly settlements: ReadonlyArray<Settlement>
}

/**
 * Whether a draft was calculated for good when it was made, and waits for nothing but its taxes: a progressive invoice, one of an event, a correction,
 * an add-on. Other drafts are a window's, or a one-off that is asked for as one.
 */
export const awaitsTaxesOnly = ({ fees, invoice }: Pick<InvoiceDocument, "fees" | "invoice">): boolean => {
  const { billing_period_start, invoice_type } = invoice
  if (invoice_type === "subscription") return billing_period_start === null || fees.some((fee) => fee.event_id !== null)
  return invoice_type === "progressive_billing" || invoice_type === "add_on"
}

/** A fee where it stands: its taxes, and its invoice without the lines. */
export interface FeeOnInvoice {
  readonly fee: Fee
  readonly taxes: ReadonlyArray<AppliedTaxRow>
  readonly invoice: Pick<
    Invoice,
    "id" | "organization_id" | "customer_id" | "invoice_type" | "currency" | "status" | "parties" | "billing_period_start"
  >
}

/** What came of asking a tax integration about an invoice, the last time. */
export interface Taxation {
  readonly organization_id: string
  readonly invoice_id: string
  readonly integration_id: string | null
  readonly provider_type: string
  readonly status: "succeeded" | "failed"
  /** The connector's code, and its words; null where it gave the rates. */
  readonly error_code: string | null
  readonly error_message: string | null
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

/** What a document that becomes final notes of whoever gave its rates; nothing where its taxes are the organization's own. */
export const suppliedBy = (
  { id, organization_id }: Pick<Invoice, "id" | "organization_id">,
  answer: Pick<Taxation, "integration_id" | "provider_type"> | null,
  now: DateTime.Utc
): ReadonlyArray<Taxation> => {
  if (answer === null) return []
  const { integration_id, provider_type } = answer
  const row = { organization_id, invoice_id: id, integration_id, provider_type, status: "succeeded" as const }
  return [{ ...row, error_code: null, error_message: null, created_at: now, updated_at: now }]
}

/** A stretch of a subscription. */
export interface SubscriptionStretch {
  readonly subscription_id: string
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** From which counter a document takes its number. */
export type NumberSeries =
  | { readonly kind: "billing_entity"; readonly billing_entity_id: string }
  | { readonly kind: "organization"; readonly document: "INV" | "CN"; readonly day: string }

/** A draft that becomes final; `status` is `paid` where nothing is due (I12). */
export interface Issue {
  readonly invoice_id: string
  readonly series: NumberSeries
  readonly status: "finalized" | "paid"
  /** What wallets paid of it. */
  readonly prepaid_credit_amount_cents: bigint
  readonly issued_at: DateTime.Utc
  readonly due_date: DateTime.Utc
}

/** What is due on an invoice, in minor units of its currency; nothing on a draft and on a voided one. */
export interface InvoiceDue
  extends Pick<
    Invoice,
    "id" | "organization_id" | "customer_id" | "status" | "invoice_type" | "currency" | "total_cents" | "due_date" | "timezone"
  > {
  readonly due_cents: bigint
}

/** An overdue invoice, with the local days since the one on which it was due. */
export interface OverdueInvoice extends InvoiceDue {
  readonly days_overdue: number
}

/** A draft whose grace period is over; without a subscription it is a sale that waits for its taxes. */
export interface DueDraft {
  readonly id: string
  readonly subscription_id: string | null
}

/** What a list of invoices is narrowed to. */
interface InvoiceFilter {
  readonly customer_id?: string | undefined
  readonly subscription_id?: string | undefined
  readonly billing_entity_id?: string | undefined
  readonly issued_from?: DateTime.Utc | undefined
  readonly issued_to?: DateTime.Utc | undefined
  readonly status?: Invoice["status"] | undefined
  readonly invoice_type?: Invoice["invoice_type"] | undefined
  readonly currency?: string | undefined
  readonly overdue?: OverdueFilter | undefined
}

/** Those that are overdue, or those that are not: final ones due before an instant, and of those due later the ones named. */
interface OverdueFilter {
  readonly is: boolean
  readonly due_before: DateTime.Utc
  readonly ids: ReadonlyArray<string>
}

/** What a tenant's documents of one currency come to. */
export interface InvoiceTotals {
  readonly currency: string
  readonly invoices: number
  readonly subtotal_cents: bigint
  readonly tax_amount_cents: bigint
  readonly total_cents: bigint
}

export interface InvoiceStoreShape {
  /** Stores drafts with their fees and taxes; they have no settlements yet. */
  readonly insert: (documents: ReadonlyArray<InvoiceDocument>) => Effect.Effect<void, StorageError>
  /** Stores fees that stand on no invoice, with their taxes. */
  readonly insertFees: (documents: ReadonlyArray<Pick<InvoiceDocument, "fees" | "taxes">>) => Effect.Effect<void, StorageError>
  /** What hosts added for customers and no invoice has taken, oldest first, locked. */
  readonly lockAdded: (customer_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Fee>, StorageError, CurrentOrganization>
  /** What fees paid in advance come to whose own period begins in each stretch, minor units, in order; without those on voided invoices. */
  readonly advanceCents: (
    stretches: ReadonlyArray<SubscriptionStretch>
  ) => Effect.Effect<ReadonlyArray<bigint>, StorageError, CurrentOrganization>
  /** Due dates of drafts, and the issuers that are named on them. */
  readonly saveTerms: (invoices: ReadonlyArray<Invoice>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Puts new figures, fees and taxes in place of a draft's; a fee of the same id stays the same row. */
  readonly replace: (documents: ReadonlyArray<InvoiceDocument>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /**
   * Gives drafts their numbers, in the order given, and makes them final. The counters are taken here and nowhere else, as
   * the transaction's last write (I2).
   */
  readonly issue: (issues: ReadonlyArray<Issue>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Notes what came of asking tax integrations, one row for each invoice that is still there; counts the attempts. */
  readonly recordTaxations: (taxations: ReadonlyArray<Taxation>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Which integrations gave the rates of these invoices; none of those with taxes of the organization's own. */
  readonly suppliers: (
    ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<{ readonly invoice_id: string; readonly integration_id: string }>, StorageError, CurrentOrganization>
  /** Stores settlements; the database refuses more than is due. */
  readonly settle: (settlements: ReadonlyArray<Settlement>) => Effect.Effect<void, StorageError>
  /** What is due on these invoices, ascending by id. */
  readonly due: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<InvoiceDue>, StorageError, CurrentOrganization>
  /** The same with the invoices' rows locked: as it is once they are. */
  readonly lockDue: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<InvoiceDue>, StorageError, CurrentOrganization>
  /** Makes invoices paid, and their fees succeeded. */
  readonly markPaid: (ids: ReadonlyArray<string>, paid_at: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Final invoices that no longer stand. */
  readonly markVoided: (ids: ReadonlyArray<string>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Marks the settlements of an invoice as returned. */
  readonly returnSettlements: (invoice_id: string, at: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Says of the fees of invoices that are not paid whether their payment is awaited or failed. */
  readonly markFees: (
    ids: ReadonlyArray<string>,
    payment_status: "pending" | "failed"
  ) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Fees of invoices that refunds which succeeded give back wholly are refunded. */
  readonly markRefundedFees: (invoice_ids: ReadonlyArray<string>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** What the drafts of customers come to, per customer and currency. */
  readonly draftTotals: (
    customer_ids: ReadonlyArray<string>
  ) => Effect.Effect<
    ReadonlyArray<{ readonly customer_id: string; readonly currency: string; readonly total_cents: bigint }>,
    StorageError,
    CurrentOrganization
  >
  /** Base fees whose own period begins in one of the stretches, oldest first. */
  readonly baseFees: (
    stretches: ReadonlyArray<SubscriptionStretch>
  ) => Effect.Effect<ReadonlyArray<FeeOnInvoice>, StorageError, CurrentOrganization>
  /** Fees whose own period begins in one of the stretches, but for those paid in advance, oldest first; their invoices' rows are locked, ascending by id. */
  readonly lockFees: (
    stretches: ReadonlyArray<SubscriptionStretch>
  ) => Effect.Effect<ReadonlyArray<FeeOnInvoice>, StorageError, CurrentOrganization>
  /** Base fees alone, locked the same. */
  readonly lockBaseFees: (
    stretches: ReadonlyArray<SubscriptionStretch>
  ) => Effect.Effect<ReadonlyArray<FeeOnInvoice>, StorageError, CurrentOrganization>
  /** Fees of progressive invoices, voided ones too. */
  readonly progressiveFees: (
    stretches: ReadonlyArray<SubscriptionStretch>
  ) => Effect.Effect<ReadonlyArray<FeeOnInvoice>, StorageError, CurrentOrganization>
  /** The same with their invoices' rows locked, ascending by id. */
  readonly lockProgressiveFees: (
    stretches: ReadonlyArray<SubscriptionStretch>
  ) => Effect.Effect<ReadonlyArray<FeeOnInvoice>, StorageError, CurrentOrganization>
  readonly load: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<InvoiceDocument>, StorageError, CurrentOrganization>
  /** The same with the invoices' rows locked, ascending by id. */
  readonly lock: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<InvoiceDocument>, StorageError, CurrentOrganization>
  /** The invoices of a subscription without their lines, in order of creation. */
  readonly ofSubscription: (subscription_id: string) => Effect.Effect<ReadonlyArray<Invoice>, StorageError, CurrentOrganization>
  /** Drafts whose grace period is over, earliest first, without those in `except`, perhaps of `only` some; nothing is locked. */
  readonly dueDrafts: (
    now: DateTime.Utc,
    limit: number,
    except: ReadonlyArray<string>,
    only?: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<DueDraft>, StorageError, CurrentOrganization>
  /** Takes what was carried into a window, and what a host added, off a draft of a subscription that is deleted: it waits for another invoice. */
  readonly setCarriedAside: (invoice_id: string, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Puts on a draft what waits of what was carried into a window. */
  readonly takeUpCarried: (
    on: { readonly invoice_id: string; readonly subscription_id: string; readonly period_start: DateTime.Utc },
    now: DateTime.Utc
  ) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** The first instant after another one at which a draft's grace period is over; null where none waits. */
  readonly nextDraftAfter: (after: DateTime.Utc) => Effect.Effect<DateTime.Utc | null, StorageError, CurrentOrganization>
  /** What was issued at an instant or later, in order of issue. */
  readonly issuedSince: (at: DateTime.Utc) => Effect.Effect<ReadonlyArray<InvoiceDocument>, StorageError, CurrentOrganization>
  readonly remove: (ids: ReadonlyArray<string>) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly fee: (id: string) => Effect.Effect<Fee | undefined, StorageError, CurrentOrganization>
  /** With their names on the fee's document, or of now where it has none. */
  readonly taxesOfFee: (
    id: string
  ) => Effect.Effect<ReadonlyArray<AppliedTaxRow & { readonly code: string; readonly name: string }>, StorageError, CurrentOrganization>
  readonly page: (filter: InvoiceFilter, request: PageRequest) => Effect.Effect<PageRows<Invoice>, StorageError, CurrentOrganization>
  /** Final invoices that are not paid: of a customer, or due after one instant and not after another. */
  readonly unpaid: (
    of: { readonly customer_id: string } | { readonly due_after: DateTime.Utc; readonly due_until: DateTime.Utc }
  ) => Effect.Effect<ReadonlyArray<InvoiceDue>, StorageError, CurrentOrganization>
  /** Final invoices that are not paid, were due by `now` and were not told of as overdue yet: ids above `after`, ascending. */
  readonly untoldDue: (
    now: DateTime.Utc,
    after: string | null,
    limit: number
  ) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  /** Notes that locked invoices were told of as overdue; answers the ids of those that had not been before. */
  readonly tellOverdue: (
    overdue: ReadonlyArray<OverdueInvoice>,
    now: DateTime.Utc
  ) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  /** Sums per currency over documents that are neither draft nor voided, of one customer if so asked, added up exactly by the engine. */
  readonly totals: (customer_id?: string) => Effect.Effect<ReadonlyArray<InvoiceTotals>, StorageError, CurrentOrganization>
}

export class InvoiceStore extends Context.Tag("billwright/InvoiceStore")<InvoiceStore, InvoiceStoreShape>() {}
