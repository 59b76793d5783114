/** Accounts, metrics and the catalogue over an engine's database. */
import { Effect, Layer } from "effect"
import { storesLayer } from "../../adapters/sql/stores.js"
import { BillingEntities, Customers, Organizations } from "../../src/accounts/index.js"
import { PlanMigrations, Plans, PlanTerms, Taxes, TaxTable } from "../../src/catalog/index.js"
import { Events, Metrics } from "../../src/metering/index.js"
import { nobodyMoves } from "./accounts.js"
import { nobodyBills } from "./metering.js"

/** No subscription stands above the catalogue. */
const nobodyMigrates = Layer.succeed(PlanMigrations, { migrate: () => Effect.succeed([]) })

export const catalogLayer = Layer.mergeAll(
  Plans.layer.pipe(Layer.provide(nobodyMigrates)),
  PlanTerms.layer,
  Taxes.layer,
  TaxTable.layer,
  Metrics.layer
).pipe(
  Layer.provideMerge(
    Layer.mergeAll(Organizations.layer, Customers.layer.pipe(Layer.provide(nobodyMoves), Layer.provideMerge(BillingEntities.layer)))
  ),
  Layer.provide(storesLayer)
)

/** Makes a metric of the current organization: a sum of `units`, with filter keys. */
export const makeMetric = (code: string, filters: Readonly<Record<string, ReadonlyArray<string>>> = {}) =>
  Effect.flatMap(Metrics, (metrics) =>
    metrics.create({
      code,
      name: code,
      aggregation_type: "sum",
      field_name: "units",
      filters: Object.entries(filters).map(([key, values]) => ({ key, values }))
    })
  ).pipe(Effect.provide(catalogLayer))

/** The catalogue with the ingestion of events, under what `settings` says of it. */
export const meteringOver = (settings: Layer.Layer<never, never>) =>
  Layer.merge(catalogLayer, Events.layer.pipe(Layer.provide(Layer.merge(nobodyBills, settings)), Layer.provide(storesLayer)))

export const meteringLayer = meteringOver(Layer.empty)
