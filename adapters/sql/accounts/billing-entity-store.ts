/** Billing entities in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { type BillingEntity, BillingEntityStore, InvoicePrefixTaken } from "../../../src/accounts/index.js"
import { CodeTaken, CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"
import { billingEntitiesTable } from "./tables.js"

const numberRaisesTable = table("invoice_number_raises", {
  id: "uuid",
  organization_id: "uuid",
  billing_entity_id: "uuid",
  from_number: "bigint",
  to_number: "bigint",
  created_at: "instant",
  updated_at: "instant"
})

const FIXED = ["id", "organization_id", "created_at"]
const CHANGING = Object.keys(billingEntitiesTable.columns).filter((column) => !FIXED.includes(column))

const entityOf = decodeRow<BillingEntity>(billingEntitiesTable)

const taken = (entity: BillingEntity) => (error: StorageError) =>
  isTaken(error, "billing_entities", "code")
    ? new CodeTaken({ entity: "billing entity", code: entity.code })
    : isTaken(error, "billing_entities", "invoice_prefix")
      ? new InvoicePrefixTaken({ invoice_prefix: entity.invoice_prefix })
      : error

export const billingEntityStoreLayer: Layer.Layer<BillingEntityStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  BillingEntityStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `billing_entities.${operation}`)

    const all = (lock: string) =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) =>
          sql`SELECT ${columns(billingEntitiesTable, "b")} FROM billing_entities b WHERE b.organization_id = ${organization}
            ORDER BY b.id${sql.literal(lock)}`
      ).pipe(Effect.map((rows) => rows.map((row) => entityOf(row as Record<string, unknown>))))

    return BillingEntityStore.of({
      insert: (entity) => insert(billingEntitiesTable, [entity]).pipe(storage("insert"), Effect.mapError(taken(entity))),
      save: (entity) => update(billingEntitiesTable, CHANGING, [entity]).pipe(storage("save"), Effect.mapError(taken(entity))),
      raise: (raise) => insert(numberRaisesTable, [raise]).pipe(storage("raise")),
      all: all("").pipe(storage("all")),
      lockAll: all(dialect.forUpdate).pipe(storage("lockAll"))
    })
  })
)
