/** Rating: a plan's charges over a subscription's usage, as priced lines. */
export { type AlertFirings, type AlertTerms, alertTriggers, alertValue, type Triggers } from "./alert.js"
export { type CompiledCharge, compileCharge, type HostFunctions } from "./charge.js"
export { type LineTerms, linesOf, type MinimumLine, type RatedLine, type UsageLine } from "./lines.js"
export { ownedStretches } from "./ownership.js"
export { CustomFunctions, Rating, type RatingError, type RatingOptions, type RatingShape } from "./rating.js"
export type { PlanStretch, RatingWindow, Sibling } from "./window.js"
