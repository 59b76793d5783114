/** The library's services over an engine, at the time of a clock that the case sets. */
import type * as SqlClient from "@effect/sql/SqlClient"
import { Layer, ManagedRuntime } from "effect"
import type { Dialect } from "../../../adapters/sql/dialect.js"
import { storesLayer } from "../../../adapters/sql/stores.js"
import { scriptedProvider, type TestClock } from "../../../adapters/testing/index.js"
import { servicesLayer } from "../../../src/client/index.js"
import { Ids, type StorageError, type Transactor } from "../../../src/core/index.js"
import { PaymentProviders } from "../../../src/payments/index.js"

export type DatabaseLayer = Layer.Layer<SqlClient.SqlClient | Dialect | Transactor, StorageError>

export interface Database {
  /** A migrated database; closed with the scope. */
  readonly open: () => DatabaseLayer
  /** After the last use. */
  readonly stop: () => Promise<void>
}

/** Charges end as their methods' ids say: `succeeds`, `fails`. */
const providers = () => {
  const provider = scriptedProvider()
  return Layer.succeed(PaymentProviders, new Map([[provider.name, provider]]))
}

export const hostOn = (database: Pick<Database, "open">, clock: TestClock) =>
  ManagedRuntime.make(
    servicesLayer.pipe(
      Layer.provide(providers()),
      Layer.provideMerge(storesLayer),
      Layer.provideMerge(Layer.merge(database.open(), Ids.layer)),
      Layer.provideMerge(clock.layer)
    )
  )
