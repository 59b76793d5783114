/** What one more event would cost: the difference that it makes to its period, or its price by itself. Pure. */
import { Exact } from "../core/index.js"
import type { RunningUsage } from "../invoicing/index.js"
import { bucketOf, groupOf, type Properties, type Uncounted } from "../metering/index.js"
import { instantEstimate } from "../pricing/index.js"
import { type AdvanceLine, type CompiledCharge, groupRecord, type UsageLine } from "../rating/index.js"

/** A line that the event changes: by how many units, and by how much. */
export interface EstimatedLine {
  readonly charge_id: string
  readonly charge_filter_id: string | null
  readonly group: Readonly<Record<string, string | null>>
  readonly units: string
  readonly amount_cents: bigint
  readonly precise_amount_cents: string
}

/** What an event would cost its subscription; amounts may be negative, where one more unit reaches a cheaper tier. */
export interface Estimate {
  readonly subscription_id: string
  readonly currency: string
  /** Whether it would count for its metric, and why not. */
  readonly counted: boolean
  readonly reason: Uncounted | null
  readonly units: string
  /** Whole minor units, rounded once from the exact difference. */
  readonly amount_cents: bigint
  readonly precise_amount_cents: string
  /** amount ÷ units in units of the currency; 0 without units. */
  readonly precise_unit_amount: string
  readonly lines: ReadonlyArray<EstimatedLine>
}

/** A line as far as an estimate compares it. */
interface Compared {
  readonly charge_id: string
  readonly charge_filter_id: string | null
  readonly group: Readonly<Record<string, string | null>>
  readonly units: Exact.Exact
  /** In units of the currency, not rounded. */
  readonly amount: Exact.Exact
}

export type EstimableLine = UsageLine | AdvanceLine

const comparedOf = (line: EstimableLine, exponent: number): Compared => {
  const head = { charge_id: line.charge.id, charge_filter_id: line.filter?.id ?? null, group: line.group }
  if ("priced" in line) return { ...head, units: line.usage.units, amount: line.priced.amount }
  const cents = Exact.unsafeFromText(line.fee.precise_amount_cents)
  return { ...head, units: Exact.unsafeFromText(line.fee.units), amount: Exact.shift(cents, -exponent) }
}

const keyOf = ({ charge_id, charge_filter_id, group }: Compared): string =>
  JSON.stringify([charge_id, charge_filter_id, Object.entries(group)])

/** The lines in which two states differ: what is not there before or after counts as nothing. */
const differences = (before: ReadonlyArray<Compared>, after: ReadonlyArray<Compared>): ReadonlyArray<Compared> => {
  const earlier = new Map(before.map((line) => [keyOf(line), line]))
  const later = new Set(after.map(keyOf))
  const changed = after.map((line): Compared => {
    const former = earlier.get(keyOf(line))
    return former === undefined
      ? line
      : { ...line, units: Exact.subtract(line.units, former.units), amount: Exact.subtract(line.amount, former.amount) }
  })
  const gone = before
    .filter((line) => !later.has(keyOf(line)))
    .map((line): Compared => ({ ...line, units: Exact.negate(line.units), amount: Exact.negate(line.amount) }))
  return [...changed, ...gone].filter(({ amount, units }) => !Exact.isZero(amount) || !Exact.isZero(units))
}

const estimateOf = ({ terms, window }: RunningUsage, lines: ReadonlyArray<Compared>, uncounted: Uncounted | null): Estimate => {
  const { currency_exponent: exponent, rounding_mode } = window
  const units = Exact.sum(lines.map((line) => line.units))
  const amount = Exact.sum(lines.map((line) => line.amount))
  const minor = (value: Exact.Exact) => ({
    amount_cents: Exact.toMinorUnits(value, exponent, rounding_mode),
    precise_amount_cents: Exact.toText(Exact.shift(value, exponent))
  })
  return {
    subscription_id: window.subscription_id,
    currency: terms.plan.currency,
    counted: uncounted === null,
    reason: uncounted,
    units: Exact.toText(units),
    ...minor(amount),
    precise_unit_amount: Exact.toText(Exact.isZero(units) ? Exact.zero : Exact.divide(amount, units)),
    lines: lines.map(({ charge_filter_id, charge_id, group, ...line }) => ({
      charge_id,
      charge_filter_id,
      group,
      units: Exact.toText(line.units),
      ...minor(line.amount)
    }))
  }
}

/** An event that would not count costs nothing. */
export const uncountedEstimate = (running: RunningUsage, reason: Uncounted): Estimate => estimateOf(running, [], reason)

/**
 * Price of the period with the event less price without it.
 *
 * @see spec pricing 8
 */
export const estimated = (
  running: RunningUsage,
  without: ReadonlyArray<EstimableLine>,
  including: ReadonlyArray<EstimableLine>
): Estimate => {
  const exponent = running.window.currency_exponent
  const compared = (lines: ReadonlyArray<EstimableLine>) => lines.map((line) => comparedOf(line, exponent))
  return estimateOf(running, differences(compared(without), compared(including)), null)
}

/** An event that counts, by itself. */
export interface LoneEvent {
  readonly value: Exact.Exact
  readonly properties: Properties
}

/** The price of an event without history; null where a charge's model depends on it. */
export const instantEstimated = (running: RunningUsage, charges: ReadonlyArray<CompiledCharge>, event: LoneEvent): Estimate | null => {
  const lines: Array<Compared> = []
  for (const { buckets, prices, terms } of charges) {
    const { filter, price, terms: bucket } = prices[bucketOf(buckets)(event.properties)]!
    const estimate = instantEstimate(price, event.value)
    if (estimate === null) return null
    const group = groupRecord(bucket.group_by, groupOf(bucket.group_by, event.properties))
    lines.push({ charge_id: terms.charge.id, charge_filter_id: filter?.id ?? null, group, ...estimate })
  }
  return estimateOf(running, lines, null)
}
