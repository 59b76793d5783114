/** The revision of a database, over its client. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { Transactor } from "../../src/core/index.js"
import { Revision } from "../../src/operations/index.js"
import { Dialect } from "./dialect.js"
import { migrate, migrationStatus, printSql, requireRevision } from "./migrate.js"

export const revisionLayer: Layer.Layer<Revision, never, SqlClient.SqlClient | Dialect | Transactor> = Layer.effect(
  Revision,
  Effect.gen(function* () {
    const dialect = yield* Dialect
    const services = yield* Effect.context<SqlClient.SqlClient | Dialect | Transactor>()
    return Revision.of({
      migrate: Effect.provide(migrate, services),
      require: Effect.provide(requireRevision, services),
      status: Effect.provide(migrationStatus, services),
      printSql: printSql(dialect)
    })
  })
)
