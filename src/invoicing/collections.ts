/** Who collects what final invoices leave due: a port, since payments stand on a floor above. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, OrganizationId, StorageError } from "../core/index.js"

/** What an invoice that becomes final leaves due: more than 0 minor units of its currency. */
export interface DueAtIssue {
  readonly invoice_id: string
  readonly organization_id: OrganizationId
  readonly customer_id: string
  readonly currency: string
  readonly due_cents: bigint
}

export class Collections extends Context.Tag("billwright/Collections")<
  Collections,
  {
    /** The invoices become final in this transaction, right before their numbers are taken; what is to be collected is queued in it. */
    readonly issued: (due: ReadonlyArray<DueAtIssue>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
    /** The locked invoices are voided in this transaction: what was to be collected of them no longer is. */
    readonly voided: (invoice_ids: ReadonlyArray<string>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  }
>() {}
