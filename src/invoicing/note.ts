/** Credit notes as documents, and those of the machinery: type credit, on the invoices whose fees they give back. Pure. */
import type { DateTime } from "effect"
import { Either } from "effect"
import type { OrganizationId } from "../core/index.js"
import {
  type CreditableFee,
  type CreditNote,
  type CreditNoteDocument,
  type CreditNoteFigures,
  CreditNoteId,
  type CreditNoteItem,
  type CreditNoteReason,
  type CreditNoteType,
  creditedOf,
  creditNoteFigures,
  type ItemCause
} from "../credits/index.js"
import type { FeeGivenBack } from "./given-back.js"
import type { AppliedTaxRow, FeeOnInvoice, InvoiceDocument } from "./store.js"

/** Why notes are made. */
export interface NoteTerms {
  readonly reason: CreditNoteReason
  readonly cause: ItemCause
}

/** Of what usage that came late takes back. */
export const LATE_USAGE: NoteTerms = { reason: "other", cause: "late_usage" }

/** Of what progressive invoices billed beyond the fees of the closing one. */
export const SURPLUS: NoteTerms = { reason: "other", cause: "surplus" }

/** Each tax's share of a fee. */
const taxShares = (fee_id: string, taxes: ReadonlyArray<AppliedTaxRow>) =>
  taxes
    .filter((tax) => tax.taxable_type === "fee" && tax.taxable_id === fee_id)
    .map(({ tax_amount_cents, tax_id }) => ({ tax_id, amount_cents: tax_amount_cents }))

/** A fee as the arithmetic of credit notes sees it. */
export const creditable = ({ fee, taxes }: Pick<FeeOnInvoice, "fee" | "taxes">, items: ReadonlyArray<CreditNoteItem>): CreditableFee => ({
  fee_id: fee.id,
  amount_cents: fee.amount_cents,
  progressive_billing_credit_amount_cents: fee.progressive_billing_credit_amount_cents,
  coupons_amount_cents: fee.coupons_amount_cents,
  taxes: taxShares(fee.id, taxes),
  credited: creditedOf(fee.id, items)
})

/** What a note is for. */
interface NoteHead extends NoteTerms {
  readonly credit_note_type: CreditNoteType
  readonly description: string | null
}

/** The draft of a note with its items; ids are taken in order, the note's own first. */
export const noteDocument = (
  invoice: FeeOnInvoice["invoice"],
  figures: CreditNoteFigures,
  { cause, credit_note_type, description, reason }: NoteHead,
  ids: Iterator<string>,
  now: DateTime.Utc
): CreditNoteDocument => {
  const next = (): string => ids.next().value as string
  const shared = { organization_id: invoice.organization_id as OrganizationId, created_at: now, updated_at: now }
  const note: CreditNote = {
    ...shared,
    id: CreditNoteId.make(next()),
    number: null,
    invoice_id: invoice.id,
    customer_id: invoice.customer_id,
    credit_note_type,
    status: "draft",
    credit_status: null,
    refund_status: null,
    reason,
    description,
    credit_amount_cents: credit_note_type === "credit" ? figures.total_amount_cents : 0n,
    refund_amount_cents: credit_note_type === "refund" ? figures.total_amount_cents : 0n,
    balance_amount_cents: 0n,
    sub_total_cents: figures.sub_total_cents,
    taxes_amount_cents: figures.taxes_amount_cents,
    total_amount_cents: figures.total_amount_cents,
    currency: invoice.currency,
    issued_at: null,
    voided_at: null
  }
  return {
    note,
    items: figures.items.map((item, position) => ({ ...item, ...shared, id: next(), credit_note_id: note.id, position, cause }))
  }
}

/**
 * One note, a draft, for what is given back of fees of one invoice; `items` are what notes that stand gave back of them
 * before. Null where nothing was paid for them: a note of total 0 is not made.
 */
const noteOn = (
  fees: readonly [FeeGivenBack, ...ReadonlyArray<FeeGivenBack>],
  items: ReadonlyArray<CreditNoteItem>,
  terms: NoteTerms,
  ids: Iterator<string>,
  now: DateTime.Utc
): CreditNoteDocument | null => {
  const { invoice } = fees[0].of
  const figures = Either.getOrThrow(
    creditNoteFigures(
      fees.map(({ amount_cents, of }) => ({ fee_id: of.fee.id, amount_cents })),
      fees.map(({ of }) => creditable(of, items)),
      invoice.parties.rounding_mode
    )
  )
  if (figures.total_amount_cents === 0n) return null
  return noteDocument(invoice, figures, { ...terms, credit_note_type: "credit", description: null }, ids, now)
}

/** A note for each invoice that something is given back of, in the order in which the invoices are first named. */
export const notesOf = (
  fees: ReadonlyArray<FeeGivenBack>,
  items: ReadonlyArray<CreditNoteItem>,
  terms: NoteTerms,
  ids: Iterator<string>,
  now: DateTime.Utc
): ReadonlyArray<CreditNoteDocument> => {
  const byInvoice = new Map<string, [FeeGivenBack, ...Array<FeeGivenBack>]>()
  for (const fee of fees) {
    const known = byInvoice.get(fee.of.invoice.id)
    if (known === undefined) byInvoice.set(fee.of.invoice.id, [fee])
    else known.push(fee)
  }
  return [...byInvoice.values()].flatMap((group) => noteOn(group, items, terms, ids, now) ?? [])
}

/**
 * Draft notes on a draft that was calculated anew: the same amounts of its fees, what they give back of net and taxes by its
 * figures now. Oldest first.
 */
export const notesAgain = (
  notes: ReadonlyArray<CreditNoteDocument>,
  document: InvoiceDocument,
  now: DateTime.Utc
): ReadonlyArray<CreditNoteDocument> => {
  const given: Array<CreditNoteItem> = []
  return notes.map(({ items, note }) => {
    const fees = document.fees.map((fee) => creditable({ fee, taxes: document.taxes }, given))
    const figures = Either.getOrThrow(creditNoteFigures(items, fees, document.invoice.parties.rounding_mode))
    const anew = items.map((item, index): CreditNoteItem => ({ ...item, ...figures.items[index]!, updated_at: now }))
    given.push(...anew)
    const { sub_total_cents, taxes_amount_cents, total_amount_cents } = figures
    return {
      note: { ...note, credit_amount_cents: total_amount_cents, sub_total_cents, taxes_amount_cents, total_amount_cents, updated_at: now },
      items: anew
    }
  })
}
