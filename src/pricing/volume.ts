/** volume: one tier prices everything; where units are prorated, the full units choose it (spec pricing 4.3, 5). */
import type { VolumeProperties } from "./model.js"
import { compilePieces, volumePieces } from "./piecewise.js"
import { type Anatomy, LazilyPriced, type Priced } from "./priced.js"
import type { PriceTierRow } from "./rows.js"
import { equation, tierTerms } from "./sentence.js"
import { priceTierRow, priceTiers, tierOf } from "./tier.js"
import { fullUnits, type Usage } from "./usage.js"

export interface VolumePrice {
  readonly charge_model: "volume"
  readonly properties: VolumeProperties
  readonly needs_event_values: false
  readonly price: (usage: Usage) => Priced
}

export const compileVolume = (properties: VolumeProperties): VolumePrice => {
  const tiers = priceTiers(properties.volume_ranges)
  const amountOf = compilePieces(volumePieces(tiers))
  const row = (usage: Usage): PriceTierRow => priceTierRow(tierOf(tiers, fullUnits(usage)), usage.units)
  const anatomy: Anatomy = {
    unitDivisor: fullUnits,
    rows: (usage) => [row(usage)],
    text: (usage, amount) => equation(tierTerms([row(usage)]), amount)
  }
  return {
    charge_model: "volume",
    properties,
    needs_event_values: false,
    price: (usage) => new LazilyPriced(amountOf(usage.units, fullUnits(usage)), usage, anatomy)
  }
}
