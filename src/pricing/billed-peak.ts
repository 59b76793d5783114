/** Level and billed peak of usage that is paid in advance: only what rises above the peak is billed (spec pricing 6, decision P17). */
import { add, compare, type Exact, isNegative, subtract, zero } from "../core/exact.js"

export interface BilledPeak {
  /** Where the events have brought the level; may be negative. */
  readonly level: Exact
  /** The highest level billed so far; never below 0. */
  readonly peak: Exact
}

export interface Rise {
  readonly after: BilledPeak
  /** What the level rises above the peak: the units of the event. */
  readonly units: Exact
}

/** At the start of a period: what a recurring metric carries over is billed and is the first peak. */
export const peakAtStart = (carried: Exact = zero): BilledPeak => ({ level: carried, peak: isNegative(carried) ? zero : carried })

/** An event moves the level by its value. A decrease bills nothing, coming back to what was billed is free. */
export const moveLevel = ({ level, peak }: BilledPeak, value: Exact): Rise => {
  const moved = add(level, value)
  const rises = compare(moved, peak) > 0
  return { after: { level: moved, peak: rises ? moved : peak }, units: rises ? subtract(moved, peak) : zero }
}
