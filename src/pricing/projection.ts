/** Usage so far, scaled to the end of its period by days (spec pricing 8, decision P20). */
import { type Exact, share } from "../core/exact.js"
import type { CompiledPrice } from "./compile.js"
import type { Usage } from "./usage.js"

export interface Elapsed {
  /** Today included; at least 1. */
  readonly elapsed_days: number
  readonly period_days: number
  /** The metric carries over: nothing is extrapolated. */
  readonly recurring?: boolean
}

export interface Projection {
  readonly projected_units: Exact
  /** In units of the currency, exact. */
  readonly projected_amount: Exact
}

/** Models whose amount is not a function of the units alone scale the amount instead. */
const scalesAmount = ({ charge_model }: CompiledPrice): boolean =>
  charge_model === "percentage" || charge_model === "dynamic" || charge_model === "custom"

export const project = (price: CompiledPrice, usage: Usage, { elapsed_days, period_days, recurring = false }: Elapsed): Projection => {
  if (elapsed_days < 1) throw new RangeError("a projection needs at least today")
  const ended = recurring || elapsed_days >= period_days
  const toTheEnd = (figure: Exact): Exact => (ended ? figure : share(figure, BigInt(period_days), BigInt(elapsed_days)))
  const projected_units = toTheEnd(usage.units)
  const projected_amount =
    ended || scalesAmount(price) ? toTheEnd(price.price(usage).amount) : price.price({ units: projected_units }).amount
  return { projected_units, projected_amount }
}
