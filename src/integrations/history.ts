/** Rows of the history: opened before a call, closed with what it came to. Pure. */
import type { DateTime } from "effect"
import type { ConnectorFailure, ConnectorSuccess } from "./connector.js"
import type { Integration, IntegrationSync, SyncAction } from "./integration.js"

export interface Opening {
  readonly id: string
  readonly action: SyncAction
  readonly resource_type: string
  readonly resource_id: string
}

export const opened = (of: Pick<Integration, "id" | "organization_id">, opening: Opening, now: DateTime.Utc): IntegrationSync => ({
  ...opening,
  organization_id: of.organization_id,
  integration_id: of.id,
  external_id: null,
  status: "started",
  error_message: null,
  details: {},
  started_at: now,
  completed_at: null,
  created_at: now,
  updated_at: now
})

/** What was not done, of an answer that did the rest. */
const undone = ({ details }: ConnectorSuccess): string | null =>
  details.partial === true ? String(details.error ?? "a part was not done") : null

/** Closed as succeeded, as partial where the answer says that a part was not done, or as failed. */
export const closed = (row: IntegrationSync, answer: ConnectorSuccess | ConnectorFailure, now: DateTime.Utc): IntegrationSync => ({
  ...row,
  external_id: answer.external_id,
  status: answer.success ? (answer.details.partial === true ? "partial" : "succeeded") : "failed",
  error_message: answer.success ? undone(answer) : answer.error,
  details: answer.details,
  completed_at: now,
  updated_at: now
})

/** What an integration's `error_details` say of a failure. */
export const errorDetails = ({ details, error }: ConnectorFailure) => ({ message: error, ...details })
