/** A charge made ready for rating, once for all the windows that it prices. */
import { Either } from "effect"
import { type ChargeFilter, type ChargePrice, type ChargeTerms, chargePrices, type HostFunctions } from "../catalog/index.js"
import type { CurrencyExponent } from "../core/index.js"
import type { BillableMetric, BucketFilter, Buckets, BucketTerms, Needs } from "../metering/index.js"
import type { ChargeNotRatable, CompiledPrice, CustomFunction } from "../pricing/index.js"

/** What a bucket costs, and how its events are read. */
export interface BucketPrice extends ChargePrice {
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
  Either.map(chargePrices(terms.charge, terms.metric.code, functions), ({ custom, prices: compiled }) => {
    const { charge, metric } = terms
    const prices = compiled.map((bucket): BucketPrice => ({ ...bucket, terms: bucketTerms(bucket.price, currency_exponent) }))
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
