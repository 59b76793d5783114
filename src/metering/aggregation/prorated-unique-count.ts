/**
 * A recurring unique count by days: an item counts for every day on which it was active, that of its removal included,
 * each day once however often it was switched (P18).
 */
import type { LocalDate } from "../../core/calendar/index.js"
import { fromBigInt, negate, one, zero } from "../../core/exact.js"
import { adds } from "./counted.js"
import type { FoldEvents } from "./fold.js"
import type { FoldPeriod } from "./period.js"
import type { ProratedFold } from "./prorated-sum.js"
import { activeAfter } from "./unique-count.js"

/** A stretch of days on which an item was active without a break. */
interface Run {
  /** Days from its first day, and from the one on which it ended, to the period's last; the end's are 0 while it lasts. */
  readonly fromFirst: number
  endDay: LocalDate | undefined
  fromEnd: number
}

interface Step {
  readonly run: Run
  readonly comes: boolean
  /** An end that the same day takes back is no step. */
  dropped: boolean
}

const daysOf = (run: Run): number => run.fromFirst - (run.endDay === undefined ? 0 : run.fromEnd - 1)

const MINUS_ONE = negate(one)

export const proratedUniqueCount = ({ before, within }: FoldEvents, period: FoldPeriod): ProratedFold => {
  const steps: Array<Step> = []
  const runs = new Map<string, Run>()
  const ends = new Map<string, Step>()
  const begin = (item: string, fromFirst: number) => {
    if (fromFirst === 0) return
    const run: Run = { fromFirst, endDay: undefined, fromEnd: 0 }
    runs.set(item, run)
    steps.push({ run, comes: true, dropped: false })
  }
  const carried = activeAfter(before)
  for (const item of carried) begin(item, period.days)

  for (const event of within) {
    const day = period.dayOf(event.at)
    const fromDay = period.daysFrom(day)
    // A day that belongs to what follows changes nothing here.
    if (fromDay === 0) continue
    const run = runs.get(event.item)
    const active = run !== undefined && run.endDay === undefined
    if (adds(event) === active) continue
    if (active) {
      run.endDay = day
      run.fromEnd = fromDay
      const end: Step = { run, comes: false, dropped: false }
      ends.set(event.item, end)
      steps.push(end)
    } else if (run?.endDay === day) {
      run.endDay = undefined
      ends.get(event.item)!.dropped = true
    } else {
      begin(event.item, fromDay)
    }
  }

  const kept = steps.filter((step) => !step.dropped)
  const days = kept.reduce((sum, step) => (step.comes ? sum + daysOf(step.run) : sum), 0)
  return {
    value: period.share(one, days),
    full_units: fromBigInt(BigInt(activeAfter(within, carried).size)),
    movements: kept.map((step) =>
      step.comes ? { units: one, prorated_units: period.share(one, daysOf(step.run)) } : { units: MINUS_ONE, prorated_units: zero }
    )
  }
}
