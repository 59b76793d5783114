/** percentage: every event is a transaction; free, charged in part or charged whole, in order (spec pricing 4.5, decision P4). */
import { add, type Exact, fromBigInt, isZero, multiply, subtract, sum, toText, zero } from "../core/exact.js"
import type { PercentageProperties } from "./model.js"
import { type Anatomy, LazilyPriced, type Priced } from "./priced.js"
import type { PercentageRow } from "./rows.js"
import { equation, isNone, signed } from "./sentence.js"
import { isOpen, type PercentageTerms, percentageTerms, plainAmount, transact, transactionAmount } from "./transaction.js"
import { fullUnits, type Usage } from "./usage.js"

export interface PercentagePrice {
  readonly charge_model: "percentage"
  readonly properties: PercentageProperties
  /** Without allowance and bounds `units` and `transactions_count` are enough. */
  readonly needs_event_values: boolean
  readonly price: (usage: Usage) => Priced
  readonly terms: PercentageTerms
}

interface Tally {
  readonly units: Exact
  readonly free_units: Exact
  readonly free_events: bigint
  readonly paid_events: bigint
  readonly amount: Exact
}

const isBounded = (terms: PercentageTerms): boolean => terms.least !== undefined || terms.most !== undefined

const tallyOf = (terms: PercentageTerms, values: ReadonlyArray<Exact>): Tally => {
  const bounded = isBounded(terms)
  let allowance = terms.allowance
  let freeUnits = zero
  let freeEvents = 0n
  let amount = zero
  for (const value of values) {
    const transaction = transact(allowance, value)
    allowance = transaction.allowance
    freeUnits = add(freeUnits, transaction.free)
    if (transaction.is_free) freeEvents += 1n
    else if (bounded) amount = add(amount, transactionAmount(terms, transaction.charged))
  }
  const units = sum(values)
  const paidEvents = BigInt(values.length) - freeEvents
  return {
    units,
    free_units: freeUnits,
    free_events: freeEvents,
    paid_events: paidEvents,
    amount: bounded ? amount : plainAmount(terms, subtract(units, freeUnits), paidEvents)
  }
}

const plainTally = (terms: PercentageTerms, units: Exact, count: bigint): Tally => ({
  units,
  free_units: zero,
  free_events: 0n,
  paid_events: count,
  amount: plainAmount(terms, units, count)
})

const rowOf = (tally: Tally, terms: PercentageTerms, properties: PercentageProperties): PercentageRow => {
  const paidUnits = subtract(tally.units, tally.free_units)
  const perUnitTotal = multiply(paidUnits, terms.rate)
  const fixedTotal = multiply(terms.fixed, fromBigInt(tally.paid_events))
  return {
    units: tally.units,
    free_units: tally.free_units,
    paid_units: paidUnits,
    free_events: tally.free_events,
    paid_events: tally.paid_events,
    rate: properties.rate,
    per_unit_total_amount: perUnitTotal,
    fixed_fee_unit_amount: properties.fixed_amount ?? "0",
    fixed_fee_total_amount: fixedTotal,
    min_max_adjustment_total_amount: subtract(tally.amount, add(perUnitTotal, fixedTotal))
  }
}

const textOf = (row: PercentageRow, amount: Exact): string => {
  const events = `${row.paid_events + row.free_events} events`
  const free =
    row.free_events === 0n && isZero(row.free_units) ? "" : `, ${row.free_events} of them and ${toText(row.free_units)} units free`
  const fixed = isNone(row.fixed_fee_unit_amount) ? "" : ` + ${row.paid_events} × ${row.fixed_fee_unit_amount}`
  const adjustment = row.min_max_adjustment_total_amount
  const bounds = isZero(adjustment) ? "" : ` ${signed(adjustment)} by minimum and maximum per event`
  return equation(`${events}${free}; ${toText(row.paid_units)} × ${row.rate} %${fixed}${bounds}`, amount)
}

export const compilePercentage = (properties: PercentageProperties): PercentagePrice => {
  const terms = percentageTerms(properties)
  const needsValues = isOpen(terms.allowance) || isBounded(terms)
  const tally = ({ event_values, units, transactions_count }: Usage): Tally => {
    if (event_values !== undefined) return tallyOf(terms, event_values)
    if (needsValues || transactions_count === undefined)
      throw new TypeError("a percentage charge prices transactions: event_values is missing")
    return plainTally(terms, units, transactions_count)
  }
  const anatomy: Anatomy = {
    unitDivisor: fullUnits,
    rows: (usage) => [rowOf(tally(usage), terms, properties)],
    text: (usage, amount) => textOf(rowOf(tally(usage), terms, properties), amount)
  }
  return {
    charge_model: "percentage",
    properties,
    needs_event_values: needsValues,
    price: (usage) => new LazilyPriced(tally(usage).amount, usage, anatomy),
    terms
  }
}
