/** A recurring sum by days: what was carried over for all days, an event from its own day to the last (P18). */
import { add, type Exact, fromBigInt, isZero, multiply, zero } from "../../core/exact.js"
import type { Movement } from "../../pricing/index.js"
import { total } from "./counted.js"
import type { FoldEvents } from "./fold.js"
import type { FoldPeriod } from "./period.js"

export interface ProratedFold {
  readonly value: Exact
  readonly full_units: Exact
  readonly movements: ReadonlyArray<Movement>
}

export const proratedSum = ({ before, within }: FoldEvents, period: FoldPeriod): ProratedFold => {
  const movements: Array<Movement> = []
  let unitDays: Exact = zero
  let full_units: Exact = zero
  const move = (units: Exact, days: number) => {
    full_units = add(full_units, units)
    // A step without a day is left out: it is carried into what follows.
    if (days === 0) return
    unitDays = add(unitDays, multiply(units, fromBigInt(BigInt(days))))
    movements.push({ units, prorated_units: period.share(units, days) })
  }
  const carried = total(before)
  if (!isZero(carried)) move(carried, period.days)
  for (const event of within) move(event.value, period.daysFrom(period.dayOf(event.at)))
  return { value: period.share(unitDays, 1), full_units, movements }
}
