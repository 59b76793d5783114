/** dynamic: each event carries its own price; the amount is their sum, 0 where the units are 0 (spec pricing 4.7). */
import type { CurrencyExponent } from "../core/currency.js"
import { type Exact, isZero, multiply, shift, zero } from "../core/exact.js"
import type { DynamicProperties } from "./model.js"
import { type Anatomy, LazilyPriced, noRows, type Priced } from "./priced.js"
import { equation } from "./sentence.js"
import { fullUnits, type Usage } from "./usage.js"

export interface DynamicPrice {
  readonly charge_model: "dynamic"
  readonly properties: DynamicProperties
  readonly needs_event_values: false
  /** Reads `precise_total_amount_cents` and `currency_exponent`; without a total the amount is 0. */
  readonly price: (usage: Usage) => Priced
}

/** The prices of an event: its own, or the two properties that make one. Absent: missing, or not a plain decimal. */
export interface EventPrices {
  readonly precise_total_amount_cents?: Exact
  readonly unit_price?: Exact
  readonly quantity?: Exact
}

/** What one event adds to the total, in minor units: its own price, else price × quantity, else 0. */
export const eventAmountCents = (event: EventPrices, currency_exponent: CurrencyExponent): Exact => {
  if (event.precise_total_amount_cents !== undefined) return event.precise_total_amount_cents
  if (event.unit_price === undefined || event.quantity === undefined) return zero
  return shift(multiply(event.unit_price, event.quantity), currency_exponent)
}

const anatomy: Anatomy = {
  unitDivisor: fullUnits,
  rows: noRows,
  text: ({ units }, amount) => equation(isZero(units) ? "no units" : "the events' own prices", amount)
}

const amountOf = ({ units, precise_total_amount_cents: total, currency_exponent }: Usage): Exact => {
  if (total === undefined || isZero(units)) return zero
  if (currency_exponent === undefined) throw new TypeError("a total in minor units says nothing without currency_exponent")
  return shift(total, -currency_exponent)
}

export const compileDynamic = (properties: DynamicProperties): DynamicPrice => ({
  charge_model: "dynamic",
  properties,
  needs_event_values: false,
  price: (usage) => new LazilyPriced(amountOf(usage), usage, anatomy)
})
