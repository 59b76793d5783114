/** What comes before what, and when a failure is tried again. Pure. */
import { DateTime } from "effect"
import type { ConnectorFailure } from "../connector.js"
import type { ResourceType } from "../integration.js"
import type { SyncRecords } from "../records.js"
import type { KeptIntegration } from "../store.js"
import type { BookedSync, ClaimedSync, Resource } from "./queue.js"

/** Minutes until the next try after each failure; the integration turns to error after the last. */
const RETRY_MINUTES: ReadonlyArray<number> = [1, 5, 25]

/** So long something waits that another worker has to do first. */
const WAIT_SECONDS = 60

/** What others refer to goes first. */
export const RANKS: ReadonlyArray<ReadonlyArray<ResourceType>> = [["customer"], ["subscription", "invoice"], ["payment", "credit_note"]]

export const keyOf = ({ resource_id, resource_type }: Resource): string => `${resource_type}/${resource_id}`

type Follower = Pick<KeptIntegration, "id" | "integration_type">

/** Whether an integration gave the rates of a document. */
export const isTaxedBy = (record: SyncRecords[ResourceType], { id }: Follower): boolean =>
  "taxed" in record && record.taxed?.integration_id === id

/**
 * What has to have a twin in an integration before a row can be brought over. What it gave the rates of needs none of its customer; a credit note
 * needs its invoice's.
 */
export const requirements = <R extends ResourceType>(type: R, record: SyncRecords[R], follower: Follower): ReadonlyArray<Resource> => {
  const of = record as Partial<SyncRecords["payment"]>
  if (type === "customer") return []
  if (follower.integration_type === "tax")
    return of.invoice !== undefined && isTaxedBy(record, follower) ? [{ resource_type: "invoice", resource_id: of.invoice.id }] : []
  const customer: Resource = { resource_type: "customer", resource_id: of.customer!.id }
  return of.invoice === undefined ? [customer] : [customer, { resource_type: "invoice", resource_id: of.invoice.id }]
}

/** When a failed sync is tried again; null after the last try. A system that says when it wants to be asked again is not asked before. */
export const nextAttempt = (attempts: number, { details }: ConnectorFailure, now: DateTime.Utc): DateTime.Utc | null => {
  const minutes = RETRY_MINUTES[attempts - 1]
  if (minutes === undefined) return null
  return DateTime.add(now, { seconds: Math.max(minutes * 60, details.retry_after_seconds ?? 0) })
}

export const waiting = (claimed: ClaimedSync, now: DateTime.Utc): BookedSync => ({
  claimed,
  outcome: "waits",
  next_attempt_at: DateTime.add(now, { seconds: WAIT_SECONDS })
})
