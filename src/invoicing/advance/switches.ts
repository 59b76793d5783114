/** Which items of unique counts are active on a line, as far as their events were accepted. Pure. */
import { Exact } from "../../core/index.js"
import type { SequencedEvent } from "../../metering/index.js"
import type { AdvanceKey } from "../../rating/index.js"
import { type Billable, lineKey, type Payer, type ReadyCharge, type ReadyWindow } from "./billable.js"
import { keyText } from "./keys.js"

/** The switches of an item on a line, as far as they were accepted. */
interface Switches {
  readonly before: Array<Switch>
  readonly within: Array<Switch>
}

export interface Switch {
  readonly at: number
  readonly adds: boolean
}

/** By timestamp before the window, by acceptance within it. */
export const isActive = ({ before, within }: Switches): boolean => {
  if (within.length > 0) return within.at(-1)!.adds
  let last: Switch | undefined
  for (const each of before) if (last === undefined || each.at >= last.at) last = each
  return last?.adds ?? false
}

/** Which items of unique counts are active, line by line; `history` are the events of a payer's item, of this batch too. */
export const itemsOf = (
  history: (payer: Payer, metric_id: string, item: string) => ReadonlyArray<SequencedEvent>,
  fresh: ReadonlySet<string>
) => {
  const known = new Map<string, Switches>()
  return (payer: Payer, window: ReadyWindow, charge: ReadyCharge, key: AdvanceKey, item: string, is_counted: boolean): Switches => {
    const text = keyText(key)
    const name = `${text} ${item}`
    const found = known.get(name)
    if (found !== undefined) return found
    const { id, recurring } = charge.compiled.terms.metric
    const switches: Switches = { before: [], within: [] }
    for (const event of history(payer, id, item)) {
      if (event.at >= window.usage.to.epochMillis || keyText(lineKey(payer, window, charge, event)) !== text) continue
      const each = { at: event.at, adds: event.value.coefficient > 0n }
      const isBefore = event.at < window.usage.from.epochMillis
      if (isBefore && recurring && (is_counted || !fresh.has(event.id))) switches.before.push(each)
      else if (!isBefore && !fresh.has(event.id)) switches.within.push(each)
    }
    known.set(name, switches)
    return switches
  }
}

export const switchOf = ({ event, value }: Billable): Switch => ({ at: event.at, adds: value.coefficient > 0n })

const ONE = Exact.one
export const move = (from: boolean, to: boolean): Exact.Exact => (from === to ? Exact.zero : to ? ONE : Exact.negate(ONE))
