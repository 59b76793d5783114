/** graduated_percentage: tiers as in graduated, a tier's price per unit is its rate ÷ 100 (spec pricing 4.6). */
import type { GraduatedPercentageProperties } from "./model.js"
import { compilePieces, graduatedPieces } from "./piecewise.js"
import { type Anatomy, LazilyPriced, type Priced } from "./priced.js"
import type { RateTierRow } from "./rows.js"
import { equation, tierTerms } from "./sentence.js"
import { isEntered, rateTierRow, rateTiers, unitsInTier } from "./tier.js"
import { fullUnits, type Usage } from "./usage.js"

export interface GraduatedPercentagePrice {
  readonly charge_model: "graduated_percentage"
  readonly properties: GraduatedPercentageProperties
  readonly needs_event_values: false
  readonly price: (usage: Usage) => Priced
}

export const compileGraduatedPercentage = (properties: GraduatedPercentageProperties): GraduatedPercentagePrice => {
  const tiers = rateTiers(properties.graduated_percentage_ranges)
  const amountOf = compilePieces(graduatedPieces(tiers))
  const rows = ({ units }: Usage): ReadonlyArray<RateTierRow> =>
    tiers.filter((tier) => isEntered(tier, units)).map((tier) => rateTierRow(tier, unitsInTier(tier, units)))
  const anatomy: Anatomy = { unitDivisor: fullUnits, rows, text: (usage, amount) => equation(tierTerms(rows(usage)), amount) }
  return {
    charge_model: "graduated_percentage",
    properties,
    needs_event_values: false,
    price: (usage) => new LazilyPriced(amountOf(usage.units), usage, anatomy)
  }
}
