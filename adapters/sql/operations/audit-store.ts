/** The audit log in SQL: what triggers have staged, and the log that is made of it. */
import { createHash } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type AuditHead, type AuditLog, AuditStore, GENESIS, type RowChange, type SealedRow } from "../../../src/operations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"
import { hasAuditedWrites } from "../transaction.js"

const logsTable = table("audit_logs", {
  id: "uuid",
  organization_id: "uuid",
  position: "bigint",
  resource_type: "text",
  resource_id: "uuid",
  action: "text",
  changes: "json",
  actor_type: "text",
  actor_id: "text",
  metadata: "json",
  previous_hash: "text",
  hash: "text",
  created_at: "instant",
  updated_at: "instant"
})

/** Rows in one JSON parameter. */
const CHUNK = 5000

const logOf = decodeRow<AuditLog>(logsTable)

/** A row as it was hashed: its changes are read as the text that they are. */
const sealedTable = table("audit_logs", { ...logsTable.columns, changes: "text" })

const sealedOf = decodeRow<SealedRow>(sealedTable)

/** What differs from row to row of one append. */
const ROW = ["position", "id", "resource_type", "resource_id", "action", "changes", "hash"] as const

type StagedRow = Omit<RowChange, "table" | "beside"> & { readonly table_name: string; readonly beside: boolean | number }

const changeOf = ({ beside, table_name, ...staged }: StagedRow): RowChange => ({
  table: table_name,
  beside: beside === true || beside === 1,
  ...staged
})

const headOf = (row: unknown): AuditHead => {
  if (row === undefined) return GENESIS
  const { hash, position } = row as { readonly position: string; readonly hash: string }
  return { position: BigInt(position), hash }
}

export const auditStoreLayer: Layer.Layer<AuditStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  AuditStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { rows: bulk } = statements(sql, dialect)
    const page = readPage(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `audit_logs.${operation}`)
    const isPostgres = dialect.engine === "postgres"
    const verbatim = sql.literal(isPostgres ? "changes::json" : "changes")
    const selected = sql.literal(
      Object.entries(logsTable.columns)
        .map(([name, type]) => (name === "changes" && isPostgres ? "l.changes::text AS changes" : dialect.selectColumn(name, type, "l")))
        .join(", ")
    )
    const staged = "organization_id, table_name, row_id, action, changes, beside"
    // What somebody else's SQL has left is taken along with an organization's next change.
    const takeAll = isPostgres
      ? sql<StagedRow>`SELECT ${sql.literal(staged)} FROM billwright_take()`
      : Effect.zipLeft(
          sql<StagedRow>`SELECT ${sql.literal(staged)} FROM billwright_changes ORDER BY sequence`,
          sql`DELETE FROM billwright_changes`
        )

    return AuditStore.of({
      digest: (text) => createHash("sha256").update(text, "utf8").digest("hex"),

      take: Effect.flatMap(hasAuditedWrites, (wrote) =>
        wrote ? Effect.map(takeAll, (rows) => rows.map(changeOf)) : Effect.succeed([])
      ).pipe(storage("take")),

      lockHead: (organization_id) =>
        (isPostgres
          ? // The row is made where it is not there yet, and locked where it is; what is answered is what was committed last.
            sql`INSERT INTO audit_chains AS c (organization_id, position, hash, created_at, updated_at)
              VALUES (${organization_id}, 0, ${GENESIS.hash}, now(), now())
              ON CONFLICT (organization_id) DO UPDATE SET position = c.position RETURNING c.position::text AS position, c.hash`
          : sql`SELECT CAST(position AS TEXT) AS position, hash FROM audit_chains WHERE organization_id = ${organization_id}`
        ).pipe(
          Effect.map(([row]) => headOf(row)),
          storage("lockHead")
        ),

      append: (rows) =>
        Effect.gen(function* () {
          const last = rows.at(-1)
          if (last === undefined) return
          const at = DateTime.formatIso(last.created_at)
          const metadata = last.metadata === null ? null : JSON.stringify(last.metadata)
          for (let from = 0; from < rows.length; from += CHUNK) {
            const chunk = rows.slice(from, from + CHUNK)
            const given = bulk(
              ROW.map((column) => [column, sealedTable.columns[column]] as const),
              chunk.map((row) => ROW.map((column) => row[column]))
            )
            yield* sql`INSERT INTO audit_logs (organization_id, id, position, resource_type, resource_id, action, changes,
                actor_type, actor_id, metadata, previous_hash, hash, created_at, updated_at)
              SELECT ${last.organization_id}, id, position, resource_type, resource_id, action, ${verbatim},
                ${last.actor_type}, ${last.actor_id}, ${metadata}, lag(hash, 1, ${chunk[0]!.previous_hash}) OVER (ORDER BY position), hash,
                ${at}, ${at} FROM ${given} items`
          }
          yield* sql`INSERT INTO audit_chains (organization_id, position, hash, created_at, updated_at)
            VALUES (${last.organization_id}, ${last.position.toString()}, ${last.hash}, ${at}, ${at})
            ON CONFLICT (organization_id) DO UPDATE SET position = excluded.position, hash = excluded.hash, updated_at = excluded.updated_at`
        }).pipe(storage("append")),

      head: Effect.flatMap(
        CurrentOrganization,
        (organization) =>
          sql`SELECT ${sql.literal(dialect.selectColumn("position", "bigint", "c"))}, c.hash FROM audit_chains c WHERE c.organization_id = ${organization}`
      ).pipe(
        Effect.map(([row]) => headOf(row)),
        storage("head")
      ),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const { from, to } = filter
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, logsTable, filter, ["resource_type", "resource_id", "action", "actor_type", "actor_id"]),
          ...(from === undefined ? [] : [sql`t.created_at >= ${DateTime.formatIso(from)}`]),
          ...(to === undefined ? [] : [sql`t.created_at < ${DateTime.formatIso(to)}`])
        ]
        return yield* page(logsTable, logOf, conditions, request)
      }, storage("page")),

      behind: (position, limit) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) => sql`SELECT ${selected} FROM audit_logs l
            WHERE l.organization_id = ${organization} AND l.position > ${position.toString()} ORDER BY l.position LIMIT ${limit}`
        ).pipe(
          Effect.map((rows) => rows.map((row) => sealedOf(row as Record<string, unknown>))),
          storage("behind")
        )
    })
  })
)
