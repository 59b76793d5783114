/** Closed windows and the fees for them in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { Fee } from "../../../src/invoicing/index.js"
import { BilledUsageStore, type BilledWindow } from "../../../src/usage/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { feesTable } from "../invoicing/tables.js"
import { statements } from "../statements.js"
import { decodeRow, table, writeValue } from "../table.js"

const windowsTable = table("billed_periods", {
  period_start: "instant",
  period_end: "instant",
  plan_id: "uuid",
  plan_version: "integer",
  skipped: "boolean"
})

const windowOf = decodeRow<BilledWindow>(windowsTable)
const feeOf = decodeRow<Fee>(feesTable)

export const billedUsageStoreLayer: Layer.Layer<BilledUsageStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  BilledUsageStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns } = statements(sql, dialect)

    return BilledUsageStore.of({
      lastWindows: Effect.fnUntraced(
        function* (subscription_id, count) {
          const organization = yield* CurrentOrganization
          const found = yield* sql`SELECT ${columns(windowsTable, "b")} FROM billed_periods b WHERE b.organization_id = ${organization}
            AND b.subscription_id = ${subscription_id} AND b.kind = 'usage' ORDER BY b.period_start DESC LIMIT ${count}`
          const windows = found.map((row) => windowOf(row as Record<string, unknown>))
          const earliest = windows.at(-1)
          if (earliest === undefined) return { windows: [], fees: [] }
          const rows = yield* sql`SELECT ${columns(feesTable, "f")} FROM fees f
            LEFT JOIN invoices i ON i.organization_id = f.organization_id AND i.id = f.invoice_id
            WHERE f.organization_id = ${organization} AND f.subscription_id = ${subscription_id} AND f.fee_type = 'charge'
              AND f.period_start >= ${writeValue("instant", earliest.period_start) as string}
              AND (i.id IS NULL OR (i.status <> 'voided' AND i.invoice_type <> 'progressive_billing'))
            ORDER BY f.period_start, f.invoice_id, f.position`
          return { windows, fees: rows.map((row) => feeOf(row as Record<string, unknown>)) }
        },
        asStorage(dialect, "usage.lastWindows")
      )
    })
  })
)
