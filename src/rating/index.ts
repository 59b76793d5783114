/** Rating: a plan's charges over a subscription's usage, as priced lines. */
export {
  type AdvanceKey,
  type AdvanceLine,
  type AdvanceState,
  type AdvanceStep,
  type Carried,
  type CarriedFee,
  emptyLine,
  eventStep,
  inheritedLine,
  movedBehind,
  pendingLine,
  startedLine
} from "./advance.js"
export { AdvanceRating, chargesInAdvance } from "./advance-rating.js"
export { AdvanceStore } from "./advance-store.js"
export { alertTriggers, alertValue, type Triggers } from "./alert.js"
export { type CompiledCharge, compileCharge } from "./charge.js"
export { type BilledBefore, continuedBy, type Earlier, earlierOf, type Heights, heightsOf, paidOf } from "./continued.js"
export { groupRecord } from "./group.js"
export { type LineTerms, linesOf, type RatedLine, type UsageLine } from "./lines.js"
export { ownedStretches, subjectOf } from "./ownership.js"
export { periodOf, Rating, type RatingError } from "./rating.js"
export type { PlanStretch, RatingWindow, Sibling, UsageLife } from "./window.js"
