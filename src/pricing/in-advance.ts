/**
 * Charges paid in advance: one fee for each event that counts, in order of acceptance. An event costs the price of
 * everything so far less the price of what was billed so far (spec pricing 6, decision P17).
 */
import { add, type Exact, isZero, share, subtract, toText, zero } from "../core/exact.js"
import { type BilledPeak, moveLevel, peakAtStart } from "./billed-peak.js"
import type { CompiledPrice } from "./compile.js"
import type { PercentagePrice } from "./percentage.js"
import { noRows, type Priced, perUnit } from "./priced.js"
import { equation } from "./sentence.js"
import { type Allowance, NO_ALLOWANCE, transact, transactionAmount, transactionText } from "./transaction.js"
import type { Usage } from "./usage.js"

/** Where a line (charge, bucket, group) of a period stands. Plain values; the next event needs nothing else. */
export interface InAdvance extends BilledPeak {
  /** Units billed so far: the peak, or its parts by days on a prorated charge. */
  readonly billed: Exact
  /** Something was billed: flat amounts of the first tier are not due again. */
  readonly begun: boolean
  /** percentage: what is still free; nothing for other models. */
  readonly allowance: Allowance
}

/** Days of the period that an event's units count, of the full billing period; only on prorated charges. */
export interface DayShare {
  readonly days: number
  readonly full_days: number
}

export interface AdvanceEvent {
  /** By how much the event moves the level: sum, custom its value, count 1; unique_count 1, −1, or 0 where it changes nothing. */
  readonly value: Exact
  /** unique_count: percentage charges take an item that rises above the peak as a transaction, not the event. */
  readonly unique?: boolean
  /** dynamic: the event's own amount in minor units (`eventAmountCents`), with the currency's exponent. */
  readonly precise_total_amount_cents?: Exact
  readonly currency_exponent?: Usage["currency_exponent"]
  readonly share?: DayShare
}

/** What an event (or the start of a period) is billed: for `feeOf`, and the line's new state. */
export interface AdvanceFee {
  readonly usage: Usage
  readonly priced: Priced
  readonly state: InAdvance
}

/** A line before its first event. */
export const beforeFirstEvent = (price: CompiledPrice): InAdvance => ({
  ...peakAtStart(),
  billed: zero,
  begun: false,
  allowance: price.charge_model === "percentage" ? price.terms.allowance : NO_ALLOWANCE
})

const pricedAs = (amount: Exact, full_units: Exact, text: string): Priced => ({
  amount,
  unit_amount: perUnit(amount, full_units),
  rows: noRows(),
  text
})

const byShare = (units: Exact, days: DayShare | undefined): Exact =>
  days === undefined ? units : share(units, BigInt(days.days), BigInt(days.full_days))

/** standard, graduated, package, graduated_percentage: the price up to the new peak less the price up to the old one. */
const byRise = (price: CompiledPrice, state: InAdvance, event: AdvanceEvent): AdvanceFee => {
  const { after, units: full_units } = moveLevel(state, event.value)
  const units = byShare(full_units, event.share)
  const billed = add(state.billed, units)
  const upTo = price.price({ units: billed })
  const before = state.begun ? price.price({ units: state.billed }).amount : zero
  const amount = subtract(upTo.amount, before)
  const text = state.begun
    ? equation(`price of ${toText(billed)} − price of ${toText(state.billed)} units: ${toText(upTo.amount)} − ${toText(before)}`, amount)
    : upTo.text
  return {
    usage: { units, full_units },
    priced: pricedAs(amount, full_units, text),
    state: { ...state, ...after, billed, begun: true }
  }
}

/** percentage: a transaction on its own value, with what is left of the allowance. */
const byTransaction = (price: PercentagePrice, state: InAdvance, event: AdvanceEvent): AdvanceFee => {
  const { after, units: risen } = moveLevel(state, event.value)
  const value = event.unique === true ? risen : event.value
  const moved = { ...state, ...after, billed: add(state.billed, risen), begun: true }
  // An item that was there, or that goes, is no transaction; an event of value 0 is one.
  if (event.unique === true && isZero(risen)) {
    return { usage: { units: zero }, priced: pricedAs(zero, zero, equation("no new item", zero)), state: moved }
  }
  const { allowance, charged, is_free } = transact(state.allowance, value)
  const priced = is_free
    ? pricedAs(zero, value, equation(`${toText(value)} units free`, zero))
    : pricedAs(transactionAmount(price.terms, charged), value, transactionText(price.terms, price.properties, charged))
  return { usage: { units: value }, priced, state: { ...moved, allowance } }
}

/** dynamic: the event's own amount. */
const byOwnAmount = (price: CompiledPrice, state: InAdvance, event: AdvanceEvent): AdvanceFee => {
  const { after, units: risen } = moveLevel(state, event.value)
  const { precise_total_amount_cents, currency_exponent } = event
  const usage: Usage = {
    units: event.value,
    ...(precise_total_amount_cents === undefined ? {} : { precise_total_amount_cents }),
    ...(currency_exponent === undefined ? {} : { currency_exponent })
  }
  return { usage, priced: price.price(usage), state: { ...state, ...after, billed: add(state.billed, risen), begun: true } }
}

/** Bills one event that counts. The fee itself is `feeOf(fee.priced, fee.usage, terms)`: a negative one becomes 0. */
export const billEvent = (price: CompiledPrice, state: InAdvance, event: AdvanceEvent): AdvanceFee => {
  if (price.charge_model === "percentage") return byTransaction(price, state, event)
  return price.charge_model === "dynamic" ? byOwnAmount(price, state, event) : byRise(price, state, event)
}

/**
 * Bills at a period's start what a recurring metric carries over, like a first event: not below 0, and it is the first
 * billed peak. The level itself may be below 0.
 */
export const billCarried = (price: CompiledPrice, carried: AdvanceEvent): AdvanceFee => {
  const { level, peak } = peakAtStart(carried.value)
  const fee = billEvent(price, beforeFirstEvent(price), { ...carried, value: peak })
  return { ...fee, state: { ...fee.state, level } }
}
