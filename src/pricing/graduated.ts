/** graduated: every tier prices the units that lie in it, plus its flat amount once entered (spec pricing 4.2, decisions P1, P2). */
import type { Exact } from "../core/exact.js"
import type { GraduatedProperties, PriceRange } from "./model.js"
import { compilePieces, graduatedPieces } from "./piecewise.js"
import { type Anatomy, LazilyPriced, type Priced } from "./priced.js"
import { movedUnits, movementAmount, movementRows, movementText } from "./prorated-graduated.js"
import type { PriceTierRow } from "./rows.js"
import { equation, tierTerms } from "./sentence.js"
import { isEntered, priceTierRow, priceTiers, type Tier, unitsInTier } from "./tier.js"
import { fullUnits, type Usage } from "./usage.js"

export interface GraduatedPrice {
  readonly charge_model: "graduated"
  readonly properties: GraduatedProperties
  readonly needs_event_values: false
  /** By movements where the usage has some, else by units. */
  readonly price: (usage: Usage) => Priced
}

const enteredRows = (tiers: ReadonlyArray<Tier<PriceRange>>, units: Exact): ReadonlyArray<PriceTierRow> =>
  tiers.filter((tier) => isEntered(tier, units)).map((tier) => priceTierRow(tier, unitsInTier(tier, units)))

export const compileGraduated = (properties: GraduatedProperties): GraduatedPrice => {
  const tiers = priceTiers(properties.graduated_ranges)
  const amountOf = compilePieces(graduatedPieces(tiers))
  const rows = ({ movements, units }: Usage): ReadonlyArray<PriceTierRow> =>
    movements === undefined ? enteredRows(tiers, units) : movementRows(tiers, movements)
  const anatomy: Anatomy = {
    unitDivisor: (usage) => (usage.movements === undefined ? fullUnits(usage) : movedUnits(usage.movements)),
    rows,
    text: (usage, amount) => (usage.movements === undefined ? equation(tierTerms(rows(usage)), amount) : movementText(rows(usage), amount))
  }
  return {
    charge_model: "graduated",
    properties,
    needs_event_values: false,
    price: (usage) =>
      new LazilyPriced(usage.movements === undefined ? amountOf(usage.units) : movementAmount(tiers, usage.movements), usage, anatomy)
  }
}
