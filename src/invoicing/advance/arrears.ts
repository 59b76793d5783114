/**
 * What plans in arrears bill of events that came late, where a plan without the metric follows them and one in advance later in the same
 * period: the line of that one takes it for billed. Pure.
 */
import { Exact } from "../../core/index.js"
import type { Heights } from "../../rating/index.js"
import { type Billable, isBilledHere } from "./billable.js"
import { keyText, type Later, laterKeys } from "./keys.js"
import { type itemsOf, move, type Switch, switchOf } from "./switches.js"
import { isOfPeriod, type TimedWindow } from "./timeline.js"

/** The lines that an event moves in its own period, from earlier windows. */
export const linesAfter = (billable: Billable): ReadonlyArray<Later> => {
  if (!isBilledHere(billable)) return []
  const { charge, dated, key, payer, place } = billable
  const later = laterKeys(billable).filter(({ window }) => isOfPeriod(window, payer.windows[dated]!))
  return dated === place ? later : [{ charge, key, window: payer.windows[place]! }, ...later]
}

/** The ends of windows before another one of their period that bill a metric in arrears by what is there then, oldest first, milliseconds. */
export const billedInArrears = (windows: ReadonlyArray<TimedWindow>, window: TimedWindow, metric_id: string): ReadonlyArray<number> => {
  const prices = ({ terms }: TimedWindow) => terms.charges.filter(({ metric }) => metric.id === metric_id)
  // Its own charges in arrears go on from what was billed in arrears.
  if (prices(window).some(({ charge }) => !charge.pay_in_advance)) return []
  return windows.slice(0, windows.indexOf(window)).flatMap((each, place) => {
    const next = windows[place + 1]!
    const isLeft = prices(next).length > 0 && isOfPeriod(next, each)
    const bills = !each.left_alone && prices(each).some(({ charge }) => !charge.pay_in_advance && !charge.prorated)
    return bills && !isLeft && isOfPeriod(window, each) ? [each.usage.to.epochMillis] : []
  })
}

/** Active by what was switched before an instant. */
const activeBefore = (switches: ReadonlyArray<Switch>, until: number): boolean => {
  let last: Switch | undefined
  for (const each of switches) if (each.at < until && (last === undefined || each.at >= last.at)) last = each
  return last?.adds ?? false
}

/** How much more each event, in their order, has billed elsewhere in a line's period: `rose` by the lines before it. `paid` is as stored, with the batch. */
export const risesOf = (all: ReadonlyArray<Billable>, paid: ReadonlyMap<string, Heights>, items: ReturnType<typeof itemsOf>) => {
  const moves = new Map<Billable, Map<string, ReadonlyArray<Exact.Exact>>>()
  const standing = new Map([...paid].map(([name, { levels, peak }]) => [name, { peak, levels: levels.map(({ value }) => value) }]))

  const movesOf = (billable: Billable, { charge, key, window }: Later, untils: ReadonlyArray<number>): ReadonlyArray<Exact.Exact> => {
    const { event, item, payer, value } = billable
    if (charge.compiled.terms.metric.aggregation_type !== "unique_count") {
      return untils.map((until) => (event.at < until ? value : Exact.zero))
    }
    const { before } = items(payer, window, charge, key, item, false)
    const was = untils.map((until) => activeBefore(before, until))
    before.push(switchOf(billable))
    return untils.map((until, index) => move(was[index]!, activeBefore(before, until)))
  }

  // What is stored knows of the whole batch: back to where it stood before.
  for (const billable of paid.size === 0 ? [] : all) {
    for (const later of linesAfter(billable)) {
      const name = keyText(later.key)
      const state = standing.get(name)
      if (state === undefined) continue
      const moved = movesOf(
        billable,
        later,
        paid.get(name)!.levels.map(({ until }) => until)
      )
      state.levels = state.levels.map((level, index) => Exact.subtract(level, moved[index]!))
      moves.set(billable, (moves.get(billable) ?? new Map()).set(name, moved))
    }
  }

  const heightOf = ({ levels, peak }: { readonly levels: ReadonlyArray<Exact.Exact>; readonly peak: Exact.Exact }): Exact.Exact =>
    levels.reduce(Exact.max, peak)
  return (billable: Billable, name: string, rose: Exact.Exact): Exact.Exact => {
    const state = standing.get(name)
    const moved = moves.get(billable)?.get(name)
    if (state === undefined || moved === undefined) return rose
    const before = heightOf(state)
    state.peak = Exact.add(state.peak, rose)
    state.levels = state.levels.map((level, index) => Exact.add(level, moved[index]!))
    return Exact.subtract(heightOf(state), before)
  }
}
