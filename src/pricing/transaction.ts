/** One transaction of a percentage charge, and the allowance that it leaves to the next one (spec pricing 4.5, decision P4). */
import { add, compare, type Exact, fromBigInt, isZero, multiply, sign, subtract, toText, unsafeFromText, zero } from "../core/exact.js"
import type { PercentageProperties } from "./model.js"
import { boundedEquation } from "./sentence.js"
import { rateOf } from "./tier.js"

/** What is still free; null: no such allowance is configured. */
export interface Allowance {
  readonly events: bigint | null
  readonly units: Exact | null
}

export const NO_ALLOWANCE: Allowance = { events: null, units: null }

export interface PercentageTerms {
  /** Per unit, in units of the currency. */
  readonly rate: Exact
  readonly fixed: Exact
  readonly least: Exact | undefined
  readonly most: Exact | undefined
  readonly allowance: Allowance
}

export interface Transaction {
  /** Units that the allowance took. */
  readonly free: Exact
  readonly charged: Exact
  readonly is_free: boolean
  readonly allowance: Allowance
}

/** 0 or absent: no such allowance. */
const configured = (text: string | undefined): Exact | null => {
  const value = text === undefined ? zero : unsafeFromText(text)
  return sign(value) === 0 ? null : value
}

const optional = (text: string | undefined): Exact | undefined => (text === undefined ? undefined : unsafeFromText(text))

export const percentageTerms = (properties: PercentageProperties): PercentageTerms => {
  const events = properties.free_units_per_events
  return {
    rate: rateOf(properties.rate),
    fixed: properties.fixed_amount === undefined ? zero : unsafeFromText(properties.fixed_amount),
    least: optional(properties.per_transaction_min_amount),
    most: optional(properties.per_transaction_max_amount),
    allowance: {
      events: events === undefined || BigInt(events) === 0n ? null : BigInt(events),
      units: configured(properties.free_units_per_total_aggregation)
    }
  }
}

/** Open while free events remain and free units remain, each only where it is configured; never without either. */
export const isOpen = ({ events, units }: Allowance): boolean =>
  (events !== null || units !== null) && (events === null || events > 0n) && (units === null || sign(units) > 0)

/** Splits the value of an event into what is free and what is charged. Exactly what is left still fits. */
export const transact = (allowance: Allowance, value: Exact): Transaction => {
  const { events, units } = allowance
  if (!isOpen(allowance)) return { free: zero, charged: value, is_free: false, allowance }
  if (units !== null && compare(value, units) > 0) {
    return { free: units, charged: subtract(value, units), is_free: false, allowance: { events, units: zero } }
  }
  return {
    free: value,
    charged: zero,
    is_free: true,
    allowance: { events: events === null ? null : events - 1n, units: units === null ? null : subtract(units, value) }
  }
}

/** What a charged event costs: charged units × rate + fixed amount, within the bounds. */
export const transactionAmount = (terms: PercentageTerms, charged: Exact): Exact => {
  const amount = add(multiply(charged, terms.rate), terms.fixed)
  if (terms.least !== undefined && compare(amount, terms.least) < 0) return terms.least
  return terms.most !== undefined && compare(amount, terms.most) > 0 ? terms.most : amount
}

/** The calculation of a charged event. */
export const transactionText = (terms: PercentageTerms, { rate, fixed_amount }: PercentageProperties, charged: Exact): string => {
  const fixed = isZero(terms.fixed) ? "" : ` + ${fixed_amount}`
  return boundedEquation(`${toText(charged)} × ${rate} %${fixed}`, plainAmount(terms, charged, 1n), transactionAmount(terms, charged))
}

/** `count` transactions without bounds, whose charged units are known in total. */
export const plainAmount = (terms: PercentageTerms, charged: Exact, count: bigint): Exact =>
  add(multiply(charged, terms.rate), multiply(terms.fixed, fromBigInt(count)))
