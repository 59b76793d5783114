/** Who collects what final invoices leave due, and returns what notes refund: a port, since payments stand on a floor above. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, InvalidTransition, OrganizationId, StorageError } from "../core/index.js"
import type { CreditNote } from "../credits/index.js"

/** What an invoice that becomes final leaves due: more than 0 minor units of its currency. */
export interface DueAtIssue {
  readonly invoice_id: string
  readonly organization_id: OrganizationId
  readonly customer_id: string
  readonly currency: string
  readonly due_cents: bigint
}

/** A refund that is to be returned: of one payment, or of the invoice's payments, newest first. */
export interface RefundToMake {
  readonly note: CreditNote
  readonly payment_id: string | null
}

export class Collections extends Context.Tag("billwright/Collections")<
  Collections,
  {
    /** The invoices become final in this transaction, right before their numbers are taken; what is to be collected is queued in it. */
    readonly issued: (due: ReadonlyArray<DueAtIssue>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
    /** The locked invoices are voided in this transaction: what was to be collected of them no longer is. */
    readonly voided: (invoice_ids: ReadonlyArray<string>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
    /**
     * What of a refund is not returned yet is queued in this transaction; the note's invoice is locked. Answers where it stands
     * then: failed where there is no payment that could be returned.
     */
    readonly refund: (
      refund: RefundToMake,
      now: DateTime.Utc
    ) => Effect.Effect<NonNullable<CreditNote["refund_status"]>, StorageError, CurrentOrganization>
    /**
     * The host has returned what is left of a refund; the note's invoice is locked.
     *
     * Fails with `InvalidTransition` while a provider is still to be asked for a part of it.
     */
    readonly markRefunded: (
      note: CreditNote,
      now: DateTime.Utc
    ) => Effect.Effect<void, InvalidTransition | StorageError, CurrentOrganization>
  }
>() {}
