/** What the doctor reads of webhooks, in SQL: each with the sums of its tries. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { RawWebhook } from "../../../src/operations/index.js"
import type { DialectShape } from "../dialect.js"
import { beyond } from "./reading.js"

const OWN = "a.organization_id = w.organization_id AND a.webhook_id = w.id"

const COLUMNS = (yes: string) =>
  [
    "CAST(w.id AS TEXT) AS id, CAST(w.organization_id AS TEXT) AS organization_id, CAST(w.object_id AS TEXT) AS object_id",
    "w.webhook_type, w.object_type, w.payload, w.status, w.retries, w.max_retries, w.attempts, w.last_try",
    `(SELECT COUNT(*) FROM webhook_delivery_attempts a WHERE ${OWN}) AS recorded`,
    `(SELECT COALESCE(MAX(a.attempt_number), -1) FROM webhook_delivery_attempts a WHERE ${OWN}) AS last_number`,
    `(SELECT COUNT(*) FROM webhook_delivery_attempts a WHERE ${OWN} AND a.success = ${yes}) AS succeeded`,
    `(SELECT a.success FROM webhook_delivery_attempts a WHERE ${OWN} ORDER BY a.attempt_number DESC LIMIT 1) AS last_succeeded`,
    `(SELECT COUNT(*) FROM webhooks o WHERE o.organization_id = w.organization_id AND o.event_id = w.event_id
      AND (o.webhook_type <> w.webhook_type OR o.object_id <> w.object_id)) AS differing`
  ].join(", ")

export const readWebhooks = (sql: SqlClient, { engine }: Pick<DialectShape, "engine">) => {
  const columns = sql.literal(COLUMNS(engine === "postgres" ? "true" : "1"))
  return Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    const found = yield* sql<RawWebhook>`SELECT ${columns} FROM webhooks w
      WHERE w.organization_id = ${organization} ${beyond(sql, "w", after)} ORDER BY w.id LIMIT ${limit}`
    return found.map(
      (webhook): RawWebhook => ({
        ...webhook,
        recorded: Number(webhook.recorded),
        last_number: Number(webhook.last_number),
        succeeded: Number(webhook.succeeded),
        differing: Number(webhook.differing),
        last_try: Boolean(webhook.last_try),
        last_succeeded: Boolean(webhook.last_succeeded)
      })
    )
  })
}
