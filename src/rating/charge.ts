/** A charge made ready for rating, once for all the windows that it prices. */
import { Either } from "effect"
import type { Charge, ChargeFilter, ChargeTerms } from "../catalog/index.js"
import type { CurrencyExponent } from "../core/index.js"
import type { BillableMetric, BucketFilter, Buckets, BucketTerms, Needs } from "../metering/index.js"
import { ChargeNotRatable, type CompiledPrice, type CustomFunction, compile, propertiesUnder } from "../pricing/index.js"

/** What a bucket costs; `filter` null for the events that no filter takes. */
export interface BucketPrice {
  readonly filter: ChargeFilter | null
  readonly price: CompiledPrice
  readonly terms: BucketTerms
}

export interface CompiledCharge {
  readonly terms: ChargeTerms
  /** The filters by age, the bucket without filter last. */
  readonly prices: ReadonlyArray<BucketPrice>
  readonly buckets: Buckets
  readonly needs: Needs
  /** The host's function for this metric's code, where the charge is custom. */
  readonly custom: CustomFunction | undefined
  readonly currency_exponent: CurrencyExponent
}

/** The host's functions for custom charges, by the metric's code. */
export type HostFunctions = ReadonlyMap<string, CustomFunction>

const ALL_VALUES = "*"

/** The values of a filter's keys, with every declared value in place of `*`. */
const spelledOut = (filter: ChargeFilter, metric: BillableMetric): BucketFilter["values"] =>
  Object.entries(filter.values).map(([key, values]) => [
    key,
    values.includes(ALL_VALUES) ? (metric.filters.find((declared) => declared.key === key)?.values ?? []) : values
  ])

const bucketTerms = (price: CompiledPrice, exponent: CurrencyExponent): BucketTerms => ({
  group_by: price.properties.pricing_group_keys ?? [],
  prices:
    price.charge_model === "dynamic"
      ? {
          price_field: price.properties.price_field ?? "unit_price",
          quantity_field: price.properties.quantity_field ?? "quantity",
          exponent
        }
      : null
})

const priceOf = (charge_model: Charge["charge_model"], properties: unknown, function_registered: boolean) =>
  Either.mapLeft(compile(charge_model, properties, { function_registered }), (error) =>
    // Properties are checked at write; somebody changed them in the database.
    error._tag === "ChargeNotRatable" ? error : new ChargeNotRatable({ charge_model, reason: error.message })
  )

/**
 * Compiles a charge with its filters.
 *
 * Fails with `ChargeNotRatable` for a custom charge that nothing can price.
 */
export const compileCharge = (
  terms: ChargeTerms,
  currency_exponent: CurrencyExponent,
  functions: HostFunctions
): Either.Either<CompiledCharge, ChargeNotRatable> =>
  Either.gen(function* () {
    const { charge, metric } = terms
    const custom = charge.charge_model === "custom" ? functions.get(metric.code) : undefined
    const prices: Array<BucketPrice> = []
    for (const filter of [...charge.filters, null]) {
      const properties = filter === null ? charge.properties : propertiesUnder(charge.properties, filter.properties)
      const price = yield* priceOf(charge.charge_model, properties, custom !== undefined)
      prices.push({ filter, price, terms: bucketTerms(price, currency_exponent) })
    }
    return {
      terms,
      prices,
      buckets: {
        filters: charge.filters.map((filter, index) => ({ ...prices[index]!.terms, values: spelledOut(filter, metric) })),
        own: prices.at(-1)!.terms
      },
      needs: {
        prorated: charge.prorated,
        event_values: custom !== undefined || prices.some(({ price }) => price.needs_event_values)
      },
      custom,
      currency_exponent
    }
  })
