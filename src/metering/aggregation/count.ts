/** count: number of events; recurring: every event so far (P8). */
import { type Exact, fromBigInt, one } from "../../core/exact.js"
import type { Fold } from "./fold.js"

export const count: Fold = {
  value: ({ before, within }): Exact => fromBigInt(BigInt(before.length + within.length)),
  eventValues: ({ within }) => within.map(() => one)
}
