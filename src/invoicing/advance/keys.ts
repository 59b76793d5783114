/** Which lines an event is about: the one that takes it, and those after it. Pure. */
import type { CompiledPrice } from "../../pricing/index.js"
import { type AdvanceKey, type CompiledCharge, continuedBy } from "../../rating/index.js"
import { type Billable, lineKey, type ReadyCharge, type ReadyWindow } from "./billable.js"

/** A line as a key of maps. */
export const keyText = ({ charge_filter_id, charge_id, group, period_start, subscription_id }: AdvanceKey): string =>
  JSON.stringify([
    subscription_id,
    charge_id,
    charge_filter_id,
    period_start.epochMillis,
    ...Object.entries(group).sort(([a], [b]) => (a < b ? -1 : 1))
  ])

/** The price of a line's bucket. */
export const priceFor = ({ prices }: CompiledCharge, { charge_filter_id }: Pick<AdvanceKey, "charge_filter_id">): CompiledPrice =>
  prices.find(({ filter }) => (filter?.id ?? null) === charge_filter_id)!.price

/** A line that an event may move. */
export interface Later {
  readonly key: AdvanceKey
  readonly window: ReadyWindow
  readonly charge: ReadyCharge
}

/** The lines after the one that takes an event of a recurring metric: it may move them too. */
export const laterKeys = ({ charge, event, payer, place }: Billable): ReadonlyArray<Later> => {
  const { code, recurring } = charge.compiled.terms.metric
  if (!recurring) return []
  const ids = (charges: ReadonlyArray<ReadyCharge>): ReadonlyArray<string> => charges.map(({ compiled }) => compiled.terms.charge.id)
  const own = ids(payer.windows[place]!.charges[code]!)
  return payer.windows.slice(place + 1).flatMap((window) => {
    const charges = window.charges[code] ?? []
    const later = continuedBy(charge.compiled.terms.charge.id, own, ids(charges))
    return charges.flatMap((one) =>
      later.includes(one.compiled.terms.charge.id) ? [{ charge: one, window, key: lineKey(payer, window, one, event) }] : []
    )
  })
}
