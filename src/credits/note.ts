/** A credit note and its items: a document that gives back part or all of an invoice. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"
import { type Credited, CreditNoteType, creditedTogether } from "./credit-note.js"

export const CreditNoteId = brandedId("CreditNoteId")
export type CreditNoteId = typeof CreditNoteId.Type

export const CreditNoteStatus = Schema.Literal("draft", "finalized")
export type CreditNoteStatus = typeof CreditNoteStatus.Type

/** What became of the balance of a note of type credit. */
export const CreditStatus = Schema.Literal("available", "consumed", "voided")
export type CreditStatus = typeof CreditStatus.Type

export const RefundStatus = Schema.Literal("pending", "succeeded", "failed")

export const CreditNoteReason = Schema.Literal(
  "duplicated_charge",
  "product_unsatisfactory",
  "order_change",
  "order_cancellation",
  "fraudulent_charge",
  "other"
)
export type CreditNoteReason = typeof CreditNoteReason.Type

/** Why an item was made: by hand, days of a base fee that do not stand, usage that came late, what progressive invoices billed too much. */
export const ItemCause = Schema.Literal("manual", "unused_days", "late_usage", "surplus")
export type ItemCause = typeof ItemCause.Type

/** `*_cents` are whole minor units of `currency`. */
export const CreditNote = Schema.Struct({
  id: CreditNoteId,
  organization_id: OrganizationId,
  /** Null until finalized. */
  number: Schema.NullOr(Schema.String),
  /** The invoice that it gives back of. */
  invoice_id: Schema.String,
  customer_id: Schema.String,
  credit_note_type: CreditNoteType,
  status: CreditNoteStatus,
  credit_status: Schema.NullOr(CreditStatus),
  refund_status: Schema.NullOr(RefundStatus),
  reason: CreditNoteReason,
  description: Schema.NullOr(Schema.String),
  /** Of type credit the total, of type refund the total; else 0. */
  credit_amount_cents: Schema.BigIntFromSelf,
  refund_amount_cents: Schema.BigIntFromSelf,
  /** What of the credit no invoice has used; 0 until finalized. */
  balance_amount_cents: Schema.BigIntFromSelf,
  sub_total_cents: Schema.BigIntFromSelf,
  taxes_amount_cents: Schema.BigIntFromSelf,
  total_amount_cents: Schema.BigIntFromSelf,
  currency: Schema.String,
  issued_at: Schema.NullOr(Instant),
  voided_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type CreditNote = typeof CreditNote.Type

/** What a note gives back of one fee: `amount_cents` of the fee before coupons, of it the net after them, and of each tax. */
export interface CreditNoteItem extends Credited {
  readonly id: string
  readonly organization_id: OrganizationId
  readonly credit_note_id: CreditNoteId
  readonly fee_id: string
  readonly taxes_amount_cents: bigint
  readonly position: number
  readonly cause: ItemCause
  readonly created_at: typeof Instant.Type
  readonly updated_at: typeof Instant.Type
}

/** A note with its items, in order. */
export interface CreditNoteDocument {
  readonly note: CreditNote
  readonly items: ReadonlyArray<CreditNoteItem>
}

/** What notes that stand gave back of a fee, and how much of it for one cause. */
export const creditedOf = (fee_id: string, items: ReadonlyArray<CreditNoteItem>): Credited =>
  creditedTogether(items.filter((item) => item.fee_id === fee_id))

/** Minor units of a fee, before coupons, that were given back for one cause. */
export const givenBack = (fee_id: string, cause: ItemCause, items: ReadonlyArray<CreditNoteItem>): bigint =>
  creditedOf(
    fee_id,
    items.filter((item) => item.cause === cause)
  ).amount_cents

/** A tax on a note: what of its net is under it, and what of it is given back; minor units. Its rate is the one on the fee. */
export interface NoteTax {
  readonly tax_id: string
  /** A fee of the note that carries the tax. */
  readonly fee_id: string
  readonly taxable_amount_cents: bigint
  readonly tax_amount_cents: bigint
}

/** Each tax of a note once, in the order in which its items name them. */
export const noteTaxes = ({ items }: Pick<CreditNoteDocument, "items">): ReadonlyArray<NoteTax> => {
  const taxes = new Map<string, NoteTax>()
  for (const { fee_id, net_amount_cents, taxes: shares } of items) {
    for (const { amount_cents, tax_id } of shares) {
      const known = taxes.get(tax_id) ?? { tax_id, fee_id, taxable_amount_cents: 0n, tax_amount_cents: 0n }
      taxes.set(tax_id, {
        ...known,
        taxable_amount_cents: known.taxable_amount_cents + net_amount_cents,
        tax_amount_cents: known.tax_amount_cents + amount_cents
      })
    }
  }
  return [...taxes.values()]
}
