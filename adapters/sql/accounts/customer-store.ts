/** Customers in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { type Customer, CustomerStore } from "../../../src/accounts/index.js"
import { CurrentOrganization, ExternalIdTaken, type StorageError } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { customersTable } from "./tables.js"

const FIXED = ["id", "organization_id", "created_at"]
const CHANGING = Object.keys(customersTable.columns).filter((column) => !FIXED.includes(column))

/** What keeps a customer; movements, fees and entries follow these. */
export const keepers: ReadonlyArray<string> = [
  "subscriptions",
  "invoices",
  "fees",
  "credit_notes",
  "wallets",
  "payments",
  "payment_requests",
  "payment_methods",
  "applied_coupons",
  "applied_add_ons",
  "oem_profiles"
]

const customerOf = decodeRow<Customer>(customersTable)

const taken = (external_id: string) => (error: StorageError) =>
  isTaken(error, "customers", "external_id") ? new ExternalIdTaken({ entity: "customer", external_id }) : error

export const customerStoreLayer: Layer.Layer<CustomerStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  CustomerStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `customers.${operation}`)
    const page = readPage(sql, dialect)

    const select = (condition: Fragment, lock = "") =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) =>
          sql`SELECT ${columns(customersTable, "c")} FROM customers c WHERE c.organization_id = ${organization} AND ${condition}${sql.literal(lock)}`
      ).pipe(Effect.map((rows) => rows.map((row) => customerOf(row as Record<string, unknown>))))

    const first = <E, R>(rows: Effect.Effect<ReadonlyArray<Customer>, E, R>) => Effect.map(rows, (found) => found[0])

    return CustomerStore.of({
      insert: (customer) => insert(customersTable, [customer]).pipe(storage("insert"), Effect.mapError(taken(customer.external_id))),
      save: (customer) => update(customersTable, CHANGING, [customer]).pipe(storage("save"), Effect.mapError(taken(customer.external_id))),
      find: (ref) => first(select("id" in ref ? sql`c.id = ${ref.id}` : sql`c.external_id = ${ref.external_id}`)).pipe(storage("find")),
      load: (ids) => select(sql`c.id IN ${list("uuid", ids)}`).pipe(storage("load")),
      loadExternal: (external_ids) => select(sql`c.external_id IN ${list("text", external_ids)}`).pipe(storage("loadExternal")),
      lock: (id) => first(select(sql`c.id = ${id}`, dialect.forUpdate)).pipe(storage("lock")),
      isInUse: (customer) =>
        sql`SELECT 1 AS used FROM subscriptions WHERE organization_id = ${customer.organization_id} AND customer_id = ${customer.id}
          UNION ALL SELECT 1 FROM events WHERE organization_id = ${customer.organization_id} AND external_customer_id = ${customer.external_id}
          LIMIT 1`.pipe(
          Effect.map((rows) => rows.length > 0),
          storage("isInUse")
        ),
      references: ({ id, organization_id }) => {
        const counts = keepers.map(
          (of) =>
            sql`(SELECT count(*) FROM ${sql.literal(of)} WHERE organization_id = ${organization_id} AND customer_id = ${id}) AS ${sql.literal(of)}`
        )
        const taxes = sql`(SELECT count(*) FROM applied_taxes WHERE organization_id = ${organization_id} AND taxable_type = 'customer'
          AND taxable_id = ${id}) AS applied_taxes`
        return sql<Readonly<Record<string, unknown>>>`SELECT ${sql.csv([...counts, taxes])}`.pipe(
          Effect.map(([found]) => Object.fromEntries(Object.entries(found!).map(([by, count]) => [by, Number(count)]))),
          storage("references")
        )
      },
      delete: ({ id, organization_id }) =>
        Effect.gen(function* () {
          yield* sql`DELETE FROM customer_mailings WHERE organization_id = ${organization_id} AND id = ${id}`
          yield* sql`DELETE FROM integration_customers WHERE organization_id = ${organization_id} AND customer_id = ${id}`
          yield* sql`DELETE FROM customers WHERE organization_id = ${organization_id} AND id = ${id}`
        }).pipe(storage("delete")),
      page: (filter, request) =>
        Effect.flatMap(CurrentOrganization, (organization) =>
          page(
            customersTable,
            customerOf,
            [
              sql`t.organization_id = ${organization}`,
              ...(filter.external_id === undefined ? [] : [sql`t.external_id = ${filter.external_id}`]),
              ...(filter.billing_entity_id === undefined ? [] : [sql`t.billing_entity_id = ${filter.billing_entity_id}`])
            ],
            request
          )
        ).pipe(storage("page"))
    })
  })
)
