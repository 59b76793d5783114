/** custom: the amount that a function of the host gives; without one a fixed amount, else units at a price (spec pricing 4.8). */
import * as Either from "effect/Either"
import { type Exact, multiply, toText, unsafeFromText, zero } from "../core/exact.js"
import { ChargeNotRatable } from "./errors.js"
import type { CustomProperties } from "./model.js"
import { type Anatomy, LazilyPriced, noRows, type Priced } from "./priced.js"
import { equation } from "./sentence.js"
import { fullUnits, type Usage } from "./usage.js"

export interface CustomPrice {
  readonly charge_model: "custom"
  readonly properties: CustomProperties
  readonly needs_event_values: false
  readonly price: (usage: Usage) => Priced
}

const notRatable = (reason: string) => new ChargeNotRatable({ charge_model: "custom", reason })

const byFunction: Anatomy = {
  unitDivisor: fullUnits,
  rows: ({ function_result }) => function_result?.rows ?? [],
  text: ({ function_result }, amount) => equation(function_result ? "the host's function" : "the host's function returned nothing", amount)
}

/** How units become an amount without a function. */
interface OwnPrice {
  readonly amountOf: (units: Exact) => Exact
  readonly calculation: (units: Exact) => string
}

const ownPrice = ({ custom_amount, unit_price }: CustomProperties): OwnPrice | undefined => {
  if (custom_amount !== undefined) {
    const amount = unsafeFromText(custom_amount)
    return { amountOf: () => amount, calculation: () => "fixed amount" }
  }
  if (unit_price === undefined) return undefined
  const perUnit = unsafeFromText(unit_price)
  return { amountOf: (units) => multiply(units, perUnit), calculation: (units) => `${toText(units)} × ${unit_price}` }
}

/** Fails with `ChargeNotRatable` where the host registered no function and the properties hold no price. */
export const compileCustom = (properties: CustomProperties, function_registered: boolean): Either.Either<CustomPrice, ChargeNotRatable> => {
  const compiled = (price: (usage: Usage) => Priced): CustomPrice => ({
    charge_model: "custom",
    properties,
    needs_event_values: false,
    price
  })
  if (function_registered) {
    return Either.right(compiled((usage) => new LazilyPriced(usage.function_result?.amount ?? zero, usage, byFunction)))
  }
  const own = ownPrice(properties)
  if (own === undefined) return Either.left(notRatable("no function is registered, and neither custom_amount nor unit_price is set"))
  const anatomy: Anatomy = {
    unitDivisor: fullUnits,
    rows: noRows,
    text: ({ units }, amount) => equation(own.calculation(units), amount)
  }
  return Either.right(compiled((usage) => new LazilyPriced(own.amountOf(usage.units), usage, anatomy)))
}
