/** latest: the value of the last event, a negative one as 0; recurring: the last one known, even from before (P8). */
import { isNegative, zero } from "../../core/exact.js"
import type { Fold } from "./fold.js"

export const latest: Fold = {
  value: ({ before, within }) => {
    const value = (within.at(-1) ?? before.at(-1))?.value ?? zero
    return isNegative(value) ? zero : value
  },
  eventValues: ({ within }) => within.map((event) => event.value)
}
