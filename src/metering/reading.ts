/** How one event reads for its metric: what it counts as, or why it does not count (P9). */
import { type Exact, fromText, multiply, negate, one, shift, zero } from "../core/exact.js"
import type { PriceFields } from "./aggregation/usage.js"
import { evaluation } from "./expression/evaluate.js"
import { parse } from "./expression/parse.js"
import type { MetricDefinition } from "./metric.js"
import { decimalText, own, type Properties, scalarText } from "./property.js"
import { isUncounted, type Uncounted, uncounted } from "./uncounted.js"

/** An event that counts: count 1; unique_count ±1 and the item; all others the value. */
interface Counted {
  readonly value: Exact
  readonly item: string
}

type Reading = Counted | Uncounted
export type Reader = (properties: Properties) => Reading

const counted = (value: Exact): Counted => ({ value, item: "" })

const ONE = counted(one)
const MINUS_ONE = negate(one)

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === ""

const numeric = (field: string): Reader => {
  const missing = uncounted("missing_property", field)
  const notDecimal = uncounted("not_a_decimal", field)
  return (properties) => {
    const value = own(properties, field)
    const text = decimalText(value)
    if (text === undefined) return isEmpty(value) ? missing : notDecimal
    return counted(fromText(text)!)
  }
}

const switching = (field: string): Reader => {
  const missing = uncounted("missing_property", field)
  const notText = uncounted("not_a_text", field)
  const unknownOperation = uncounted("unknown_operation", "operation_type")
  return (properties) => {
    const value = own(properties, field)
    const item = scalarText(value)
    if (item === undefined) return isEmpty(value) ? missing : notText
    switch (own(properties, "operation_type")) {
      case undefined:
      case null:
      case "add":
        return { value: one, item }
      case "remove":
        return { value: MINUS_ONE, item }
      default:
        return unknownOperation
    }
  }
}

const calculated = (expression: string): Reader => {
  const parsed = parse(expression)
  // Checked when the metric was written.
  if ("reason" in parsed) throw new Error(`a stored expression does not parse: ${parsed.reason}`)
  const evaluate = evaluation(parsed.tree)
  return (properties) => {
    const value = evaluate(properties)
    return isUncounted(value) ? value : counted(value)
  }
}

/** Prepares the reading of a metric's events; an expression is parsed once. */
export const reader = (metric: MetricDefinition): Reader => {
  switch (metric.aggregation_type) {
    case "count":
      return () => ONE
    case "unique_count":
      return switching(metric.field_name ?? "")
    case "custom":
      return calculated(metric.expression ?? "")
    default:
      return numeric(metric.field_name ?? "")
  }
}

const decimalOf = (properties: Properties, field: string): Exact | undefined => {
  const text = decimalText(own(properties, field))
  return text === undefined ? undefined : fromText(text)!
}

/**
 * What an event costs by itself, in minor units: its own price, else price × quantity in units of the currency; 0 where
 * one of these is not a plain decimal.
 *
 * @see spec pricing 4.7
 */
export const priceOf = (fields: PriceFields, ownPrice: string | null, properties: Properties): Exact => {
  if (ownPrice !== null) return fromText(ownPrice) ?? zero
  const price = decimalOf(properties, fields.price_field)
  const quantity = decimalOf(properties, fields.quantity_field)
  if (price === undefined || quantity === undefined) return zero
  const main = multiply(price, quantity)
  return shift(main, fields.exponent)
}
