/**
 * Events on their lines, in order of acceptance: what each costs, and where the lines stand after them. Pure.
 *
 * A line that is opened here counts all that is stored of earlier windows; one that was known is moved by each event that came late.
 */
import { Exact, type RoundingMode } from "../../core/index.js"
import { priceOf, type SequencedEvent } from "../../metering/index.js"
import type { AdvanceEvent, CompiledPrice } from "../../pricing/index.js"
import {
  type AdvanceKey,
  type AdvanceState,
  type AdvanceStep,
  type CompiledCharge,
  continuedBy,
  eventStep,
  movedBehind
} from "../../rating/index.js"
import { type Billable, lineKey, type Payer, type ReadyCharge, type ReadyWindow } from "./billable.js"

/** An event that was billed on a charge. */
export interface BilledEvent {
  readonly billable: Billable
  readonly step: AdvanceStep
}

/** A line as a key of maps. */
export const keyText = ({ charge_filter_id, charge_id, group, period_start, subscription_id }: AdvanceKey): string =>
  JSON.stringify([
    subscription_id,
    charge_id,
    charge_filter_id,
    period_start.epochMillis,
    ...Object.entries(group).sort(([a], [b]) => (a < b ? -1 : 1))
  ])

/** The price of a line's bucket. */
export const priceFor = ({ prices }: CompiledCharge, { charge_filter_id }: Pick<AdvanceKey, "charge_filter_id">): CompiledPrice =>
  prices.find(({ filter }) => (filter?.id ?? null) === charge_filter_id)!.price

/** The lines of later windows that an event of a recurring metric may move, with their places. */
export const laterKeys = ({
  charge,
  event,
  payer,
  place
}: Billable): ReadonlyArray<{ readonly key: AdvanceKey; readonly window: ReadyWindow; readonly charge: ReadyCharge }> => {
  const { code, recurring } = charge.compiled.terms.metric
  if (!recurring) return []
  const ids = (charges: ReadonlyArray<ReadyCharge>): ReadonlyArray<string> => charges.map(({ compiled }) => compiled.terms.charge.id)
  const own = ids(payer.windows[place]!.charges[code]!)
  return payer.windows.slice(place + 1).flatMap((window) => {
    const charges = window.charges[code] ?? []
    const later = continuedBy(charge.compiled.terms.charge.id, own, ids(charges))
    return charges.flatMap((one) =>
      later.includes(one.compiled.terms.charge.id) ? [{ charge: one, window, key: lineKey(payer, window, one, event) }] : []
    )
  })
}

/** The switches of an item on a line, as far as they were accepted. */
interface Switches {
  readonly before: Array<Switch>
  readonly within: Array<Switch>
}

interface Switch {
  readonly at: number
  readonly adds: boolean
}

/** By timestamp before the window, by acceptance within it. */
const isActive = ({ before, within }: Switches): boolean => {
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
  return (payer: Payer, window: ReadyWindow, charge: ReadyCharge, key: AdvanceKey, item: string, opened_now: boolean): Switches => {
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
      if (isBefore && recurring && (opened_now || !fresh.has(event.id))) switches.before.push(each)
      else if (!isBefore && !fresh.has(event.id)) switches.within.push(each)
    }
    known.set(name, switches)
    return switches
  }
}

const ONE = Exact.one
const move = (from: boolean, to: boolean): Exact.Exact => (from === to ? Exact.zero : to ? ONE : Exact.negate(ONE))

/** What an event brings to its line. */
const advanceEvent = ({ charge: { bucket, compiled }, event, payer, place, value }: Billable, moved: Exact.Exact): AdvanceEvent => {
  const { currency_exponent, terms } = compiled
  const { prices } = compiled.prices[bucket(event.properties)]!.terms
  const { period } = payer.windows[place]!
  return {
    value: terms.metric.aggregation_type === "unique_count" ? moved : value,
    unique: terms.metric.aggregation_type === "unique_count",
    ...(prices === null
      ? {}
      : { precise_total_amount_cents: priceOf(prices, event.precise_total_amount_cents, event.properties), currency_exponent }),
    ...(terms.charge.prorated ? { share: { days: period.daysFrom(period.dayOf(event.at)), full_days: period.full_days } } : {})
  }
}

/** The lines that a batch moves: those that were known, and those that it opens. */
export interface Book {
  readonly lines: Map<string, AdvanceState>
  /** Texts of keys of lines that are opened with this batch. */
  readonly opened: ReadonlySet<string>
}

const samePeriod = (a: ReadyWindow, b: ReadyWindow): boolean =>
  a.usage.full_from.epochMillis === b.usage.full_from.epochMillis && a.usage.full_to.epochMillis === b.usage.full_to.epochMillis

/** Bills events on the lines of a book, which they move. */
export const billAll = (
  all: ReadonlyArray<Billable>,
  { lines, opened }: Book,
  items: ReturnType<typeof itemsOf>,
  roundingOf: (payer: Payer) => RoundingMode
): ReadonlyArray<BilledEvent> =>
  all.map((billable): BilledEvent => {
    const { charge, event, item, key, payer, place, value } = billable
    const { compiled } = charge
    const { aggregation_type } = compiled.terms.metric
    const window = payer.windows[place]!
    const isUnique = aggregation_type === "unique_count"
    const text = keyText(key)
    const line = lines.get(text)!
    const adds = value.coefficient > 0n

    let moved = value
    if (isUnique) {
      const switches = items(payer, window, charge, key, item, opened.has(text))
      const was = isActive(switches)
      switches.within.push({ at: event.at, adds })
      moved = move(was, adds)
    }
    const terms = { currency_exponent: compiled.currency_exponent, rounding_mode: roundingOf(payer) }
    const given = advanceEvent(billable, moved)
    const step = eventStep(line, priceFor(compiled, key), given, terms)
    lines.set(text, step.line)
    const rose = given.share?.days === 0 ? Exact.zero : Exact.subtract(step.line.state.peak, line.state.peak)

    for (const later of laterKeys(billable)) {
      const name = keyText(later.key)
      const known = lines.get(name)
      if (known === undefined || opened.has(name)) continue
      let by = value
      if (isUnique) {
        const switches = items(payer, later.window, later.charge, later.key, item, false)
        const was = isActive(switches)
        switches.before.push({ at: event.at, adds })
        by = move(was, isActive(switches))
      }
      lines.set(name, movedBehind(known, by, samePeriod(window, later.window) ? rose : Exact.zero))
    }
    return { billable, step }
  })
