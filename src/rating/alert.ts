/** Usage alerts: which of an alert's values usage has newly reached (decision P16). Pure. */
import { Exact } from "../core/index.js"

/** An alert; `threshold_value` is a decimal text above 0, in the metric's units. */
export interface AlertTerms {
  readonly threshold_value: string
  readonly recurring: boolean
}

/** How often it fired already. */
export interface AlertFirings {
  /** In the running period: a recurring alert counts anew in each. */
  readonly times_triggered: number
  /** Whether it ever did: one that is not recurring fires once. */
  readonly ever_triggered: boolean
}

/** The multiples of its threshold for which an alert fires now, from `first` to `last`, both counted. */
export interface Triggers {
  readonly first: number
  readonly last: number
}

/**
 * For which multiples of its threshold an alert fires at a usage of the running period; null where it does not. Usage that
 * falls and rises again fires only beyond what fired.
 *
 * @see decisions P16
 */
export const alertTriggers = (alert: AlertTerms, fired: AlertFirings, usage: Exact.Exact): Triggers | null => {
  const reached = Exact.floor(Exact.divide(usage, Exact.unsafeFromText(alert.threshold_value)))
  if (!alert.recurring) return fired.ever_triggered || Exact.sign(reached) <= 0 ? null : { first: 1, last: 1 }
  const last = Number(Exact.toMinorUnits(reached, 0))
  return last > fired.times_triggered ? { first: fired.times_triggered + 1, last } : null
}

/** The value of a multiple, as decimal text: `20` for the second of 10. */
export const alertValue = (alert: AlertTerms, multiple: number): string =>
  Exact.toText(Exact.multiply(Exact.unsafeFromText(alert.threshold_value), Exact.fromBigInt(BigInt(multiple))))
