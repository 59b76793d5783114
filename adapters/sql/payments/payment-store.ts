/** Payments in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type ChargedInvoice, type Payment, PaymentStore } from "../../../src/payments/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { paymentsTable } from "./tables.js"

const FIXED = ["id", "organization_id", "invoice_id", "customer_id", "currency", "created_at"]
const CHANGING = Object.keys(paymentsTable.columns).filter((column) => !FIXED.includes(column))

const paymentOf = decodeRow<Payment>(paymentsTable)

export const paymentStoreLayer: Layer.Layer<PaymentStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  PaymentStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `payments.${operation}`)
    const page = readPage(sql, dialect)

    const select = (condition: Fragment, lock = "") =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) => sql`SELECT ${columns(paymentsTable, "p")} FROM payments p WHERE p.organization_id = ${organization}
          AND ${condition} ORDER BY p.id${sql.literal(lock)}`
      ).pipe(Effect.map((rows) => rows.map((row) => paymentOf(row as Record<string, unknown>))))

    const first = <E, R>(rows: Effect.Effect<ReadonlyArray<Payment>, E, R>) => Effect.map(rows, (found) => found[0])

    return PaymentStore.of({
      insert: (payments) => insert(paymentsTable, payments).pipe(storage("insert")),
      save: (payments) => update(paymentsTable, CHANGING, payments).pipe(storage("save")),
      find: (id) => first(select(sql`p.id = ${id}`)).pipe(storage("find")),
      lock: (id) => first(select(sql`p.id = ${id}`, dialect.forUpdate)).pipe(storage("lock")),

      load: (ids) => (ids.length === 0 ? Effect.succeed([]) : select(sql`p.id IN ${list("uuid", ids)}`).pipe(storage("load"))),

      ofInvoices: (invoice_ids) =>
        select(sql`p.status IN ('succeeded', 'refunded') AND p.invoice_id IN ${list("uuid", invoice_ids)}`).pipe(storage("ofInvoices")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM payments WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("remove")),

      invoicesOf: Effect.fnUntraced(function* (charge_ids) {
        if (charge_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        return yield* sql<ChargedInvoice>`SELECT p.payment_charge_id, p.invoice_id FROM payments p
          WHERE p.organization_id = ${organization} AND p.payment_charge_id IN ${list("uuid", charge_ids)} ORDER BY p.id`
      }, storage("invoicesOf")),

      ofCharges: (charge_ids) =>
        charge_ids.length === 0
          ? Effect.succeed([])
          : select(sql`p.payment_charge_id IN ${list("uuid", charge_ids)}`).pipe(storage("ofCharges")),

      failedOf: Effect.fnUntraced(function* (customer_id) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql<{ failed: number }>`SELECT COUNT(*) AS failed FROM payments p
          WHERE p.organization_id = ${organization} AND p.customer_id = ${customer_id} AND p.status = 'failed'`
        return Number(found!.failed)
      }, storage("failedOf")),

      underWay: (invoice_ids) =>
        invoice_ids.length === 0
          ? Effect.succeed([])
          : select(sql`p.status IN ('pending', 'processing') AND p.invoice_id IN ${list("uuid", invoice_ids)}`).pipe(storage("underWay")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, paymentsTable, filter, ["invoice_id", "customer_id", "payment_request_id", "status", "provider"])
        return yield* page(paymentsTable, paymentOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page"))
    })
  })
)
