/** standard: units × amount, within the bounds of a line that has units (spec pricing 4.1). */
import { compare, type Exact, multiply, sign, toText, unsafeFromText } from "../core/exact.js"
import type { StandardProperties } from "./model.js"
import { type Anatomy, LazilyPriced, noRows, type Priced } from "./priced.js"
import { boundedEquation } from "./sentence.js"
import { fullUnits, type Usage } from "./usage.js"

export interface StandardPrice {
  readonly charge_model: "standard"
  readonly properties: StandardProperties
  readonly needs_event_values: false
  readonly price: (usage: Usage) => Priced
  /** units × amount, without the bounds of the line. */
  readonly unbounded: (units: Exact) => Exact
}

export const compileStandard = (properties: StandardProperties): StandardPrice => {
  const perUnit = unsafeFromText(properties.amount)
  const least = properties.min_price === undefined ? undefined : unsafeFromText(properties.min_price)
  const most = properties.max_price === undefined ? undefined : unsafeFromText(properties.max_price)

  const unbounded = (units: Exact): Exact => multiply(units, perUnit)
  const bounded = (units: Exact): Exact => {
    const amount = unbounded(units)
    if (sign(units) <= 0) return amount
    if (least !== undefined && compare(amount, least) < 0) return least
    return most !== undefined && compare(amount, most) > 0 ? most : amount
  }
  const anatomy: Anatomy = {
    unitDivisor: fullUnits,
    rows: noRows,
    text: ({ units }, amount) => boundedEquation(`${toText(units)} × ${properties.amount}`, unbounded(units), amount)
  }
  return {
    charge_model: "standard",
    properties,
    needs_event_values: false,
    price: (usage) => new LazilyPriced(bounded(usage.units), usage, anatomy),
    unbounded
  }
}
