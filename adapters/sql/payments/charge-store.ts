/** Charges in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type PaymentCharge, PaymentChargeStore } from "../../../src/payments/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { paymentChargesTable } from "./tables.js"

const CHANGING = [
  "provider_checkout_id",
  "provider_payment_id",
  "amount_cents",
  "status",
  "failure_reason",
  "called_at",
  "due_at",
  "updated_at"
]

const chargeOf = decodeRow<PaymentCharge>(paymentChargesTable)

export const paymentChargeStoreLayer: Layer.Layer<PaymentChargeStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  PaymentChargeStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `payment_charges.${operation}`)

    const select = (condition: Fragment, lock = "") =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) => sql`SELECT ${columns(paymentChargesTable, "c")} FROM payment_charges c
          WHERE c.organization_id = ${organization} AND ${condition} ORDER BY c.id${sql.literal(lock)}`
      ).pipe(Effect.map((rows) => rows.map((row) => chargeOf(row as Record<string, unknown>))))

    return PaymentChargeStore.of({
      insert: (charges) => insert(paymentChargesTable, charges).pipe(storage("insert")),
      save: (charges) => update(paymentChargesTable, CHANGING, charges).pipe(storage("save")),

      due: Effect.fnUntraced(function* (now, limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ id: string }>`SELECT c.id FROM payment_charges c WHERE c.organization_id = ${organization}
          AND c.due_at IS NOT NULL AND c.due_at <= ${DateTime.formatIso(now)} ORDER BY c.due_at, c.id LIMIT ${limit}`
        return found.map(({ id }) => id)
      }, storage("due")),

      isUnderWay: Effect.fnUntraced(function* (provider) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT c.id FROM payment_charges c WHERE c.organization_id = ${organization} AND c.due_at IS NOT NULL
          AND c.provider = ${provider} AND c.called_at IS NOT NULL LIMIT 1`
        return found.length > 0
      }, storage("isUnderWay")),

      load: (ids) => (ids.length === 0 ? Effect.succeed([]) : select(sql`c.id IN ${list("uuid", ids)}`)).pipe(storage("load")),

      matching: (provider, references) => {
        if (references.length === 0) return Effect.succeed([])
        const named = (column: string, values: ReadonlyArray<string | null>) =>
          sql`c.${sql.literal(column)} IN ${list(
            "text",
            values.filter((value) => value !== null)
          )}`
        return select(
          sql`c.provider = ${provider} AND (${named(
            "provider_checkout_id",
            references.map((one) => one.provider_checkout_id)
          )} OR ${named(
            "provider_payment_id",
            references.map((one) => one.provider_payment_id)
          )} OR ${named(
            "key",
            references.map((one) => one.key)
          )})`
        ).pipe(storage("matching"))
      },

      lock: Effect.fnUntraced(function* (ids) {
        if (ids.length === 0) return []
        return yield* select(sql`c.id IN ${list("uuid", ids)}`, dialect.forUpdate)
      }, storage("lock"))
    })
  })
)
