/** Billing entities in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { type BillingEntity, type BillingEntityCount, BillingEntityStore, InvoicePrefixTaken } from "../../../src/accounts/index.js"
import { CodeTaken, CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { readPage } from "../page.js"
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
    const page = readPage(sql, dialect)
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
      references: ({ id, organization_id }) =>
        sql<{ invoices: unknown; applied_taxes: unknown }>`SELECT
          (SELECT count(*) FROM invoices WHERE organization_id = ${organization_id} AND billing_entity_id = ${id} AND status <> 'draft') AS invoices,
          (SELECT count(*) FROM applied_taxes WHERE organization_id = ${organization_id} AND taxable_type = 'billing_entity'
            AND taxable_id = ${id}) AS applied_taxes`.pipe(
          Effect.map(([found]) => ({ invoices: Number(found!.invoices), applied_taxes: Number(found!.applied_taxes) })),
          storage("references")
        ),
      delete: ({ id, organization_id }, now) =>
        Effect.gen(function* () {
          const links = [
            ["customers", "billing_entity_id"],
            ["subscriptions", "billing_entity_id"],
            ["invoices", "billing_entity_id"],
            ["invoices", "named_billing_entity_id"]
          ] as const
          for (const [of, link] of links) {
            yield* sql`UPDATE ${sql.literal(of)} SET ${sql.literal(link)} = NULL, updated_at = ${DateTime.formatIso(now)}
              WHERE organization_id = ${organization_id} AND ${sql.literal(link)} = ${id}`
          }
          yield* sql`DELETE FROM invoice_number_raises WHERE organization_id = ${organization_id} AND billing_entity_id = ${id}`
          yield* sql`DELETE FROM billing_entities WHERE organization_id = ${organization_id} AND id = ${id}`
        }).pipe(storage("delete")),
      customerCounts: Effect.flatMap(
        CurrentOrganization,
        (organization) => sql<{ billing_entity_id: string; code: string; customers: unknown }>`
          SELECT b.id AS billing_entity_id, b.code AS code, COUNT(c.id) AS customers FROM billing_entities b
          LEFT JOIN customers c ON c.organization_id = b.organization_id AND c.billing_entity_id = b.id
          WHERE b.organization_id = ${organization} GROUP BY b.id, b.code ORDER BY b.id`
      ).pipe(
        Effect.map((found) => found.map((row): BillingEntityCount => ({ ...row, customers: Number(row.customers) }))),
        storage("customerCounts")
      ),
      raise: (raise) => insert(numberRaisesTable, [raise]).pipe(storage("raise")),
      page: (request) =>
        Effect.flatMap(CurrentOrganization, (organization) =>
          page(billingEntitiesTable, entityOf, [sql`t.organization_id = ${organization}`], request)
        ).pipe(storage("page")),
      all: all("").pipe(storage("all")),
      lockAll: all(dialect.forUpdate).pipe(storage("lockAll"))
    })
  })
)
