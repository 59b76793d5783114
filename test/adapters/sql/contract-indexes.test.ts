import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Dialect } from "../../../adapters/sql/dialect.js"
import { describeEngines } from "../../support/describe-engines.js"

/** What the contract of tables says is indexed over all rows: people who query these tables count on it. */
const CONTRACT: ReadonlyArray<readonly [table: string, ...columns: ReadonlyArray<string>]> = [
  ["events", "external_customer_id"],
  ["events", "external_customer_id", "code", "timestamp"],
  ["invoice_settlements", "settlement_type", "source_id"],
  ["applied_taxes", "taxable_type", "taxable_id"],
  ["audit_logs", "resource_id"],
  ["notifications", "recipient"],
  ["notifications", "status"],
  ["notifications", "context_type"],
  ["notifications", "created_at"],
  ["call_logs", "call_type"],
  ["call_logs", "context_type"],
  ["call_logs", "called_at"],
  ["report_submissions", "report_type"],
  ["report_submissions", "oem"],
  ["report_submissions", "submitted_at"]
]

/** Indexes over all rows of a table, by their columns in order. */
const indexes = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { engine } = yield* Dialect
  const found =
    engine === "sqlite"
      ? yield* sql<{ owner: string; name: string; field: string }>`SELECT t.name AS owner, i.name AS name, c.name AS field
          FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
          WHERE t.type = 'table' AND i.partial = 0 ORDER BY t.name, i.name, c.seqno`
      : yield* sql<{ owner: string; name: string; field: string }>`SELECT t.relname AS owner, i.relname AS name, a.attname AS field
          FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_attribute a ON a.attrelid = i.oid
          WHERE x.indpred IS NULL AND x.indisvalid ORDER BY t.relname, i.relname, a.attnum`
  const columns = new Map<string, { readonly table: string; readonly columns: Array<string> }>()
  for (const { field, name, owner } of found) {
    const known = columns.get(name) ?? { table: owner, columns: [] }
    known.columns.push(field)
    columns.set(name, known)
  }
  return [...columns.values()]
})

describeEngines("an index of the contract", (engine) => {
  it("finds rows of an organization by its columns", async () => {
    const found = await engine.run(indexes)
    const missing = CONTRACT.filter(
      ([table, ...columns]) =>
        !found.some(
          (index) => index.table === table && ["organization_id", ...columns].every((column, place) => index.columns[place] === column)
        )
    )
    expect(missing).toEqual([])
  })
})
