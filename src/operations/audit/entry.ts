/** A row of the audit log: what was done to which resource, by whom. */
import { type DateTime, Schema } from "effect"
import { type Actor, actorTypes, brandedId, Instant, type OrganizationId, pageFields } from "../../core/index.js"

export const AuditLogId = brandedId("AuditLogId")
export type AuditLogId = typeof AuditLogId.Type

const auditActions = ["created", "updated", "deleted", "status_changed"] as const
export type AuditAction = (typeof auditActions)[number]

/** Plain JSON: money and decimals are text, instants ISO 8601 in UTC. */
export type AuditValue = unknown

/** Per field: `after` alone of what was created, `before` alone of what was deleted, both of what changed. */
export type AuditChanges = Readonly<Record<string, { readonly before?: AuditValue; readonly after?: AuditValue }>>

export interface AuditLog extends Actor {
  readonly id: AuditLogId
  readonly organization_id: OrganizationId
  /** 1, 2, 3, … in the organization, in the order in which it was committed. */
  readonly position: bigint
  readonly resource_type: string
  readonly resource_id: string
  readonly action: AuditAction
  readonly changes: AuditChanges
  /** The hash of the row before; 64 zeros before the first one. */
  readonly previous_hash: string
  /** SHA-256 of this row, the hash of the row before included. */
  readonly hash: string
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

/** A row as it is stored and hashed: what changed is the very text that was written, whatever its content is equal to. */
export interface SealedRow extends Omit<AuditLog, "changes"> {
  readonly changes: string
}

/** Where an organization's log ends: kept elsewhere, it shows later that nothing before it was changed. */
export interface AuditHead {
  readonly position: bigint
  readonly hash: string
}

const named = Schema.optional(Schema.String.pipe(Schema.maxLength(255)))

export const ListAuditLogs = Schema.Struct({
  ...pageFields,
  resource_type: named,
  resource_id: named,
  action: Schema.optional(Schema.Literal(...auditActions)),
  actor_type: Schema.optional(Schema.Literal(...actorTypes)),
  actor_id: named,
  /** From this instant on, and before that one. */
  from: Schema.optional(Instant),
  to: Schema.optional(Instant)
})
export interface ListAuditLogsInput extends Schema.Schema.Encoded<typeof ListAuditLogs> {}

export const AuditTrailOf = Schema.Struct({ resource_type: Schema.String, resource_id: Schema.String, ...pageFields })
export interface AuditTrailInput extends Schema.Schema.Encoded<typeof AuditTrailOf> {}

export const KnownHead = Schema.Struct({
  /** A head that was read before. */
  known: Schema.optional(
    Schema.Struct({
      position: Schema.Union(Schema.BigIntFromSelf, Schema.String.pipe(Schema.pattern(/^[0-9]{1,18}$/), Schema.compose(Schema.BigInt))),
      hash: Schema.String
    })
  )
})
export interface KnownHeadInput extends Schema.Schema.Encoded<typeof KnownHead> {}
