/** Every row of an organization as text: what a refused step must leave as it was. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { Dialect } from "../../../adapters/sql/dialect.js"
import { CurrentOrganization } from "../../../src/core/index.js"

/** Tables with rows of organizations. */
const TABLES = {
  sqlite: `SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c ON c.name = 'organization_id'
    WHERE t.type = 'table' ORDER BY t.name`,
  postgres: `SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = current_schema() AND column_name = 'organization_id' ORDER BY table_name`
}

export const everyRow = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { engine } = yield* Dialect
  const organization = yield* CurrentOrganization
  const tables = yield* sql.unsafe<{ readonly name: string }>(TABLES[engine])
  const rows = yield* Effect.forEach(tables, ({ name }) =>
    Effect.map(sql`SELECT * FROM ${sql.literal(name)} WHERE organization_id = ${organization}`, (all) => [name, all] as const)
  )
  return rows
    .map(
      ([name, all]) =>
        `${name}\n${all
          .map((row) => JSON.stringify(row))
          .toSorted()
          .join("\n")}`
    )
    .join("\n")
})
