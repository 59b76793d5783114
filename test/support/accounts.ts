/** The services of accounts over an engine's database. */
import { Layer } from "effect"
import { accountStoresLayer } from "../../adapters/sql/stores.js"
import { BillingEntities, Customers, Organizations } from "../../src/accounts/index.js"
import type { EngineServices } from "./describe-engines.js"

export const accountsLayer: Layer.Layer<Organizations | BillingEntities | Customers, never, EngineServices> = Layer.mergeAll(
  Organizations.layer,
  Customers.layer.pipe(Layer.provideMerge(BillingEntities.layer))
).pipe(Layer.provide(accountStoresLayer))
