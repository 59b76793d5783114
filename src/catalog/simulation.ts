/** What a plan would cost for numbers of units: its charges priced one by one, beside the base amount. Pure. */
import { type DateTime, Either, Schema } from "effect"
import { Exact, exponentOf, InvalidInput, listOf, sumOf } from "../core/index.js"
import type { BillableMetric } from "../metering/index.js"
import {
  type ChargeNotRatable,
  type CustomFunction,
  type FeeFigures,
  feeOf,
  lineStays,
  type RowTexts,
  rowTexts,
  type Usage,
  withFunctionResult
} from "../pricing/index.js"
import type { Charge, ChargeFilter } from "./charge.js"
import { type ChargePrice, chargePrices } from "./charge-prices.js"
import type { HostFunctions } from "./custom-functions.js"
import { ChargeFilterNotFound, ChargeNotFound } from "./errors.js"
import type { FullPlan } from "./plan.js"

const isUnits = (text: string): boolean => text.length <= 60 && !text.startsWith("-") && Exact.isPlainDecimal(text)

const Units = Schema.String.pipe(Schema.filter(isUnits, { message: () => "expected a decimal of at least 0 as text" }))

const Entry = Schema.Struct({
  charge_id: Schema.optional(Schema.String),
  metric_code: Schema.optional(Schema.String),
  charge_filter_id: Schema.optional(Schema.NullOr(Schema.String)),
  units: Units
})

export const SimulatePlan = Schema.Struct({
  /** For every charge that is not named; 0 unless given. */
  units: Schema.optionalWith(Units, { default: () => "0" }),
  charges: Schema.optionalWith(listOf(Entry, 10_000), { default: () => [] })
})

/** A charge by its id or its metric's code (all that price it), for one of its filters or, without, for what matches none. */
export interface SimulatedUnits {
  readonly charge_id?: string
  readonly metric_code?: string
  readonly charge_filter_id?: string | null
  /** Decimal text. */
  readonly units: string
}

export interface SimulatePlanInput {
  /** For every charge that is not named; 0 unless given. */
  readonly units?: string
  readonly charges?: ReadonlyArray<SimulatedUnits>
}

/** A charge's bucket, priced. */
export interface SimulatedLine extends FeeFigures {
  readonly charge_id: string
  readonly charge_filter_id: string | null
  readonly metric_code: string
  readonly charge_model: Charge["charge_model"]
  /** The model's rows, decimals as text. */
  readonly rows: ReadonlyArray<RowTexts>
  /** The calculation in words. */
  readonly text: string
}

export interface PlanSimulation {
  readonly plan_id: string
  readonly version: number
  readonly currency: string
  /** The base amount of a full period, minor units. */
  readonly base_amount_cents: bigint
  readonly lines: ReadonlyArray<SimulatedLine>
  /** The base amount and the lines; without minimum spends, commitment, discounts and taxes. */
  readonly amount_cents: bigint
}

type Entries = typeof SimulatePlan.Type

/** What a simulation works with. */
export interface SimulationContext {
  readonly metrics: ReadonlyMap<string, BillableMetric>
  readonly functions: HostFunctions
  /** The period that functions of the host are told. */
  readonly period: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
}

export type SimulationError = InvalidInput | ChargeNotFound | ChargeFilterNotFound | ChargeNotRatable

const names = (entry: Entries["charges"][number], charge: Charge, metric: BillableMetric): boolean =>
  entry.charge_id === charge.id || entry.metric_code === metric.code

/** Refuses what names no charge of the plan, or no filter of its charges. */
const checked = (plan: FullPlan, { charges }: Entries, { metrics }: SimulationContext): Either.Either<void, SimulationError> => {
  for (const [place, entry] of charges.entries()) {
    if ((entry.charge_id === undefined) === (entry.metric_code === undefined)) {
      return Either.left(new InvalidInput({ field: `charges[${place}]`, reason: "expected either charge_id or metric_code" }))
    }
    const named = plan.charges.filter((charge) => names(entry, charge, metrics.get(charge.billable_metric_id)!))
    if (named.length === 0) return Either.left(new ChargeNotFound({ id: entry.charge_id ?? entry.metric_code! }))
    const filter = entry.charge_filter_id ?? null
    if (filter !== null && !named.some((charge) => charge.filters.some(({ id }) => id === filter))) {
      return Either.left(new ChargeFilterNotFound({ id: filter }))
    }
  }
  return Either.void
}

/** The last entry that names a bucket; else the units of all for the charge's own bucket, and 0 for a filter. */
const unitsOf = ({ charges, units }: Entries, charge: Charge, metric: BillableMetric, filter: ChargeFilter | null): Exact.Exact => {
  const given = charges.findLast((entry) => names(entry, charge, metric) && (entry.charge_filter_id ?? null) === (filter?.id ?? null))
  return Exact.unsafeFromText(given?.units ?? (filter === null ? units : "0"))
}

const usageOf = (
  { price }: ChargePrice,
  units: Exact.Exact,
  custom: CustomFunction | undefined,
  { period }: SimulationContext
): Either.Either<Usage, ChargeNotRatable> => {
  // No units are no transaction of a percentage model.
  const values = Exact.isZero(units) ? [] : [units]
  return withFunctionResult(price, custom, { units, event_values: values }, { events_count: values.length, period })
}

/**
 * The price of a full period for the units given: filters by age, each charge's own bucket last; what comes to nothing is
 * left out.
 *
 * Fails with `InvalidInput`, `ChargeNotFound`, `ChargeFilterNotFound`, `ChargeNotRatable`.
 *
 * @see spec pricing 8
 */
export const simulatePlan = (
  plan: FullPlan,
  entries: Entries,
  context: SimulationContext
): Either.Either<PlanSimulation, SimulationError> =>
  Either.gen(function* () {
    yield* checked(plan, entries, context)
    const currency_exponent = exponentOf(plan.currency)
    const lines: Array<SimulatedLine> = []
    for (const charge of plan.charges) {
      const metric = context.metrics.get(charge.billable_metric_id)!
      const { custom, prices } = yield* chargePrices(charge, metric.code, context.functions)
      for (const bucket of prices) {
        const usage = yield* usageOf(bucket, unitsOf(entries, charge, metric, bucket.filter), custom, context)
        const priced = bucket.price.price(usage)
        if (!lineStays(priced, usage, 0)) continue
        lines.push({
          charge_id: charge.id,
          charge_filter_id: bucket.filter?.id ?? null,
          metric_code: metric.code,
          charge_model: charge.charge_model,
          ...feeOf(priced, usage, { currency_exponent }),
          rows: priced.rows.map(rowTexts),
          text: priced.text
        })
      }
    }
    return {
      plan_id: plan.id,
      version: plan.version,
      currency: plan.currency,
      base_amount_cents: plan.amount_cents,
      lines,
      amount_cents: plan.amount_cents + sumOf(lines, (line) => line.amount_cents)
    }
  })
