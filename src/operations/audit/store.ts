/** The port to the audit log: what a transaction has written, and the log itself. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, OrganizationId, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { Digest } from "./chain.js"
import type { RowChange } from "./change.js"
import type { AuditHead, AuditLog, SealedRow } from "./entry.js"

export interface AuditFilter {
  readonly resource_type?: string | undefined
  readonly resource_id?: string | undefined
  readonly action?: string | undefined
  readonly actor_type?: string | undefined
  readonly actor_id?: string | undefined
  readonly from?: DateTime.Utc | undefined
  readonly to?: DateTime.Utc | undefined
}

export interface AuditStoreShape {
  readonly digest: Digest
  /** What this transaction has written so far of what is audited, in order, and takes it away; no statement where it wrote nothing. */
  readonly take: Effect.Effect<ReadonlyArray<RowChange>, StorageError>
  /** Where an organization's log ends, locked until the transaction ends: nobody else appends to it. */
  readonly lockHead: (organization_id: OrganizationId) => Effect.Effect<AuditHead, StorageError>
  /** Appends rows of one organization, actor and instant, in order; the last one is the new head. */
  readonly append: (rows: ReadonlyArray<SealedRow>) => Effect.Effect<void, StorageError>
  readonly head: Effect.Effect<AuditHead, StorageError, CurrentOrganization>
  readonly page: (filter: AuditFilter, request: PageRequest) => Effect.Effect<PageRows<AuditLog>, StorageError, CurrentOrganization>
  /** Rows behind a position, ascending, at most `limit`. */
  readonly behind: (position: bigint, limit: number) => Effect.Effect<ReadonlyArray<SealedRow>, StorageError, CurrentOrganization>
}

export class AuditStore extends Context.Tag("billwright/AuditStore")<AuditStore, AuditStoreShape>() {}
