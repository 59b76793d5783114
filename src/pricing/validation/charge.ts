/** A whole charge at write: its properties, then its filters, then what does not go together (spec pricing 10). */
import * as Either from "effect/Either"
import type { Tariff } from "../model.js"
import type { AggregationType } from "../usage.js"
import { checkFilters, type MetricFilters, type NormalisedFilter } from "./filters.js"
import { type Checked, refuse } from "./found.js"
import { normaliseTariff } from "./tariff.js"

/** What of a metric decides whether a charge fits it. */
export interface MetricShape {
  readonly aggregation_type: AggregationType
  readonly recurring: boolean
}

/** A charge as a caller may give it; everything is checked. */
export interface ChargeInput {
  readonly charge_model: unknown
  readonly properties: unknown
  /** In order of age: [{ values, properties }]. */
  readonly filters?: unknown
  readonly prorated?: unknown
  readonly pay_in_advance?: unknown
  /** Whole minor units: bigint, or digits as text. */
  readonly min_amount_cents?: unknown
}

/** A charge that may be stored: first spellings, defaults filled in. */
export type NormalisedCharge = Tariff & {
  readonly filters: ReadonlyArray<NormalisedFilter>
  readonly prorated: boolean
  readonly pay_in_advance: boolean
  readonly min_amount_cents: bigint
}

const flag = (value: unknown, path: string): Checked<boolean> =>
  value === undefined || typeof value === "boolean" ? Either.right(value ?? false) : refuse(path, "expected true or false")

const minimum = (value: unknown): Checked<bigint> => {
  if (value === undefined) return Either.right(0n)
  if (typeof value === "bigint" && value >= 0n) return Either.right(value)
  if (typeof value === "string" && /^[0-9]{1,30}$/.test(value)) return Either.right(BigInt(value))
  return refuse("min_amount_cents", "expected whole minor units, not negative")
}

/** Models without a price for single steps of a level, and metrics without steps that only add. */
const NOT_IN_ADVANCE = { models: ["volume", "custom"], aggregations: ["max", "latest", "weighted_sum"] }
const PRORATED_MODELS = ["standard", "volume", "graduated"]

const modelFits = ({ charge_model }: Tariff, { aggregation_type, recurring }: MetricShape): string | undefined => {
  if (charge_model === "percentage" && (recurring || aggregation_type === "latest" || aggregation_type === "weighted_sum")) {
    return "percentage prices transactions, and this metric has none"
  }
  if (charge_model === "graduated_percentage" && aggregation_type === "latest") return "graduated_percentage does not price a latest value"
  return charge_model === "dynamic" && aggregation_type !== "sum" ? "dynamic prices only sums" : undefined
}

const advanceFits = (charge: NormalisedCharge, metric: MetricShape): string | undefined => {
  if (!charge.pay_in_advance) return undefined
  if (NOT_IN_ADVANCE.aggregations.includes(metric.aggregation_type)) return `${metric.aggregation_type} is not paid in advance`
  return NOT_IN_ADVANCE.models.includes(charge.charge_model) ? `${charge.charge_model} is not paid in advance` : undefined
}

const prorationFits = (charge: NormalisedCharge, { aggregation_type, recurring }: MetricShape): string | undefined => {
  if (!charge.prorated) return undefined
  if (!recurring || (aggregation_type !== "sum" && aggregation_type !== "unique_count"))
    return "only a recurring sum or unique_count is prorated"
  if (charge.pay_in_advance) return charge.charge_model === "standard" ? undefined : "in advance only standard is prorated"
  return PRORATED_MODELS.includes(charge.charge_model) ? undefined : `${charge.charge_model} is not prorated`
}

const minimumFits = (charge: NormalisedCharge): string | undefined =>
  charge.pay_in_advance && charge.min_amount_cents > 0n ? "no minimum spend together with payment in advance" : undefined

/**
 * Checks a charge for a metric and brings it into the form that is stored.
 *
 * Fails with `InvalidChargeProperties`: the first violation in the order properties, filters in order of age, combination.
 *
 * @see spec pricing 10; decisions P3, P5
 */
export const validateCharge = (input: ChargeInput, metric: MetricShape, metric_filters: MetricFilters = {}): Checked<NormalisedCharge> =>
  Either.gen(function* () {
    const tariff = yield* normaliseTariff(input.charge_model, input.properties)
    const standing = tariff.properties as Readonly<Record<string, unknown>>
    const filters = yield* checkFilters(input.filters, tariff.charge_model, standing, metric_filters)
    const misfit = modelFits(tariff, metric)
    if (misfit !== undefined) return yield* refuse("charge_model", misfit)
    const charge: NormalisedCharge = {
      ...tariff,
      filters,
      pay_in_advance: yield* flag(input.pay_in_advance, "pay_in_advance"),
      prorated: yield* flag(input.prorated, "prorated"),
      min_amount_cents: yield* minimum(input.min_amount_cents)
    }
    for (const [path, reason] of [
      ["pay_in_advance", advanceFits(charge, metric)],
      ["prorated", prorationFits(charge, metric)],
      ["min_amount_cents", minimumFits(charge)]
    ] as const) {
      if (reason !== undefined) return yield* refuse(path, reason)
    }
    return charge
  })
