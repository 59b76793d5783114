/**
 * Lines of charges paid in advance: where the level of a (subscription, charge, bucket, group, window) stands and what of it
 * was billed, kept from one event to the next. Pure.
 */
import type { DateTime } from "effect"
import type { Charge, ChargeFilter } from "../catalog/index.js"
import { Exact } from "../core/index.js"
import type { BillableMetric } from "../metering/index.js"
import {
  type AdvanceEvent,
  type AdvanceFee,
  beforeFirstEvent,
  billCarried,
  billEvent,
  type CompiledPrice,
  explainFee,
  type FeeFigures,
  feeOf,
  type Group,
  type InAdvance,
  isZeroed,
  type Priced,
  type Usage
} from "../pricing/index.js"
import type { CompiledCharge } from "./charge.js"
import type { Paid } from "./continued.js"
import type { LineTerms } from "./lines.js"

/** Which line: of a charge's bucket and group in a window of a subscription. */
export interface AdvanceKey {
  readonly subscription_id: string
  readonly charge_id: string
  /** Null for the events that no filter takes. */
  readonly charge_filter_id: string | null
  readonly group: Group
  /** Where the window begins. */
  readonly period_start: DateTime.Utc
}

/** The fee of what is carried into a window, with its explanation. */
export interface CarriedFee extends FeeFigures {
  readonly breakdown: ReadonlyArray<unknown>
  readonly text: string
}

/** A line with what its fees come to; it takes its window's events in order of acceptance. */
export interface AdvanceState extends AdvanceKey {
  readonly period_end: DateTime.Utc
  readonly state: InAdvance
  /** Of the units that count as billed those that no fee of this line holds: an earlier plan of the period billed them, or the renewal will. */
  readonly apart: Exact.Exact
  /** Whether the renewal still has to bill what is apart. */
  readonly pending: boolean
  /** What was billed at the window's start; null where nothing was. */
  readonly carried: CarriedFee | null
  readonly events_count: number
  /** Its fees added up: each rounded for itself, and exact, in units of the currency. */
  readonly amount_cents: bigint
  readonly amount: Exact.Exact
}

/** A line that is not known yet, without a level of its own. */
export const emptyLine = (key: AdvanceKey, period_end: DateTime.Utc, price: CompiledPrice): AdvanceState => ({
  ...key,
  period_end,
  state: beforeFirstEvent(price),
  apart: Exact.zero,
  pending: false,
  carried: null,
  events_count: 0,
  amount_cents: 0n,
  amount: Exact.zero
})

/** A level that a recurring metric carries into a window, the price of its events where the charge is dynamic, and the days that it counts for. */
export interface Carried extends Pick<AdvanceEvent, "share" | "precise_total_amount_cents" | "currency_exponent"> {
  readonly level: Exact.Exact
}

const carriedFee = (price: CompiledPrice, { level: value, ...more }: Carried): AdvanceFee => billCarried(price, { value, ...more })

/** A line that begins before the renewal has billed what is carried into its window. */
export const pendingLine = (line: AdvanceState, price: CompiledPrice, carried: Carried): AdvanceState => {
  if (Exact.sign(carried.level) <= 0) return { ...line, state: { ...line.state, level: carried.level }, pending: true }
  const { state } = carriedFee(price, carried)
  return { ...line, state, apart: state.billed, pending: true }
}

const booked = (line: AdvanceState, { priced, state, usage }: AdvanceFee, figures: FeeFigures, events: number): AdvanceState => ({
  ...line,
  state,
  events_count: line.events_count + events,
  amount_cents: line.amount_cents + figures.amount_cents,
  amount: isZeroed(usage.units, priced.amount) ? line.amount : Exact.add(line.amount, priced.amount)
})

/** What an event, or the start of a window, is billed, and the line after it. */
export interface AdvanceStep {
  readonly line: AdvanceState
  readonly usage: Usage
  readonly priced: Priced
  readonly fee: FeeFigures
}

type Rounding = Pick<LineTerms, "rounding_mode"> & Pick<CompiledCharge, "currency_exponent">

const stepOf = (line: AdvanceState, billed: AdvanceFee, terms: Rounding, events: number): AdvanceStep => {
  const fee = feeOf(billed.priced, billed.usage, terms)
  return { line: booked(line, billed, fee, events), usage: billed.usage, priced: billed.priced, fee }
}

const startStep = (line: AdvanceState, billed: AdvanceFee, terms: Rounding): AdvanceState => {
  const step = stepOf(line, billed, terms, 0)
  const { rows: breakdown, text } = explainFee(step.priced, step.usage, terms)
  return { ...step.line, apart: Exact.zero, pending: false, carried: { ...step.fee, breakdown, text } }
}

/** Bills an event that counts. */
export const eventStep = (line: AdvanceState, price: CompiledPrice, event: AdvanceEvent, terms: Rounding): AdvanceStep =>
  stepOf(line, billEvent(price, line.state, event), terms, 1)

/** What the level has risen above what was billed, other than by events of this line: usage of earlier windows that came late. */
const risenBehind = ({ level, peak }: InAdvance): Exact.Exact => Exact.max(Exact.subtract(level, peak), Exact.zero)

/**
 * Bills what is carried into a window, at its start, like a first event. A line that events of the window have begun meanwhile
 * is billed what they left out: the price of everything so far less what their fees hold. The same line where nothing is carried.
 *
 * @see decisions P17; spec invoicing 9.5
 */
export const startedLine = (line: AdvanceState, price: CompiledPrice, carried: Carried, terms: Rounding): AdvanceState => {
  const { state } = line
  if (!line.pending) {
    if (line.events_count > 0) return line
    return Exact.sign(carried.level) > 0
      ? startStep(line, carriedFee(price, carried), terms)
      : { ...line, state: { ...state, level: carried.level } }
  }
  if (price.charge_model === "dynamic") return startStep(line, { ...carriedFee(price, carried), state }, terms)
  const rise = risenBehind(state)
  const more = carried.share === undefined ? rise : Exact.share(rise, BigInt(carried.share.days), BigInt(carried.share.full_days))
  const units = Exact.add(line.apart, more)
  const billed = Exact.add(state.billed, more)
  if (Exact.isZero(units)) return { ...line, pending: false }
  const apart = Exact.isZero(line.apart) ? Exact.zero : price.price({ units: line.apart }).amount
  const held = Exact.subtract(price.price({ units: state.billed }).amount, apart)
  const priced = lessHeld(price.price({ units: Exact.isZero(held) ? units : billed }), held, units)
  return startStep(line, { priced, usage: { units }, state: { ...state, peak: Exact.add(state.peak, rise), billed } }, terms)
}

/** A price less what the fees of events hold of it. */
const lessHeld = (priced: Priced, held: Exact.Exact, units: Exact.Exact): Priced => {
  if (Exact.isZero(held)) return priced
  const amount = Exact.subtract(priced.amount, held)
  return {
    amount,
    unit_amount: Exact.isZero(units) ? Exact.zero : Exact.divide(amount, units),
    rows: [],
    text: `${priced.text}, less ${Exact.toText(held)} that events were billed = ${Exact.toText(amount)}`
  }
}

/**
 * A line of whose units earlier plans of the period billed a part: what was added to that meanwhile is billed at its start, by the days
 * of its window where the charge is prorated.
 *
 * @see spec invoicing 9.5
 */
export const inheritedLine = (line: AdvanceState, price: CompiledPrice, carried: Carried, paid: Paid, terms: Rounding): AdvanceState => {
  const { level, precise_total_amount_cents: cents, ...more } = carried
  const { begun, billed, units } = paid
  const state: InAdvance = { ...line.state, level: units, peak: units, billed, begun }
  const added = Exact.subtract(level, units)
  if (Exact.sign(added) <= 0) return { ...line, state: { ...state, level }, apart: billed, pending: false }
  const own =
    cents === undefined ? {} : { precise_total_amount_cents: Exact.subtract(cents, paid.precise_total_amount_cents ?? Exact.zero) }
  return { ...startStep(line, billEvent(price, state, { ...more, ...own, value: added }), terms), apart: billed }
}

/** What usage of an earlier window that came late does to a line. */
export interface Behind {
  /** How far it moves the level. */
  readonly by: Exact.Exact
  /** How much more of it was billed elsewhere in the same period. */
  readonly rose: Exact.Exact
  /** Whether it was billed by an earlier line of the period, which has then taken the flat amounts too. */
  readonly begun: boolean
}

/** Usage of an earlier window that came late moves the level; what was billed of it elsewhere in the period is not billed here. */
export const movedBehind = (line: AdvanceState, { begun, by, rose }: Behind): AdvanceState => ({
  ...line,
  state: {
    ...line.state,
    level: Exact.add(line.state.level, by),
    peak: Exact.add(line.state.peak, rose),
    billed: Exact.add(line.state.billed, rose),
    begun: line.state.begun || begun
  },
  apart: Exact.add(line.apart, rose)
})

/** What a bucket and group of a charge paid in advance comes to in a window. */
export interface AdvanceLine {
  readonly charge: Charge
  readonly metric: BillableMetric
  readonly filter: ChargeFilter | null
  readonly group: Group
  readonly events_count: number
  /** The fees of the window added up, each rounded for itself; `units` are those billed. */
  readonly fee: FeeFigures
  /** The level after the last event, not below 0; decimal text. */
  readonly current_units: string
  readonly price: CompiledPrice
}

/** A line as it is shown: with what the renewal will bill, without what an earlier plan has billed. */
export const shownLine = (compiled: CompiledCharge, line: AdvanceState, terms: Rounding): AdvanceLine | null => {
  const { charge, metric } = compiled.terms
  const bucket = compiled.prices.find(({ filter }) => (filter?.id ?? null) === line.charge_filter_id)
  if (bucket === undefined) return null
  const start = line.pending && !Exact.isZero(line.apart) ? bucket.price.price({ units: line.apart }) : null
  const units = line.pending ? line.state.billed : Exact.subtract(line.state.billed, line.apart)
  const amount = start === null ? line.amount : Exact.add(line.amount, start.amount)
  const carried_cents = start === null ? 0n : feeOf(start, { units: line.apart }, terms).amount_cents
  return {
    charge,
    metric,
    filter: bucket.filter,
    group: line.group,
    events_count: line.events_count,
    fee: {
      units: Exact.toText(units),
      amount_cents: line.amount_cents + carried_cents,
      precise_amount_cents: Exact.toText(Exact.multiply(amount, Exact.make(Exact.pow10(compiled.currency_exponent)))),
      precise_unit_amount: Exact.toText(Exact.isZero(units) ? Exact.zero : Exact.divide(amount, units))
    },
    current_units: Exact.toText(Exact.max(line.state.level, Exact.zero)),
    price: bucket.price
  }
}
