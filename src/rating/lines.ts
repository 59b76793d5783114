/** From the usage of a charge's buckets to the lines of an invoice: priced, rounded once each, empty ones left out. Pure. */
import { type DateTime, Either } from "effect"
import type { Charge, ChargeFilter } from "../catalog/index.js"
import { Exact, type RoundingMode } from "../core/index.js"
import type { BillableMetric, BucketUsage, GroupUsage } from "../metering/index.js"
import {
  type AggregationType,
  type ChargeNotRatable,
  type CompiledPrice,
  explainFee,
  type FeeExplanation,
  type FeeFigures,
  feeOf,
  type Group,
  lineStays,
  minimumSpendFee,
  type Priced,
  type Usage,
  withFunctionResult
} from "../pricing/index.js"
import type { BucketPrice, CompiledCharge } from "./charge.js"
import { addedTo, type Continued, type Paid, paidOf } from "./continued.js"
import { groupRecord } from "./group.js"

/** The period that lines are for, its days and those of the full billing period, and how they are rounded. */
export interface LineTerms {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  readonly days: number
  readonly full_days: number
  readonly rounding_mode: RoundingMode
}

interface LineHead {
  readonly charge: Charge
  readonly metric: BillableMetric
  readonly events_count: number
  readonly fee: FeeFigures
}

/** The usage of one bucket and group, priced. */
export interface UsageLine extends LineHead {
  readonly kind: "usage"
  /** Null for the events that no filter takes. */
  readonly filter: ChargeFilter | null
  /** Values of the pricing group keys; empty without any. */
  readonly group: Group
  readonly usage: Usage
  readonly price: CompiledPrice
  readonly priced: Priced
  /** The properties that it was priced with, those of the filter over the charge's. */
  readonly properties: CompiledPrice["properties"]
  /** How the fee came about: rows, raw figures, text. Computed when somebody asks. */
  readonly explain: () => FeeExplanation
}

/** What is missing to a charge's minimum spend (P19). */
interface MinimumLine extends LineHead {
  readonly kind: "minimum"
  readonly min_amount_cents: bigint
  readonly days: number
  readonly full_days: number
}

export type RatedLine = UsageLine | MinimumLine

/** How many transactions a percentage charge has: an active item is one, else an event that counts. */
const transactionsCount = (type: AggregationType, { usage }: GroupUsage): bigint =>
  type === "unique_count" ? Exact.toMinorUnits(usage.value, 0) : BigInt(usage.events_count)

const usageOf = (
  compiled: CompiledCharge,
  { price }: BucketPrice,
  given: GroupUsage,
  terms: LineTerms
): Either.Either<Usage, ChargeNotRatable> => {
  const { event_values, events_count, full_units, movements, precise_total_amount_cents, value } = given.usage
  const { currency_exponent, custom } = compiled
  const usage: Usage = {
    units: value,
    ...(full_units === undefined ? {} : { full_units }),
    ...(movements === undefined ? {} : { movements }),
    ...(event_values === undefined ? {} : { event_values }),
    ...(price.charge_model === "percentage"
      ? { transactions_count: transactionsCount(compiled.terms.metric.aggregation_type, given) }
      : {}),
    ...(precise_total_amount_cents === undefined ? {} : { precise_total_amount_cents, currency_exponent })
  }
  return withFunctionResult(price, custom, usage, { events_count, period: { from: terms.from, to: terms.to } })
}

/** A usage line of a bucket; `paid` was billed by an earlier plan of the period. */
const usageLine = (
  compiled: CompiledCharge,
  bucket: BucketPrice,
  given: GroupUsage,
  terms: LineTerms,
  paid: Paid | undefined
): Either.Either<UsageLine | undefined, ChargeNotRatable> =>
  Either.map(usageOf(compiled, bucket, given, terms), (whole) => {
    const { events_count } = given.usage
    const { priced, usage } =
      paid === undefined ? { priced: bucket.price.price(whole), usage: whole } : addedTo(paid, whole, bucket.price, compiled, terms)
    if (!lineStays(priced, usage, events_count)) return undefined
    const feeTerms = { currency_exponent: compiled.currency_exponent, rounding_mode: terms.rounding_mode }
    return {
      kind: "usage",
      ...compiled.terms,
      filter: bucket.filter,
      group: groupRecord(bucket.terms.group_by, given.group),
      events_count,
      usage,
      price: bucket.price,
      priced,
      fee: feeOf(priced, usage, feeTerms),
      properties: bucket.price.properties,
      explain: () => explainFee(priced, usage, feeTerms)
    }
  })

const minimumLine = (compiled: CompiledCharge, lines: ReadonlyArray<UsageLine>, terms: LineTerms): MinimumLine | undefined => {
  const { min_amount_cents, pay_in_advance } = compiled.terms.charge
  const { days, full_days, rounding_mode } = terms
  if (min_amount_cents === 0n || pay_in_advance || days === 0) return undefined
  const fees_amount_cents = lines.map((line) => line.fee.amount_cents)
  const missing = minimumSpendFee({ min_amount_cents, fees_amount_cents, days, full_days, rounding_mode })
  if (missing === null) return undefined
  const { events_count, ...figures } = missing
  return {
    kind: "minimum",
    ...compiled.terms,
    events_count,
    fee: {
      ...figures,
      precise_unit_amount: Exact.toText(Exact.shift(Exact.unsafeFromText(figures.precise_amount_cents), -compiled.currency_exponent))
    },
    min_amount_cents,
    days,
    full_days
  }
}

/**
 * The lines of a charge for a window: its filters by age, its own bucket after them, the groups of each by their values;
 * with `minimum`, what is missing to its minimum spend at the end. A line without amount, units and events is left out; so is what an
 * earlier plan of the period has billed, where `continued` tells of it.
 *
 * Fails with `ChargeNotRatable` where the host's function does not answer.
 *
 * @see spec pricing 3, 7, 9
 */
export const linesOf = (
  compiled: CompiledCharge,
  usage: ReadonlyArray<BucketUsage>,
  terms: LineTerms,
  minimum: boolean,
  continued?: Continued
): Either.Either<ReadonlyArray<RatedLine>, ChargeNotRatable> =>
  Either.gen(function* () {
    const lines: Array<UsageLine> = []
    for (const [index, bucket] of compiled.prices.entries()) {
      for (const given of usage[index] ?? []) {
        const group = groupRecord(bucket.terms.group_by, given.group)
        const paid = continued === undefined ? undefined : paidOf(continued, compiled, index, group)
        const line = yield* usageLine(compiled, bucket, given, terms, paid)
        if (line !== undefined) lines.push(line)
      }
    }
    const missing = minimum ? minimumLine(compiled, lines, terms) : undefined
    return missing === undefined ? lines : [...lines, missing]
  })
