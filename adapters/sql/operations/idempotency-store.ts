/** Records of calls that named a key, in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type IdempotencyRecord, IdempotencyStore, type OwnRecord } from "../../../src/operations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

const recordsTable = table("idempotency_records", {
  id: "uuid",
  organization_id: "uuid",
  idempotency_key: "text",
  request_method: "text",
  request_path: "text",
  fingerprint: "text",
  state: "text",
  owner: "uuid",
  leased_until: "instant",
  response_status: "integer",
  response_body: "json",
  created_at: "instant",
  updated_at: "instant"
})

const FIXED = ["id", "organization_id", "idempotency_key"]
const CHANGING = Object.keys(recordsTable.columns).filter((column) => !FIXED.includes(column))

const recordOf = decodeRow<IdempotencyRecord>(recordsTable)

/** What an HTTP adapter answers where nothing else is said. */
const OK = 200

export const idempotencyStoreLayer: Layer.Layer<IdempotencyStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  IdempotencyStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `idempotency_records.${operation}`)
    const mine = ({ id, organization_id, owner }: OwnRecord) =>
      sql`organization_id = ${organization_id} AND id = ${id} AND owner = ${owner} AND state = 'running'`
    const found = (rows: ReadonlyArray<unknown>) => rows.length > 0

    return IdempotencyStore.of({
      find: (idempotency_key) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) => sql`SELECT ${columns(recordsTable, "r")} FROM idempotency_records r
            WHERE r.organization_id = ${organization} AND r.idempotency_key = ${idempotency_key}`
        ).pipe(
          Effect.map(([row]) => (row === undefined ? undefined : recordOf(row as Record<string, unknown>))),
          storage("find")
        ),

      insert: (record) =>
        insert(
          recordsTable,
          [record],
          "AND EXISTS (SELECT 1 FROM organizations o WHERE o.id = items.organization_id) ON CONFLICT DO NOTHING"
        ).pipe(storage("insert")),

      takeOver: (record, owner) =>
        Effect.gen(function* () {
          // Passed over where somebody holds it: they are at work, whatever their lease says.
          const free = yield* sql`SELECT id FROM idempotency_records WHERE organization_id = ${record.organization_id} AND id = ${record.id}
            AND owner = ${owner}${sql.literal(dialect.skipLocked)}`
          if (free.length > 0) yield* update(recordsTable, CHANGING, [record])
          return free.length > 0
        }).pipe(storage("takeOver")),

      hold: (own) =>
        sql`SELECT id FROM idempotency_records WHERE ${mine(own)}${sql.literal(dialect.forUpdate)}`.pipe(
          Effect.map(found),
          storage("hold")
        ),

      finish: (own, answer, now) =>
        sql`UPDATE idempotency_records SET state = 'done', response_status = ${OK}, response_body = ${JSON.stringify({ answer })},
          updated_at = ${DateTime.formatIso(now)} WHERE ${mine(own)}`.pipe(Effect.asVoid, storage("finish")),

      release: (own) => sql`DELETE FROM idempotency_records WHERE ${mine(own)}`.pipe(Effect.asVoid, storage("release")),

      purge: (since, now, limit) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) => sql`DELETE FROM idempotency_records WHERE organization_id = ${organization} AND id IN (
              SELECT r.id FROM idempotency_records r WHERE r.organization_id = ${organization} AND r.created_at <= ${DateTime.formatIso(since)}
                AND (r.state = 'done' OR r.leased_until <= ${DateTime.formatIso(now)}) ORDER BY r.created_at LIMIT ${limit}${sql.literal(dialect.skipLocked)})
            RETURNING id`
        ).pipe(
          Effect.map((purged) => purged.length),
          storage("purge")
        )
    })
  })
)
