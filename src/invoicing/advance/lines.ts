/**
 * Events on their lines, in order of acceptance: what each costs, and where the lines stand after them. Pure.
 *
 * The line of a window to come, when it is made here, counts all that is stored of the windows before it; every other one is moved by each
 * event that comes late.
 */
import { Exact, InvalidInput, LARGEST_AMOUNT, type RoundingMode } from "../../core/index.js"
import { priceOf, type UnbillableEvent } from "../../metering/index.js"
import type { AdvanceEvent } from "../../pricing/index.js"
import { type AdvanceState, type AdvanceStep, emptyLine, eventStep, type Heights, movedBehind } from "../../rating/index.js"
import { risesOf } from "./arrears.js"
import { type Billable, isBilledHere, type Payer } from "./billable.js"
import { keyText, type Later, laterKeys, priceFor } from "./keys.js"
import { isActive, type itemsOf, move, switchOf } from "./switches.js"
import { isOfPeriod } from "./timeline.js"

/** An event that was billed on a charge. */
export interface BilledEvent {
  readonly billable: Billable
  readonly step: AdvanceStep
}

/** Where an event has its price. */
const priceField = ({ charge, event: { precise_total_amount_cents, properties } }: Billable): string => {
  const { compiled } = charge
  const { prices } = compiled.prices[charge.bucket(properties)]!.terms
  if (prices !== null) return precise_total_amount_cents === null ? `properties.${prices.price_field}` : "precise_total_amount_cents"
  const { aggregation_type, field_name } = compiled.terms.metric
  return aggregation_type === "sum" && field_name !== null ? `properties.${field_name}` : "code"
}

const tooMuch = (billable: Billable): InvalidInput =>
  new InvalidInput({
    field: priceField(billable),
    reason: `what is billed of ${billable.event.code} in its period comes to more than ${LARGEST_AMOUNT} minor units`
  })

/** What an event brings to the line that takes it: what came late for an earlier window counts for all days, as what is carried does. */
const advanceEvent = ({ charge: { bucket, compiled }, dated, event, payer, place, value }: Billable, moved: Exact.Exact): AdvanceEvent => {
  const { currency_exponent, terms } = compiled
  const { prices } = compiled.prices[bucket(event.properties)]!.terms
  const { period } = payer.windows[place]!
  const days = dated < place ? period.days : period.daysFrom(period.dayOf(event.at))
  return {
    value: terms.metric.aggregation_type === "unique_count" ? moved : value,
    unique: terms.metric.aggregation_type === "unique_count",
    ...(prices === null
      ? {}
      : { precise_total_amount_cents: priceOf(prices, event.precise_total_amount_cents, event.properties), currency_exponent }),
    ...(terms.charge.prorated ? { share: { days, full_days: period.full_days } } : {})
  }
}

/** The lines that a batch moves: those that were known, and those that it opens. */
export interface Book {
  readonly lines: Map<string, AdvanceState>
  /** Texts of keys of lines of windows to come that are made with this batch: they count what is stored. */
  readonly counted: ReadonlySet<string>
  /** What plans in arrears billed before lines, by their keys' texts; of those alone before which some did. */
  readonly paid: ReadonlyMap<string, Heights>
}

/** Bills events on the lines of a book, which they move; one that comes to more than a document holds moves none. */
export const billAll = (
  all: ReadonlyArray<Billable>,
  { counted, lines, paid }: Book,
  asked: () => ReturnType<typeof itemsOf>,
  roundingOf: (payer: Payer) => RoundingMode
): { readonly billed: ReadonlyArray<BilledEvent>; readonly refused: ReadonlyArray<UnbillableEvent> } => {
  const billed: Array<BilledEvent> = []
  const refused: Array<UnbillableEvent> = []
  const items = asked()
  const risen = risesOf(all, paid, asked())

  /** How far an event moves the level of a line, whose items know of it from now on. */
  const moveOf = (billable: Billable, { charge, key, window }: Later, is_counted: boolean): Exact.Exact => {
    const { event, item, payer, value } = billable
    if (charge.compiled.terms.metric.aggregation_type !== "unique_count") return value
    const switches = items(payer, window, charge, key, item, is_counted)
    const was = isActive(switches)
    const isBefore = event.at < window.usage.from.epochMillis
    ;(isBefore ? switches.before : switches.within).push(switchOf(billable))
    return move(was, isActive(switches))
  }

  /** Moves a line that the event lies before. */
  const push = (billable: Billable, later: Later, rose: Exact.Exact, begun: boolean): void => {
    const { charge, key, window } = later
    const name = keyText(key)
    if (counted.has(name)) return
    const known = lines.get(name)
    if (known === undefined && !window.opened) return
    const by = moveOf(billable, later, false)
    if (known === undefined && Exact.isZero(by) && Exact.isZero(rose)) return
    lines.set(name, movedBehind(known ?? emptyLine(key, window.usage.to, priceFor(charge.compiled, key)), { by, rose, begun }))
  }

  for (const billable of all) {
    const { charge, dated, key, payer, place } = billable
    const window = payer.windows[place]!
    const own = { charge, key, window }
    if (!isBilledHere(billable)) {
      for (const later of [own, ...laterKeys(billable)]) push(billable, later, Exact.zero, false)
      continue
    }
    const text = keyText(key)
    const known = lines.get(text)!
    const elsewhere = dated === place ? Exact.zero : risen(billable, text, Exact.zero)
    const line = Exact.isZero(elsewhere) ? known : movedBehind(known, { by: Exact.zero, rose: elsewhere, begun: true })
    const terms = { currency_exponent: charge.compiled.currency_exponent, rounding_mode: roundingOf(payer) }
    const given = advanceEvent(billable, moveOf(billable, own, counted.has(text)))
    const step = eventStep(line, priceFor(charge.compiled, key), given, terms)
    if (step.line.amount_cents > LARGEST_AMOUNT) {
      refused.push({ id: billable.event.id, error: tooMuch(billable) })
      continue
    }
    lines.set(text, step.line)
    billed.push({ billable, step })
    const rose = given.share?.days === 0 ? Exact.zero : Exact.subtract(step.line.state.peak, line.state.peak)
    for (const later of laterKeys(billable)) {
      const same = isOfPeriod(later.window, payer.windows[dated]!)
      push(billable, later, same ? risen(billable, keyText(later.key), Exact.add(elsewhere, rose)) : Exact.zero, same)
    }
  }
  return { billed, refused }
}
