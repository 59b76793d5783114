/** Payment methods in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type PaymentMethod, PaymentMethodStore } from "../../../src/payments/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { paymentMethodsTable } from "./tables.js"

const methodOf = decodeRow<PaymentMethod>(paymentMethodsTable)

export const paymentMethodStoreLayer: Layer.Layer<PaymentMethodStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  PaymentMethodStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `payment_methods.${operation}`)
    const page = readPage(sql, dialect)
    const isDefault = sql.literal(dialect.engine === "postgres" ? "m.is_default" : "m.is_default = 1")

    const select = (condition: Fragment) =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) => sql`SELECT ${columns(paymentMethodsTable, "m")} FROM payment_methods m
          WHERE m.organization_id = ${organization} AND ${condition} ORDER BY m.id`
      ).pipe(Effect.map((rows) => rows.map((row) => methodOf(row as Record<string, unknown>))))

    return PaymentMethodStore.of({
      insert: (method) => insert(paymentMethodsTable, [method]).pipe(storage("insert")),
      save: (methods) => update(paymentMethodsTable, ["is_default", "details", "updated_at"], methods).pipe(storage("save")),

      find: (id) => Effect.map(select(sql`m.id = ${id}`), ([method]) => method).pipe(storage("find")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM payment_methods WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("remove")),

      ofCustomers: (customer_ids) => select(sql`m.customer_id IN ${list("uuid", customer_ids)}`).pipe(storage("ofCustomers")),

      defaults: (customer_ids) =>
        customer_ids.length === 0
          ? Effect.succeed([])
          : select(sql`${isDefault} AND m.customer_id IN ${list("uuid", customer_ids)}`).pipe(storage("defaults")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, paymentMethodsTable, filter, ["customer_id"])]
        return yield* page(paymentMethodsTable, methodOf, conditions, request)
      }, storage("page"))
    })
  })
)
