/** Bills of closed installations in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type InstallationBill, InstallationBillStore } from "../../../src/fieldwork/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

const billsTable = table("installation_bills", {
  id: "uuid",
  organization_id: "uuid",
  status: "text",
  applied_add_on_id: "uuid",
  invoice_id: "uuid",
  error: "text",
  created_at: "instant",
  updated_at: "instant"
})

const CHANGING = ["status", "applied_add_on_id", "invoice_id", "error", "updated_at"]

const billOf = decodeRow<InstallationBill>(billsTable)

export const installationBillStoreLayer: Layer.Layer<InstallationBillStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  InstallationBillStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `installation_bills.${operation}`)

    const one = (lock: string) =>
      Effect.fnUntraced(function* (id: string) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(billsTable, "b")} FROM installation_bills b
          WHERE b.organization_id = ${organization} AND b.id = ${id}${sql.literal(lock)}`
        return found === undefined ? undefined : billOf(found as Record<string, unknown>)
      })

    return InstallationBillStore.of({
      insert: (bill) => insert(billsTable, [bill]).pipe(storage("insert")),
      save: (bill) => update(billsTable, CHANGING, [bill]).pipe(storage("save")),
      find: (id) => one("")(id).pipe(storage("find")),
      lock: (id) => one(dialect.forUpdate)(id).pipe(storage("lock")),
      pending: Effect.fnUntraced(function* (limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ id: string }>`SELECT b.id FROM installation_bills b
          WHERE b.organization_id = ${organization} AND b.status = 'pending' ORDER BY b.id LIMIT ${limit}`
        return found.map(({ id }) => id)
      }, storage("pending"))
    })
  })
)
