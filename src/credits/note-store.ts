/** The port to where credit notes are kept. Batch-shaped: a run writes many with few statements. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { CreditNote, CreditNoteDocument, CreditNoteItem } from "./note.js"

/** A draft note that becomes final; what of its credit is used already was used in the same transaction. */
export interface NoteIssue {
  readonly credit_note_id: string
  readonly issued_at: DateTime.Utc
  /** The day of its number, in the organization's zone. */
  readonly day: string
  readonly credit_status: CreditNote["credit_status"]
  readonly refund_status: CreditNote["refund_status"]
  readonly balance_amount_cents: bigint
}

/** What is left of a note's credit. */
export interface NoteBalance {
  readonly credit_note_id: string
  readonly organization_id: string
  readonly credit_status: CreditNote["credit_status"]
  readonly balance_amount_cents: bigint
  readonly updated_at: DateTime.Utc
}

/** Where the money of a refund stands. */
interface NoteRefund {
  readonly credit_note_id: string
  readonly organization_id: string
  readonly refund_status: NonNullable<CreditNote["refund_status"]>
  readonly updated_at: DateTime.Utc
}

/** What a list of credit notes is narrowed to. */
interface CreditNoteFilter {
  readonly customer_id?: string | undefined
  readonly invoice_id?: string | undefined
  readonly credit_note_type?: CreditNote["credit_note_type"] | undefined
  readonly status?: CreditNote["status"] | undefined
  readonly credit_status?: string | undefined
  readonly refund_status?: string | undefined
}

export interface CreditNoteStoreShape {
  /** Stores drafts with their items. */
  readonly insert: (notes: ReadonlyArray<CreditNoteDocument>) => Effect.Effect<void, StorageError>
  /** Puts new figures and items in place of a draft's. */
  readonly replace: (notes: ReadonlyArray<CreditNoteDocument>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Removes drafts. */
  readonly remove: (ids: ReadonlyArray<string>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Gives drafts their numbers, in the order given, and makes them final; the counter is taken here and nowhere else. */
  readonly issue: (issues: ReadonlyArray<NoteIssue>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Takes back credits that nothing has used. */
  readonly void: (ids: ReadonlyArray<string>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Final refunds of an invoice. */
  readonly refunds: (invoice_id: string) => Effect.Effect<ReadonlyArray<CreditNote>, StorageError, CurrentOrganization>
  readonly saveRefunds: (refunds: ReadonlyArray<NoteRefund>) => Effect.Effect<void, StorageError>
  readonly saveBalances: (balances: ReadonlyArray<NoteBalance>) => Effect.Effect<void, StorageError>
  /** Final notes of these customers with a balance, their rows locked, ascending by id. */
  readonly lockAvailable: (
    customer_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<CreditNote>, StorageError, CurrentOrganization>
  /** Notes by id, their rows locked, ascending by id. */
  readonly lock: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<CreditNote>, StorageError, CurrentOrganization>
  /** Draft notes on these invoices, with their items, oldest first. */
  readonly drafts: (
    invoice_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<CreditNoteDocument>, StorageError, CurrentOrganization>
  /** Items of these fees on notes that stand: drafts and final ones that are not voided. */
  readonly itemsOf: (fee_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<CreditNoteItem>, StorageError, CurrentOrganization>
  readonly load: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<CreditNoteDocument>, StorageError, CurrentOrganization>
  readonly page: (filter: CreditNoteFilter, request: PageRequest) => Effect.Effect<PageRows<CreditNote>, StorageError, CurrentOrganization>
}

export class CreditNoteStore extends Context.Tag("billwright/CreditNoteStore")<CreditNoteStore, CreditNoteStoreShape>() {}
