/** What came of asking tax integrations about invoices, in SQL. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { InvoiceStore } from "../../../src/invoicing/index.js"
import type { DialectShape } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"

const TAXATION = [
  ["organization_id", "uuid"],
  ["invoice_id", "uuid"],
  ["integration_id", "uuid"],
  ["provider_type", "text"],
  ["status", "text"],
  ["error_code", "text"],
  ["error_message", "text"],
  ["created_at", "instant"],
  ["updated_at", "instant"]
] as const

export const taxations = (sql: SqlClient, dialect: DialectShape): Pick<typeof InvoiceStore.Service, "recordTaxations" | "suppliers"> => {
  const { rows } = statements(sql, dialect)
  const storage = (operation: string) => asStorage(dialect, `invoices.${operation}`)

  return {
    recordTaxations: Effect.fnUntraced(function* (taxations) {
      if (taxations.length === 0) return
      const organization = yield* CurrentOrganization
      const names = sql.literal(TAXATION.map(([name]) => name).join(", "))
      const given = rows(
        TAXATION,
        taxations.map((row) => TAXATION.map(([name]) => row[name]))
      )
      yield* sql`INSERT INTO invoice_taxations (${names}, attempts)
        SELECT ${sql.literal(TAXATION.map(([name]) => `items.${name}`).join(", "))}, 1 FROM ${given} items
        JOIN invoices i ON i.organization_id = ${organization} AND i.id = items.invoice_id WHERE true
        ON CONFLICT (organization_id, invoice_id) DO UPDATE SET attempts = invoice_taxations.attempts + 1, integration_id = excluded.integration_id,
          provider_type = excluded.provider_type, status = excluded.status, error_code = excluded.error_code,
          error_message = excluded.error_message, updated_at = excluded.updated_at`
    }, storage("recordTaxations")),

    suppliers: Effect.fnUntraced(function* (ids) {
      if (ids.length === 0) return []
      const organization = yield* CurrentOrganization
      return yield* sql<{ readonly invoice_id: string; readonly integration_id: string }>`SELECT x.invoice_id, x.integration_id
        FROM invoice_taxations x JOIN ${rows(
          [["invoice_id", "uuid"]],
          ids.map((id) => [id])
        )} items ON items.invoice_id = x.invoice_id
        WHERE x.organization_id = ${organization} AND x.status = 'succeeded' AND x.integration_id IS NOT NULL`
    }, storage("suppliers"))
  }
}
