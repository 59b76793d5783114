/**
 * What each event of a document books: the one place that knows. Whoever writes a document calls these in its transaction, and
 * the doctor calls them again over what is stored. The table in docs/ledger.md says why. Pure.
 */
import type { DateTime } from "effect"
import type { OrganizationId } from "../core/index.js"
import type { LedgerAccount } from "./account.js"
import { type BookedAmount, type Booking, credit, debit, merged, reversed } from "./booking.js"

interface Document {
  readonly id: string
  readonly organization_id: OrganizationId
  readonly customer_id: string
  readonly currency: string
}

const booking = (
  { currency, customer_id, id, organization_id }: Document,
  of: Pick<Booking, "source_type" | "kind" | "occurred_at">,
  amounts: ReadonlyArray<BookedAmount>
): Booking => ({
  organization_id,
  source_type: of.source_type,
  source_id: id,
  kind: of.kind,
  customer_id,
  currency,
  occurred_at: of.occurred_at,
  entries: merged(amounts)
})

/** A final invoice; minor units. */
export interface InvoiceToBook extends Document {
  readonly invoice_type: string
  readonly subtotal_cents: bigint
  readonly progressive_billing_credit_amount_cents: bigint
  readonly coupons_amount_cents: bigint
  readonly tax_amount_cents: bigint
  readonly total_cents: bigint
}

/**
 * The customer owes the total. Revenue is what the invoice adds: what progressive invoices billed of the same usage is revenue
 * since then. Coupons stand apart from it. Sold wallet credits are no revenue but owed, until they are in the wallet.
 */
export const invoiceIssued = (invoice: InvoiceToBook, issued_at: DateTime.Utc): Booking =>
  booking(invoice, { source_type: "invoice", kind: "issued", occurred_at: issued_at }, [
    debit("accounts_receivable", invoice.total_cents),
    debit("discounts", invoice.coupons_amount_cents),
    credit(
      invoice.invoice_type === "credit" ? "wallet_purchases" : "revenue",
      invoice.subtotal_cents - invoice.progressive_billing_credit_amount_cents
    ),
    credit("tax_payable", invoice.tax_amount_cents)
  ])

/** All of it is taken back; what had settled it is returned by the settlements. */
export const invoiceVoided = (invoice: InvoiceToBook, voided_at: DateTime.Utc): Booking =>
  reversed(invoiceIssued(invoice, voided_at), "voided", voided_at)

/** A final credit note, and the type of the invoice that it stands on; minor units. */
export interface CreditNoteToBook extends Document {
  readonly credit_note_type: string
  readonly invoice_type: string
  readonly sub_total_cents: bigint
  readonly taxes_amount_cents: bigint
  readonly total_amount_cents: bigint
}

/** What a note takes off: revenue as a rule; of sold wallet credits, their price where they come all the same, else what is owed. */
const takenOffBy = ({ credit_note_type, invoice_type }: CreditNoteToBook): LedgerAccount => {
  if (invoice_type !== "credit") return "sales_returns"
  return credit_note_type === "refund" ? "wallet_purchases" : "promotional_credits"
}

/** What it gives back is owed to the customer: as a balance, or, of a refund, as money. An offset's balance settles its own invoice. */
export const creditNoteIssued = (note: CreditNoteToBook, issued_at: DateTime.Utc): Booking =>
  booking(note, { source_type: "credit_note", kind: "issued", occurred_at: issued_at }, [
    debit(takenOffBy(note), note.sub_total_cents),
    debit("tax_payable", note.taxes_amount_cents),
    credit(note.credit_note_type === "refund" ? "refunds_payable" : "customer_credits", note.total_amount_cents)
  ])

export const creditNoteVoided = (note: CreditNoteToBook, voided_at: DateTime.Utc): Booking =>
  reversed(creditNoteIssued(note, voided_at), "voided", voided_at)

/** What settles an invoice, of whose customer and currency it is. */
export interface SettlementToBook extends Document {
  readonly settlement_type: "payment" | "credit_note" | "wallet_credit"
  readonly amount_cents: bigint
}

const SETTLING: Readonly<Record<SettlementToBook["settlement_type"], LedgerAccount>> = {
  payment: "unapplied_payments",
  credit_note: "customer_credits",
  wallet_credit: "wallet_liability"
}

/** What the customer had with us pays what the customer owes. */
export const settled = (settlement: SettlementToBook, settled_at: DateTime.Utc): Booking =>
  booking(settlement, { source_type: "settlement", kind: "settled", occurred_at: settled_at }, [
    debit(SETTLING[settlement.settlement_type], settlement.amount_cents),
    credit("accounts_receivable", settlement.amount_cents)
  ])

/** A voided invoice gives it back. */
export const settlementReturned = (settlement: SettlementToBook, returned_at: DateTime.Utc): Booking =>
  reversed(settled(settlement, returned_at), "returned", returned_at)

/** A movement of a wallet, of whose currency it is; `amount` in minor units. */
export interface WalletMovementToBook extends Document {
  readonly transaction_type: "inbound" | "outbound"
  readonly transaction_status: "granted" | "purchased" | "voided" | "invoiced"
  readonly amount: bigint
  /** Whether it pays an invoice or buys by one, belongs to a transfer, or leaves with a refund. */
  readonly invoice_id: string | null
  readonly transfer_id: string | null
  readonly credit_note_id: string | null
}

/** From which account a movement comes or to which it goes, and what that is called; null where a settlement books it. */
const counterpartOf = (movement: WalletMovementToBook): (Pick<Booking, "kind"> & { readonly account: LedgerAccount }) | null => {
  if (movement.transfer_id !== null) return { kind: "transferred", account: "wallet_transfers" }
  switch (movement.transaction_status) {
    case "purchased":
      return { kind: "purchased", account: "wallet_purchases" }
    case "granted":
      return movement.invoice_id === null ? { kind: "granted", account: "promotional_credits" } : null
    case "invoiced":
      return movement.invoice_id === null ? { kind: "consumed", account: "revenue" } : null
    case "voided":
      return movement.credit_note_id === null ? { kind: "voided", account: "breakage" } : { kind: "refunded", account: "wallet_purchases" }
  }
}

/**
 * A settled movement. Free credits cost revenue when they are given, bought ones were sold by their invoice; whichever of them
 * a customer uses, what the wallet owes falls. What pays an invoice, or comes back from a voided one, its settlement books: null.
 */
export const walletMoved = (movement: WalletMovementToBook, settled_at: DateTime.Utc): Booking | null => {
  const counterpart = counterpartOf(movement)
  if (counterpart === null) return null
  const { account, kind } = counterpart
  const [from, to]: readonly [LedgerAccount, LedgerAccount] =
    movement.transaction_type === "inbound" ? [account, "wallet_liability"] : ["wallet_liability", account]
  return booking(movement, { source_type: "wallet_transaction", kind, occurred_at: settled_at }, [
    debit(from, movement.amount),
    credit(to, movement.amount)
  ])
}

/** A payment that came in. */
export interface PaymentToBook extends Document {
  readonly amount_cents: bigint
}

/** All of it came in; what of it settles an invoice its settlements book. */
export const paymentReceived = (payment: PaymentToBook, received_at: DateTime.Utc): Booking =>
  booking(payment, { source_type: "payment", kind: "received", occurred_at: received_at }, [
    debit("cash", payment.amount_cents),
    credit("unapplied_payments", payment.amount_cents)
  ])

/** Money that went back to a customer. */
export interface RefundToBook extends Document {
  readonly amount_cents: bigint
  /** The note that it belongs to; null where it returns what settled nothing. */
  readonly credit_note_id: string | null
}

export const refundPaid = (refund: RefundToBook, refunded_at: DateTime.Utc): Booking =>
  booking(refund, { source_type: "payment_refund", kind: "refunded", occurred_at: refunded_at }, [
    debit(refund.credit_note_id === null ? "unapplied_payments" : "refunds_payable", refund.amount_cents),
    credit("cash", refund.amount_cents)
  ])
