/** The revision of a database, over its client. */
import type * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import type { Transactor } from "../../src/core/index.js"
import { Revision } from "../../src/operations/index.js"
import type { Dialect } from "./dialect.js"
import { guards, migrate, migrationStatus, requireRevision } from "./migrate.js"

export const revisionLayer: Layer.Layer<Revision, never, SqlClient.SqlClient | Dialect | Transactor> = Layer.effect(
  Revision,
  Effect.gen(function* () {
    const services = yield* Effect.context<SqlClient.SqlClient | Dialect | Transactor>()
    return Revision.of({
      migrate: Effect.provide(migrate, services),
      require: Effect.provide(requireRevision, services),
      guards: Effect.provide(guards, services),
      status: Effect.provide(migrationStatus, services)
    })
  })
)
