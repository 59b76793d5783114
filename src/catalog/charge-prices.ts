/** What a charge costs in each of its buckets, made ready for pricing. Pure. */
import { Either } from "effect"
import { ChargeNotRatable, type CompiledPrice, type CustomFunction, compile, propertiesUnder } from "../pricing/index.js"
import type { Charge, ChargeFilter } from "./charge.js"
import type { HostFunctions } from "./custom-functions.js"

/** What a bucket costs; `filter` null for the events that no filter takes. */
export interface ChargePrice {
  readonly filter: ChargeFilter | null
  readonly price: CompiledPrice
}

export interface ChargePrices {
  /** The filters by age, the bucket without filter last. */
  readonly prices: ReadonlyArray<ChargePrice>
  /** The host's function for the metric's code, where the charge is custom. */
  readonly custom: CustomFunction | undefined
}

const priceOf = (charge_model: Charge["charge_model"], properties: unknown, function_registered: boolean) =>
  Either.mapLeft(compile(charge_model, properties, { function_registered }), (error) =>
    // Properties are checked at write; somebody changed them in the database.
    error._tag === "ChargeNotRatable" ? error : new ChargeNotRatable({ charge_model, reason: error.message })
  )

/** Compiles the prices of a charge. Fails with `ChargeNotRatable` for a custom charge that nothing can price. */
export const chargePrices = (
  charge: Charge,
  metric_code: string,
  functions: HostFunctions
): Either.Either<ChargePrices, ChargeNotRatable> =>
  Either.gen(function* () {
    const custom = charge.charge_model === "custom" ? functions.get(metric_code) : undefined
    const prices: Array<ChargePrice> = []
    for (const filter of [...charge.filters, null]) {
      const properties = filter === null ? charge.properties : propertiesUnder(charge.properties, filter.properties)
      prices.push({ filter, price: yield* priceOf(charge.charge_model, properties, custom !== undefined) })
    }
    return { prices, custom }
  })
