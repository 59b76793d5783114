/** The audit log in SQL: what triggers have staged, and the log that is made of it. */
import { createHash } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type AuditHead, type AuditLog, AuditStore, GENESIS, type RowChange } from "../../../src/operations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { tablesOf } from "../migrate.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { type ColumnType, decodeRow, readValue, table } from "../table.js"
import { hasAuditedWrites } from "../transaction.js"
import { toldColumns } from "./audit-triggers.js"

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

const logOf = decodeRow<AuditLog>(logsTable)

interface StagedRow {
  readonly sequence: string | number
  readonly organization_id: string
  readonly table_name: string
  readonly row_id: string
  readonly row_before: string | null
  readonly row_after: string | null
  readonly beside: boolean | number
}

type Columns = ReadonlyArray<readonly [name: string, type: ColumnType]>

/** A value as the log has it: equal on both engines, and the same again when it is read back. */
const plainOf = (type: ColumnType, value: unknown): unknown => {
  const read = readValue(type, value)
  if (typeof read === "bigint") return read.toString()
  return DateTime.isDateTime(read) ? DateTime.formatIso(read) : read
}

const rowOf = (columns: Columns, staged: string | null): RowChange["before"] => {
  if (staged === null) return null
  const values = JSON.parse(staged) as ReadonlyArray<unknown>
  return Object.fromEntries(columns.map(([name, type], index) => [name, plainOf(type, values[index])]))
}

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
    const { columns, insert } = statements(sql, dialect)
    const page = readPage(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `audit_logs.${operation}`)
    const told = new Map<string, Columns>(tablesOf(dialect).map((one) => [one.name, toldColumns(one)]))
    const isPostgres = dialect.engine === "postgres"

    const changeOf = (staged: StagedRow): RowChange => {
      const of = told.get(staged.table_name)!
      return {
        organization_id: staged.organization_id,
        table: staged.table_name,
        row_id: staged.row_id,
        before: rowOf(of, staged.row_before),
        after: rowOf(of, staged.row_after),
        beside: staged.beside === true || staged.beside === 1
      }
    }

    // What somebody else's SQL has left is taken along with an organization's next change.
    const takeAll = isPostgres
      ? sql<StagedRow>`DELETE FROM billwright_changes c WHERE c.organization_id IN
          (SELECT own.organization_id FROM billwright_changes own WHERE own.xid = pg_current_xact_id_if_assigned())
          RETURNING c.sequence, c.organization_id, c.table_name, c.row_id, c.row_before, c.row_after, c.xid <> pg_current_xact_id() AS beside`
      : sql<StagedRow>`DELETE FROM billwright_changes RETURNING sequence, organization_id, table_name, row_id, row_before, row_after, beside`

    return AuditStore.of({
      digest: (text) => createHash("sha256").update(text, "utf8").digest("hex"),

      take: Effect.flatMap(hasAuditedWrites, (wrote) =>
        wrote
          ? Effect.map(takeAll, (staged) => staged.toSorted((a, b) => Number(a.sequence) - Number(b.sequence)).map(changeOf))
          : Effect.succeed([])
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
          yield* insert(logsTable, rows)
          const at = DateTime.formatIso(last.created_at)
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
          ...equalTo(sql, filter, ["resource_type", "resource_id", "action", "actor_type", "actor_id"]),
          ...(from === undefined ? [] : [sql`t.created_at >= ${DateTime.formatIso(from)}`]),
          ...(to === undefined ? [] : [sql`t.created_at < ${DateTime.formatIso(to)}`])
        ]
        return yield* page(logsTable, logOf, conditions, request)
      }, storage("page")),

      behind: (position, limit) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) => sql`SELECT ${columns(logsTable, "l")} FROM audit_logs l
            WHERE l.organization_id = ${organization} AND l.position > ${position.toString()} ORDER BY l.position LIMIT ${limit}`
        ).pipe(
          Effect.map((rows) => rows.map((row) => logOf(row as Record<string, unknown>))),
          storage("behind")
        )
    })
  })
)
