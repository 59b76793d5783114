/** The sandbox of a database: its organization's rows in memory, under the same stores. */
import type * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { Sandbox, type Stores } from "../../src/client/index.js"
import { type AdapterMissing, CurrentOrganization, Ids, type StorageError, type Transactor } from "../../src/core/index.js"
import { readOrganization, type TableRows } from "./copy.js"
import type { Dialect } from "./dialect.js"
import { storesLayer } from "./stores.js"
import { outsideTransactions } from "./transaction.js"

type Client = SqlClient.SqlClient | Dialect | Transactor

/** A database in memory that holds these rows; gone with its scope. */
export type MemoryCopy = (tables: ReadonlyArray<TableRows>) => Layer.Layer<Client, StorageError>

export const sandboxLayer = (memory: Effect.Effect<MemoryCopy, AdapterMissing>): Layer.Layer<Sandbox, never, Client> =>
  Layer.effect(
    Sandbox,
    Effect.map(Effect.context<Client>(), (source) =>
      Sandbox.of({
        inside: (work) =>
          Effect.gen(function* () {
            const copyOf = yield* memory
            const organization = yield* CurrentOrganization
            const tables = yield* readOrganization.pipe(Effect.provide(source), Effect.provideService(CurrentOrganization, organization))
            const stores: Layer.Layer<Stores | Ids, StorageError> = storesLayer.pipe(
              Layer.provideMerge(copyOf(tables)),
              Layer.provideMerge(Ids.layer)
            )
            return yield* outsideTransactions(Effect.provide(work, stores))
          })
      })
    )
  )
