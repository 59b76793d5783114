/** The rows of data exports in SQL: page after page by id, which is given in order of time, so that no page is sorted or read twice. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Chunk, DateTime, Effect, Layer, Option, Stream } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type ExportQuery, type ExportRow, ExportRows, type ExportType } from "../../../src/operations/index.js"
import { customersTable } from "../accounts/tables.js"
import { creditNotesTable } from "../credits/note-store.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { feesTable, invoicesTable } from "../invoicing/tables.js"
import { eventsTable } from "../metering/event-store.js"
import { oneState, ReadConnections } from "../read-connection.js"
import { subscriptionsTable } from "../subscriptions/tables.js"
import { readValue, type Table, table } from "../table.js"

const PAGE = 2500

const auditLogsTable = table("audit_logs", {
  id: "uuid",
  organization_id: "uuid",
  resource_type: "text",
  resource_id: "uuid",
  action: "text",
  changes: "json",
  actor_type: "text",
  actor_id: "text",
  created_at: "instant"
})

interface Source {
  readonly table: Table
  /** The export's columns, each with the table's. */
  readonly columns: Readonly<Record<string, string>>
  /** What `from` and `to` are about. */
  readonly time: string
}

const same = (...names: ReadonlyArray<string>): Readonly<Record<string, string>> => Object.fromEntries(names.map((name) => [name, name]))

const SOURCES: Readonly<Record<ExportType, Source>> = {
  invoices: {
    table: invoicesTable,
    columns: {
      number: "invoice_number",
      subtotal: "subtotal_cents",
      tax_amount: "tax_amount_cents",
      total: "total_cents",
      ...same("customer_id", "status", "currency", "issued_at", "due_date", "paid_at")
    },
    time: "created_at"
  },
  customers: {
    table: customersTable,
    columns: same("external_id", "name", "email", "currency", "timezone", "created_at"),
    time: "created_at"
  },
  subscriptions: {
    table: subscriptionsTable,
    columns: same("external_id", "customer_id", "plan_id", "status", "billing_time", "started_at", "canceled_at", "created_at"),
    time: "created_at"
  },
  events: {
    table: eventsTable,
    columns: same("transaction_id", "external_customer_id", "code", "timestamp", "created_at"),
    time: "timestamp"
  },
  fees: {
    table: feesTable,
    columns: same("id", "invoice_id", "fee_type", "amount_cents", "units", "events_count", "payment_status", "created_at"),
    time: "created_at"
  },
  credit_notes: {
    table: creditNotesTable,
    columns: same(
      "number",
      "invoice_id",
      "customer_id",
      "credit_note_type",
      "status",
      "total_amount_cents",
      "currency",
      "issued_at",
      "created_at"
    ),
    time: "created_at"
  },
  audit_logs: {
    table: auditLogsTable,
    columns: same("id", "resource_type", "resource_id", "action", "actor_type", "actor_id", "changes", "created_at"),
    time: "created_at"
  }
}

type Raw = Readonly<Record<string, unknown>>

export const exportRowsLayer: Layer.Layer<ExportRows, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  ExportRows,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const open = (yield* ReadConnections) ?? sql.reserve
    const storage = (operation: string) => asStorage(dialect, `exports.${operation}`)

    const conditionsOf = ({ equal, export_type, from, to }: ExportQuery, organization: string) => {
      const { time } = SOURCES[export_type]
      const at = sql.literal(`t.${time}`)
      return sql.and([
        sql`t.organization_id = ${organization}`,
        ...Object.entries(equal).map(([column, value]) => sql`${sql.literal(`t.${column}`)} = ${value}`),
        ...(from === null ? [] : [sql`${at} >= ${DateTime.formatIso(from)}`]),
        ...(to === null ? [] : [sql`${at} < ${DateTime.formatIso(to)}`])
      ])
    }

    /** Reads the page behind an id: rows as the domain has them, and the last id where more may come. */
    const reader = (query: ExportQuery, organization: string) => {
      const { columns, table: of } = SOURCES[query.export_type]
      const typed = Object.entries(columns).map(([name, column]) => [name, column, of.columns[column]!] as const)
      const selected = sql.literal(typed.map(([name, column, type]) => `${dialect.readColumn(column, type, "t")} AS ${name}`).join(", "))
      const conditions = conditionsOf(query, organization)
      const rowOf = (raw: Raw): ExportRow => Object.fromEntries(typed.map(([name, , type]) => [name, readValue(type, raw[name])]))
      return (after: string | null) =>
        Effect.map(
          sql`SELECT t.id AS exported_id, ${selected} FROM ${sql.literal(of.name)} t
            WHERE ${conditions} ${after === null ? sql.literal("") : sql`AND t.id < ${after}`} ORDER BY t.id DESC LIMIT ${PAGE}`,
          (found) => ({
            rows: found.map((row) => rowOf(row as Raw)),
            last: found.length < PAGE ? null : ((found.at(-1) as Raw).exported_id as string)
          })
        )
    }

    return ExportRows.of({
      count: Effect.fnUntraced(function* (query) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql<{ rows: unknown }>`SELECT count(*) AS rows FROM ${sql.literal(SOURCES[query.export_type].table.name)} t
          WHERE ${conditionsOf(query, organization)}`
        return Number(found!.rows)
      }, storage("count")),

      pages: (query) =>
        Stream.unwrapScoped(
          Effect.gen(function* () {
            const organization = yield* CurrentOrganization
            const inside = yield* oneState(open, dialect)
            const read = reader(query, organization)
            return Stream.paginateChunkEffect(null as string | null, (after) =>
              Effect.map(
                inside(read(after)).pipe(storage("pages"), Effect.zipLeft(dialect.breathe)),
                ({ last, rows }) => [Chunk.of(rows as ReadonlyArray<ExportRow>), last === null ? Option.none() : Option.some(last)] as const
              )
            )
          })
        )
    })
  })
)
