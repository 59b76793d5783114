/** The library's services over an engine, at the time of a clock that the case sets. */
import { Layer, ManagedRuntime } from "effect"
import { storesLayer } from "../../../adapters/sql/stores.js"
import { scriptedProvider, type TestClock } from "../../../adapters/testing/index.js"
import { servicesLayer } from "../../../src/client/index.js"
import { Ids } from "../../../src/core/index.js"
import { PaymentProviders } from "../../../src/payments/index.js"
import type { Database } from "./engines.js"

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
