/** Single fees in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type Fee, FeeStore } from "../../../src/invoicing/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { feesTable } from "./tables.js"

const feeOf = decodeRow<Fee>(feesTable)

export const feeStoreLayer: Layer.Layer<FeeStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  FeeStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `fees.${operation}`)
    const page = readPage(sql, dialect)

    const one = Effect.fnUntraced(function* (id: string, more: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${columns(feesTable, "f")} FROM fees f WHERE f.organization_id = ${organization}
        AND f.id = ${id}${sql.literal(more)}`
      return found === undefined ? undefined : feeOf(found as Record<string, unknown>)
    })

    return FeeStore.of({
      find: (id) => one(id, "").pipe(storage("find")),
      lockAlone: (id) => one(id, ` AND f.invoice_id IS NULL${dialect.forUpdate}`).pipe(storage("lockAlone")),

      page: Effect.fnUntraced(function* ({ invoice_id, ...filter }, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, feesTable, filter, ["customer_id", "subscription_id", "charge_id", "fee_type", "payment_status"]),
          ...(invoice_id === null ? [sql`t.invoice_id IS NULL`] : equalTo(sql, feesTable, { invoice_id }, ["invoice_id"]))
        ]
        return yield* page(feesTable, feeOf, conditions, request)
      }, storage("page")),

      save: (fee) => update(feesTable, ["description", "payment_status", "properties", "updated_at"], [fee]).pipe(storage("save")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM fees WHERE organization_id = ${organization} AND id = ${id} AND invoice_id IS NULL`
      }, storage("remove")),

      tell: ({ id, organization_id }, action, changes) =>
        sql`INSERT INTO billwright_changes (organization_id, table_name, row_id, action, changes)
          VALUES (${organization_id}, 'fees', ${id}, ${action}, ${JSON.stringify(changes)})`.pipe(Effect.asVoid, storage("tell"))
    })
  })
)
