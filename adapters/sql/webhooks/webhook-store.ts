/** Webhooks and their tries in SQL: the outbox, and what its workers claim and book. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import {
  type StatusCount,
  type Tried,
  type Webhook,
  type WebhookAttempt,
  WebhookStore,
  type WebhookStoreShape
} from "../../../src/webhooks/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { type ColumnType, decodeRow } from "../table.js"
import { claims } from "./claims.js"
import { attemptsTable, webhooksTable } from "./tables.js"

type Raw = Record<string, unknown>

const webhookOf = decodeRow<Webhook>(webhooksTable)
const attemptOf = decodeRow<WebhookAttempt>(attemptsTable)

const enqueued: ReadonlyArray<readonly [string, ColumnType]> = Object.entries(webhooksTable.columns)
const enqueuedNames = enqueued.map(([name]) => name)

const attemptOfTry = ({ attempt_id, ...tried }: Tried & { readonly attempt_id: string }): WebhookAttempt => ({
  id: attempt_id,
  organization_id: tried.claimed.organization_id,
  webhook_id: tried.claimed.id,
  attempt_number: tried.attempt_number,
  http_status: tried.http_status,
  response_body: tried.response,
  success: tried.success,
  error_message: tried.error_message,
  attempted_at: tried.attempted_at,
  created_at: tried.attempted_at,
  updated_at: tried.attempted_at
})

const BOOKED: ReadonlyArray<readonly [string, ColumnType]> = [
  ["organization_id", "uuid"],
  ["id", "uuid"],
  ["claim_id", "uuid"],
  ["status", "text"],
  ["retries", "integer"],
  ["last_retried_at", "instant"],
  ["http_status", "integer"],
  ["response", "text"],
  ["error_message", "text"],
  ["next_attempt_at", "instant"],
  ["updated_at", "instant"]
]

export const webhookStoreLayer: Layer.Layer<WebhookStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  WebhookStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `webhooks.${operation}`)
    const page = readPage(sql, dialect)
    // An endpoint that is deleted meanwhile takes nothing more: its row is held until the webhooks for it are committed.
    const keepEndpoint = sql.literal(dialect.engine === "postgres" ? " FOR KEY SHARE OF e" : "")

    const one = Effect.fnUntraced(function* (id: string, lock: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${columns(webhooksTable, "w")} FROM webhooks w
        WHERE w.organization_id = ${organization} AND w.id = ${id}${sql.literal(lock)}`
      return found === undefined ? undefined : webhookOf(found as Raw)
    })

    const shape: Omit<WebhookStoreShape, "claim" | "skip" | "judge" | "purge"> = {
      // Payment providers follow nothing; every other system does.
      listeners: (organization_id) =>
        sql<{ id: string | null }>`SELECT e.id FROM webhook_endpoints e WHERE e.organization_id = ${organization_id} AND e.status = 'active'
          UNION ALL SELECT NULL FROM integrations i
            WHERE i.organization_id = ${organization_id} AND i.status <> 'inactive' AND i.integration_type <> 'payment_provider'`.pipe(
          Effect.map((found) => ({
            endpoints: found.flatMap(({ id }) => id ?? []),
            followed: found.some(({ id }) => id === null)
          })),
          storage("listeners")
        ),

      enqueue: Effect.fnUntraced(function* (webhooks) {
        if (webhooks.length === 0) return
        const values = webhooks.map((webhook) => enqueuedNames.map((name) => (webhook as unknown as Raw)[name]))
        const names = sql.literal(enqueuedNames.join(", "))
        const selected = sql.literal(enqueuedNames.map((name) => `items.${name}`).join(", "))
        yield* sql`INSERT INTO webhooks (${names}, attempts, last_try)
          SELECT ${selected}, 0, ${sql.literal(dialect.engine === "postgres" ? "false" : "0")} FROM ${rows(enqueued, values)} items
          JOIN webhook_endpoints e ON e.organization_id = items.organization_id AND e.id = items.webhook_endpoint_id
          WHERE e.status = 'active'${keepEndpoint}`
      }, storage("enqueue")),

      find: (id) => one(id, "").pipe(storage("find")),
      lock: (id) => one(id, dialect.forUpdate).pipe(storage("lock")),

      retry: Effect.fnUntraced(function* (id, now) {
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso(now)
        yield* sql`UPDATE webhooks SET status = 'pending', next_attempt_at = ${at}, claim_id = NULL,
          last_try = ${sql.literal(dialect.engine === "postgres" ? "true" : "1")}, updated_at = ${at}
          WHERE organization_id = ${organization} AND id = ${id} AND status = 'failed'`
      }, storage("retry")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, webhooksTable, filter, ["webhook_endpoint_id", "webhook_type", "status", "object_type", "object_id"])
        return yield* page(webhooksTable, webhookOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page")),

      pageAttempts: Effect.fnUntraced(function* (webhook_id, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, sql`t.webhook_id = ${webhook_id}`]
        return yield* page(attemptsTable, attemptOf, conditions, request)
      }, storage("pageAttempts")),

      counts: Effect.fnUntraced(function* (ids) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<StatusCount>`SELECT w.webhook_endpoint_id, w.status, COUNT(*) AS webhooks FROM webhooks w
          WHERE w.organization_id = ${organization} AND w.webhook_endpoint_id IN ${list("uuid", ids)}
          GROUP BY w.webhook_endpoint_id, w.status`
        return found.map((count) => ({ ...count, webhooks: Number(count.webhooks) }))
      }, storage("counts")),

      book: Effect.fnUntraced(function* (tries) {
        if (tries.length === 0) return new Set<string>()
        const values = tries.map(({ attempted_at, claimed, error_message, http_status, next_attempt_at, response, retries, status }) => [
          claimed.organization_id,
          claimed.id,
          claimed.claim_id,
          status,
          retries,
          claimed.attempts === 0 ? null : attempted_at,
          http_status,
          response,
          error_message,
          next_attempt_at,
          attempted_at
        ])
        const found = yield* sql<{ id: string }>`UPDATE webhooks SET status = items.status, retries = items.retries,
          attempts = webhooks.attempts + 1, last_retried_at = items.last_retried_at, http_status = items.http_status,
          response = items.response, error_message = items.error_message, next_attempt_at = items.next_attempt_at,
          claim_id = NULL, updated_at = items.updated_at
          FROM ${rows(BOOKED, values)} items
          WHERE webhooks.organization_id = items.organization_id AND webhooks.id = items.id AND webhooks.claim_id = items.claim_id
          RETURNING webhooks.id`
        const booked = new Set(found.map(({ id }) => id))
        yield* insert(attemptsTable, tries.filter(({ claimed }) => booked.has(claimed.id)).map(attemptOfTry))
        return booked
      }, storage("book"))
    }

    return WebhookStore.of({ ...shape, ...claims(sql, dialect) })
  })
)
