/** The state of a line that is paid in advance as texts, so that a store can keep it from one event to the next. */
import { type Exact, fromText, make, toText } from "../core/exact.js"
import type { InAdvance } from "./in-advance.js"

/** Decimals; `20/31` where a share of days does not end. */
export interface InAdvanceTexts {
  readonly level: string
  readonly peak: string
  readonly billed: string
  readonly begun: boolean
  /** percentage: what is left of each allowance; null: none is configured. */
  readonly free_events: string | null
  readonly free_units: string | null
}

/** An exact number with all its digits; `20/31` where it does not end. */
export const exactText = ({ coefficient, scale, divisor }: Exact): string => {
  const decimal = toText(make(coefficient, scale), scale)
  return divisor === 1n ? decimal : `${decimal}/${divisor}`
}

/** Reads what `exactText` wrote. */
export const fromExactText = (text: string): Exact => {
  const [decimal, divisor = "1"] = text.split("/")
  const value = fromText(decimal!)
  if (value === undefined || !/^[1-9][0-9]*$/.test(divisor)) throw new RangeError(`not an exact number: ${text.slice(0, 40)}`)
  return make(value.coefficient, value.scale, BigInt(divisor))
}

export const inAdvanceTexts = ({ level, peak, billed, begun, allowance }: InAdvance): InAdvanceTexts => ({
  level: exactText(level),
  peak: exactText(peak),
  billed: exactText(billed),
  begun,
  free_events: allowance?.events?.toString() ?? null,
  free_units: allowance?.units ? exactText(allowance.units) : null
})

/** Reads what `inAdvanceTexts` wrote. Anything else is a defect. */
export const inAdvanceFromTexts = ({ level, peak, billed, begun, free_events, free_units }: InAdvanceTexts): InAdvance => ({
  level: fromExactText(level),
  peak: fromExactText(peak),
  billed: fromExactText(billed),
  begun,
  allowance: {
    events: free_events === null ? null : BigInt(free_events),
    units: free_units === null ? null : fromExactText(free_units)
  }
})
