/** Data exports in SQL: what was asked for, whose job it is, what became of it. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type ClaimedExport, type DataExport, DataExportStore } from "../../../src/operations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

const exportsTable = table("data_exports", {
  id: "uuid",
  organization_id: "uuid",
  export_type: "text",
  format: "text",
  status: "text",
  filters: "json",
  file_path: "text",
  record_count: "integer",
  progress: "integer",
  error_message: "text",
  started_at: "instant",
  completed_at: "instant",
  expires_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

type Raw = Readonly<Record<string, unknown>>

const exportOf = decodeRow<DataExport>(exportsTable)

export const dataExportStoreLayer: Layer.Layer<DataExportStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  DataExportStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `data_exports.${operation}`)
    const page = readPage(sql, dialect)
    const at = DateTime.formatIso
    const mine = ({ claim_id, id, organization_id }: ClaimedExport) =>
      sql`organization_id = ${organization_id} AND id = ${id} AND claim_id = ${claim_id} RETURNING id`
    const some = (found: ReadonlyArray<unknown>) => found.length > 0

    return DataExportStore.of({
      insert: (row) => insert(exportsTable, [row]).pipe(storage("insert")),

      find: (id) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) =>
            sql`SELECT ${columns(exportsTable, "e")} FROM data_exports e WHERE e.organization_id = ${organization} AND e.id = ${id}`
        ).pipe(
          Effect.map(([found]) => (found === undefined ? undefined : exportOf(found as Raw))),
          storage("find")
        ),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, exportsTable, filter, ["export_type", "status"])]
        return yield* page(exportsTable, exportOf, conditions, request)
      }, storage("page")),

      claim: Effect.fnUntraced(function* ({ claim_id, now, until }) {
        const [found] = yield* sql`UPDATE data_exports SET status = 'processing', progress = 0, claim_id = ${claim_id},
            leased_until = ${at(until)}, started_at = ${at(now)}, updated_at = ${at(now)}
          WHERE (organization_id, id) IN (SELECT e.organization_id, e.id FROM data_exports e WHERE e.status = 'pending'
            ORDER BY e.created_at, e.id LIMIT 1${sql.literal(dialect.skipLocked)})
          RETURNING ${columns(exportsTable)}`
        return found === undefined ? undefined : { ...exportOf(found as Raw), claim_id }
      }, storage("claim")),

      beat: (claimed, { now, progress, until }) =>
        sql`UPDATE data_exports SET progress = ${progress}, leased_until = ${at(until)}, updated_at = ${at(now)}
          WHERE ${mine(claimed)}`.pipe(Effect.map(some), storage("beat")),

      complete: (claimed, done) =>
        sql`UPDATE data_exports SET status = 'completed', progress = 100, file_path = ${done.file_path}, record_count = ${done.record_count},
            completed_at = ${at(done.completed_at)}, expires_at = ${at(done.expires_at)}, claim_id = NULL, leased_until = NULL,
            updated_at = ${at(done.completed_at)}
          WHERE ${mine(claimed)}`.pipe(Effect.map(some), storage("complete")),

      fail: (claimed, error_message, now) =>
        sql`UPDATE data_exports SET status = 'failed', error_message = ${error_message}, claim_id = NULL, leased_until = NULL,
            updated_at = ${at(now)}
          WHERE ${mine(claimed)}`.pipe(Effect.map(some), storage("fail")),

      failDead: (error_message, now) =>
        sql`UPDATE data_exports SET status = 'failed', error_message = ${error_message}, claim_id = NULL, leased_until = NULL,
            updated_at = ${at(now)}
          WHERE leased_until <= ${at(now)} RETURNING ${columns(exportsTable)}`.pipe(
          Effect.map((found) => found.map((row) => exportOf(row as Raw))),
          storage("failDead")
        ),

      expired: (now, limit) =>
        sql`SELECT ${columns(exportsTable, "e")} FROM data_exports e WHERE e.file_path IS NOT NULL AND e.expires_at <= ${at(now)}
          ORDER BY e.expires_at, e.id LIMIT ${limit}`.pipe(
          Effect.map((found) => found.map((row) => exportOf(row as Raw))),
          storage("expired")
        ),

      forget: (exports, now) =>
        exports.length === 0
          ? Effect.void
          : sql`UPDATE data_exports SET file_path = NULL, updated_at = ${at(now)} WHERE id IN ${list(
              "uuid",
              exports.map(({ id }) => id)
            )} AND file_path IS NOT NULL AND expires_at <= ${at(now)}`.pipe(Effect.asVoid, storage("forget"))
    })
  })
)
