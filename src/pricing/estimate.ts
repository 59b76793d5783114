/** What one more event, one event alone, or a number of units would cost; nothing is stored (spec pricing 8). */
import { type Exact, isNegative, subtract, zero } from "../core/exact.js"
import type { CompiledPrice } from "./compile.js"
import type { Priced } from "./priced.js"
import { transactionAmount } from "./transaction.js"
import type { Usage } from "./usage.js"

/** Price of the period with one more event less its price without it; in units of the currency, may be negative. */
export const estimateEvent = (price: CompiledPrice, without: Usage, including: Usage): Exact =>
  subtract(price.price(including).amount, price.price(without).amount)

export interface InstantEstimate {
  readonly units: Exact
  /** In units of the currency. */
  readonly amount: Exact
}

/**
 * One event by its value, without history: standard without the bounds of a line, percentage without allowances. A
 * negative value is 0. null: the model depends on history and has none.
 */
export const instantEstimate = (price: CompiledPrice, value: Exact): InstantEstimate | null => {
  if (price.charge_model !== "standard" && price.charge_model !== "percentage") return null
  if (isNegative(value)) return { units: zero, amount: zero }
  return { units: value, amount: price.charge_model === "standard" ? price.unbounded(value) : transactionAmount(price.terms, value) }
}

/** The price of a number of units; a percentage model takes them as one transaction. */
export const simulate = (price: CompiledPrice, units: Exact): Priced => price.price({ units, event_values: [units] })
