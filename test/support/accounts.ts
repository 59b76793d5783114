/** The services of accounts over an engine's database. */
import { Effect, Layer } from "effect"
import { accountStoresLayer } from "../../adapters/sql/stores.js"
import { BillingEntities, CustomerMoves, Customers, Organizations } from "../../src/accounts/index.js"
import type { EngineServices } from "./describe-engines.js"

/** Nobody follows a customer into another zone. */
export const nobodyMoves = Layer.succeed(CustomerMoves, { moved: () => Effect.void })

export const accountsLayer: Layer.Layer<Organizations | BillingEntities | Customers, never, EngineServices> = Layer.mergeAll(
  Organizations.layer,
  Customers.layer.pipe(Layer.provide(nobodyMoves), Layer.provideMerge(BillingEntities.layer))
).pipe(Layer.provide(accountStoresLayer))
