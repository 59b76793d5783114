/** Taxes of one document: each tax rounded once on the sum under it, then split over its fees (decision N4). */
import type { TaxRate } from "../catalog/index.js"
import { Exact, type RoundingMode, split } from "../core/index.js"

/** A fee as taxes see it: what is left of it after its discounts, in minor units, and the taxes of its level (I5). */
export interface Taxable {
  readonly net_cents: bigint
  readonly taxes: ReadonlyArray<TaxRate>
}

export interface TaxShare {
  readonly tax: TaxRate
  /** The discounted amount under the tax, in minor units. */
  readonly base_cents: bigint
  readonly amount_cents: bigint
}

export interface DocumentTaxes {
  /** Per tax that some fee carries, in the order in which the fees name them. */
  readonly taxes: ReadonlyArray<TaxShare>
  /** Per fee, in order: its share of each of its taxes. */
  readonly fees: ReadonlyArray<ReadonlyArray<TaxShare>>
}

/**
 * Per tax: round(Σ net of the fees that carry it × rate), split over these fees by largest remainder of net × rate.
 *
 * @see decisions N3, N4, N7
 */
export const taxesOf = (fees: ReadonlyArray<Taxable>, mode: RoundingMode = "half_away"): DocumentTaxes => {
  const carriers = new Map<string, { readonly tax: TaxRate; readonly fees: Array<number> }>()
  fees.forEach((fee, index) => {
    for (const tax of fee.taxes) {
      const known = carriers.get(tax.tax_id)
      if (known === undefined) carriers.set(tax.tax_id, { tax, fees: [index] })
      else known.fees.push(index)
    }
  })
  const shares: ReadonlyArray<Array<TaxShare>> = fees.map(() => [])
  const taxes = [...carriers.values()].map(({ fees: carrying, tax }): TaxShare => {
    const nets = carrying.map((index) => fees[index]!.net_cents)
    const base_cents = nets.reduce((sum, net) => sum + net, 0n)
    const amount_cents = Exact.toMinorUnits(Exact.multiply(Exact.fromBigInt(base_cents), Exact.unsafeFromText(tax.rate)), 0, mode)
    split(amount_cents, nets).forEach((part, at) => {
      shares[carrying[at]!]!.push({ tax, base_cents: nets[at]!, amount_cents: part })
    })
    return { tax, base_cents, amount_cents }
  })
  return { taxes, fees: shares }
}
