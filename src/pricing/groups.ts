/** Groups of a charge: each is priced on its own, tiers, packages and allowances begin anew (spec pricing 3.2). */
import { type Exact, sum } from "../core/exact.js"
import type { CompiledPrice } from "./compile.js"
import type { Priced } from "./priced.js"
import type { Usage } from "./usage.js"

/** Pricing group key → value; null: the event lacks it. */
export type Group = Readonly<Record<string, string | null>>

export interface GroupUsage {
  readonly group: Group
  readonly usage: Usage
}

export interface PricedGroup extends GroupUsage {
  readonly priced: Priced
}

export interface PricedGroups {
  readonly units: Exact
  readonly amount: Exact
  readonly groups: ReadonlyArray<PricedGroup>
}

export const priceGroups = (price: CompiledPrice, groups: ReadonlyArray<GroupUsage>): PricedGroups => {
  const priced = groups.map(({ group, usage }) => ({ group, usage, priced: price.price(usage) }))
  return {
    units: sum(groups.map(({ usage }) => usage.units)),
    amount: sum(priced.map((each) => each.priced.amount)),
    groups: priced
  }
}
