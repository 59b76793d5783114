/** Gapless numbers: counters are rows, taken as the last write of the transaction that finalizes (decision I2). */
import type { SqlClient } from "@effect/sql/SqlClient"
import { DateTime, Effect } from "effect"
import { dailyNumber, type Issue, invoiceNumber, type NumberSeries } from "../../../src/invoicing/index.js"
import type { DialectShape } from "../dialect.js"
import { statements } from "../statements.js"

const keyOf = (series: NumberSeries): string =>
  series.kind === "billing_entity" ? series.billing_entity_id : `${series.document} ${series.day}`

/** Numbers for documents in the order given: each series' counter moves once, by as many as it gives. */
export const takeNumbers = (sql: SqlClient, dialect: DialectShape) => {
  const { rows } = statements(sql, dialect)
  return Effect.fnUntraced(function* (organization: string, issues: ReadonlyArray<Pick<Issue, "series" | "issued_at">>) {
    const counts = new Map<string, { readonly series: NumberSeries; count: number; readonly at: DateTime.Utc }>()
    for (const { issued_at, series } of issues) {
      const known = counts.get(keyOf(series))
      if (known === undefined) counts.set(keyOf(series), { series, count: 1, at: issued_at })
      else known.count += 1
    }
    const next = new Map<string, { value: bigint; readonly format: (value: bigint) => string }>()
    const entities = [...counts.values()].filter((entry) => entry.series.kind === "billing_entity")
    if (entities.length > 0) {
      // RETURNING names the counters' own columns only: SQLite sees no others.
      const found = yield* sql<{ id: string; prefix: string; after: string }>`
        UPDATE billing_entities SET next_invoice_number = next_invoice_number + items.taken
        FROM ${rows(
          [
            ["id", "uuid"],
            ["taken", "integer"]
          ],
          entities.map((entry) => [keyOf(entry.series), entry.count]).sort()
        )} items
        WHERE billing_entities.organization_id = ${organization} AND billing_entities.id = items.id
        RETURNING billing_entities.id AS id, invoice_prefix AS prefix, CAST(next_invoice_number AS TEXT) AS after`
      for (const row of found) {
        const { count } = counts.get(row.id)!
        next.set(row.id, { value: BigInt(row.after) - BigInt(count), format: (value) => invoiceNumber(row.prefix, value) })
      }
    }
    for (const { at, count, series } of counts.values()) {
      if (series.kind !== "organization") continue
      const now = DateTime.formatIso(at)
      const found = yield* sql<{ after: string }>`
        INSERT INTO document_counters (organization_id, kind, day, next_value, created_at, updated_at)
        VALUES (${organization}, ${series.document}, ${series.day}, ${count + 1}, ${now}, ${now})
        ON CONFLICT (organization_id, kind, day) DO UPDATE SET next_value = document_counters.next_value + ${count}, updated_at = excluded.updated_at
        RETURNING CAST(next_value AS TEXT) AS after`
      next.set(keyOf(series), {
        value: BigInt(found[0]!.after) - BigInt(count),
        format: (value) => dailyNumber(series.document, series.day, value)
      })
    }
    return issues.map(({ series }) => {
      const counter = next.get(keyOf(series))!
      return counter.format(counter.value++)
    })
  })
}
