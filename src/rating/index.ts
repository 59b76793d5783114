/** Rating: a plan's charges over a subscription's usage, as priced lines. */
export { type AdvanceLine, advanceLines } from "./advance.js"
export { AdvanceRating } from "./advance-rating.js"
export { type AlertFirings, type AlertTerms, alertTriggers, alertValue, type Triggers } from "./alert.js"
export { type CompiledCharge, compileCharge, type HostFunctions } from "./charge.js"
export { groupRecord, type LineTerms, linesOf, type MinimumLine, type RatedLine, type UsageLine } from "./lines.js"
export { ownedStretches, subjectOf } from "./ownership.js"
export { CustomFunctions, periodOf, Rating, type RatingError, type RatingOptions, type RatingShape } from "./rating.js"
export type { PlanStretch, RatingWindow, Sibling, UsageLife } from "./window.js"
