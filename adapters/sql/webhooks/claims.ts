/** What workers do for all organizations at once: claim what is due, skip what nobody takes, judge endpoints, purge. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { DateTime, Effect } from "effect"
import type { ClaimedWebhook, WebhookStoreShape } from "../../../src/webhooks/index.js"
import type { DialectShape } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { type ColumnType, decodeRow, table } from "../table.js"

const claimedTable = table("claimed", {
  id: "uuid",
  organization_id: "uuid",
  webhook_endpoint_id: "uuid",
  payload: "text",
  retries: "integer",
  max_retries: "integer",
  attempts: "integer",
  last_try: "boolean",
  claim_id: "uuid",
  url: "text",
  signature_algo: "text",
  failing_since: "instant",
  answering_since: "instant"
})
const claimedOf = decodeRow<ClaimedWebhook>(claimedTable)

const VERDICT: ReadonlyArray<readonly [string, ColumnType]> = [
  ["organization_id", "uuid"],
  ["id", "uuid"],
  ["failing_since", "instant"],
  ["answering_since", "instant"],
  ["inactive_reason", "text"]
]

const INACTIVE = "the endpoint is inactive"

export const claims = (sql: SqlClient, dialect: DialectShape): Pick<WebhookStoreShape, "claim" | "skip" | "judge" | "purge"> => {
  const { rows } = statements(sql, dialect)
  const storage = (operation: string) => asStorage(dialect, `webhooks.${operation}`)
  const lateral = dialect.engine === "postgres"
  const locked = sql.literal(lateral ? " FOR NO KEY UPDATE OF w SKIP LOCKED" : "")

  /**
   * The longest due of each endpoint that does not have as many under way, and none for long: endpoint by endpoint, so that no
   * backlog hides another's.
   */
  const due = (now: string, abandoned: string, patience: string, per_endpoint: number, answering: boolean) => {
    const state = sql.literal(answering ? "e.answering_since IS NOT NULL" : "e.answering_since IS NULL")
    const first = sql`SELECT d.id FROM webhooks d WHERE d.organization_id = e.organization_id AND d.webhook_endpoint_id = e.id
      AND d.next_attempt_at <= ${now} ORDER BY d.next_attempt_at, d.id LIMIT ${per_endpoint}`
    const free = sql`(SELECT COUNT(*) + COUNT(CASE WHEN f.next_attempt_at < ${patience} THEN 1 END) * ${per_endpoint} FROM webhooks f
      WHERE f.organization_id = e.organization_id AND f.webhook_endpoint_id = e.id AND f.next_attempt_at > ${abandoned}
        AND f.claim_id IS NOT NULL) < ${per_endpoint}`
    return lateral
      ? sql`SELECT e.organization_id, d.id FROM webhook_endpoints e CROSS JOIN LATERAL (${first}) d
          WHERE e.status = 'active' AND ${state} AND ${free}`
      : sql`SELECT e.organization_id, w.id FROM webhook_endpoints e CROSS JOIN webhooks w
          WHERE e.status = 'active' AND ${state} AND ${free}
            AND w.organization_id = e.organization_id AND w.id IN (${first})`
  }

  return {
    claim: Effect.fnUntraced(function* ({ abandoned, answering, claim_id, limit, now, patience, per_endpoint, until }) {
      const at = DateTime.formatIso(now)
      const found =
        yield* sql`UPDATE webhooks SET claim_id = ${claim_id}, next_attempt_at = ${DateTime.formatIso(until)}, updated_at = ${at}
        WHERE (organization_id, id) IN (
          SELECT w.organization_id, w.id FROM webhooks w
          JOIN (${due(at, DateTime.formatIso(abandoned), DateTime.formatIso(patience), per_endpoint, answering)}) due ON due.organization_id = w.organization_id AND due.id = w.id
          WHERE w.next_attempt_at <= ${at} ORDER BY w.next_attempt_at, w.id LIMIT ${limit}${locked})
        RETURNING organization_id, id`
      if (found.length === 0) return []
      const claimed = yield* sql`SELECT w.id, w.organization_id, w.webhook_endpoint_id, w.payload, w.retries, w.max_retries, w.attempts,
          w.last_try, w.claim_id, e.url, e.signature_algo, e.failing_since,
          e.answering_since
        FROM ${rows(
          [
            ["organization_id", "uuid"],
            ["id", "uuid"]
          ],
          found.map((row) => [(row as Record<string, unknown>).organization_id, (row as Record<string, unknown>).id])
        )} items
        JOIN webhooks w ON w.organization_id = items.organization_id AND w.id = items.id
        JOIN webhook_endpoints e ON e.organization_id = w.organization_id AND e.id = w.webhook_endpoint_id
        ORDER BY w.id`
      return claimed.map((row) => claimedOf(row as Record<string, unknown>))
    }, storage("claim")),

    skip: Effect.fnUntraced(function* (now, limit) {
      const at = DateTime.formatIso(now)
      const skipped =
        yield* sql`UPDATE webhooks SET status = 'failed', next_attempt_at = NULL, claim_id = NULL, error_message = ${INACTIVE},
          updated_at = ${at}
        WHERE (organization_id, id) IN (
          SELECT w.organization_id, w.id FROM webhook_endpoints e
          JOIN webhooks w ON w.organization_id = e.organization_id AND w.webhook_endpoint_id = e.id
          WHERE e.status = 'inactive' AND w.next_attempt_at <= ${at} ORDER BY w.organization_id, w.id LIMIT ${limit}${locked})
        RETURNING id`
      return skipped.length
    }, storage("skip")),

    judge: Effect.fnUntraced(function* (verdicts, now) {
      if (verdicts.length === 0) return
      const values = verdicts.map((verdict) => [
        verdict.organization_id,
        verdict.webhook_endpoint_id,
        verdict.failing_since,
        verdict.answering_since,
        verdict.inactive_reason
      ])
      yield* sql`UPDATE webhook_endpoints SET failing_since = items.failing_since, answering_since = items.answering_since,
          status = CASE WHEN items.inactive_reason IS NULL THEN webhook_endpoints.status ELSE 'inactive' END,
          inactive_reason = COALESCE(items.inactive_reason, webhook_endpoints.inactive_reason), updated_at = ${DateTime.formatIso(now)}
        FROM ${rows(VERDICT, values)} items
        WHERE webhook_endpoints.organization_id = items.organization_id AND webhook_endpoints.id = items.id`
    }, storage("judge")),

    purge: Effect.fnUntraced(function* (before, limit) {
      const purged = yield* sql`DELETE FROM webhooks WHERE (organization_id, id) IN (
          SELECT w.organization_id, w.id FROM webhooks w WHERE w.created_at < ${DateTime.formatIso(before)} AND w.next_attempt_at IS NULL
          ORDER BY w.created_at LIMIT ${limit}) RETURNING id`
      return purged.length
    }, storage("purge"))
  }
}
