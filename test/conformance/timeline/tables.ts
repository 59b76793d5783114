/** Every row of a database as text: what a refused step must leave as it was. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { Dialect } from "../../../adapters/sql/dialect.js"

const TABLES = {
  sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  postgres: "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
}

export const everyRow = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { engine } = yield* Dialect
  const tables = yield* sql.unsafe<{ readonly name: string }>(TABLES[engine])
  const rows = yield* Effect.forEach(tables, ({ name }) => Effect.map(sql.unsafe(`SELECT * FROM ${name}`), (all) => [name, all] as const))
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
