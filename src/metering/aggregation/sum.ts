/** sum, and custom, whose events carry the value of its expression: the values added up; recurring: of every event so far (P8). */
import { add } from "../../core/exact.js"
import { total } from "./counted.js"
import type { Fold } from "./fold.js"

export const sum: Fold = {
  value: ({ before, within }) => add(total(before), total(within)),
  eventValues: ({ within }) => within.map((event) => event.value)
}
