/** Usage so far, scaled to the end of its period by days (decision P20). Pure. */
import type { DateTime } from "effect"
import { Exact, instant, localDaysTouched } from "../core/index.js"
import { type CompiledPrice, type FeeFigures, feeOf, project } from "../pricing/index.js"
import type { AdvanceLine, RatingWindow, UsageLine } from "../rating/index.js"

/** Local days of a window that have begun by now, today included, and all of them. */
export interface ElapsedDays {
  readonly elapsed_days: number
  readonly period_days: number
}

export const elapsedDays = ({ days, from, timezone, to }: RatingWindow, now: DateTime.Utc): ElapsedDays => {
  // A millisecond more, since [from, now) does not touch a day that begins now.
  const until = instant(Math.min(now.epochMillis + 1, to.epochMillis))
  return { elapsed_days: Math.max(1, Math.min(localDaysTouched(from, until, timezone), days)), period_days: days }
}

const figuresOf = (amount: Exact.Exact, unit_amount: Exact.Exact, units: Exact.Exact, window: RatingWindow): FeeFigures =>
  feeOf({ amount, unit_amount, rows: [], text: "" }, { units }, window)

/** Models whose price is not a function of the units alone keep their unit price. */
const keepsUnitPrice = ({ charge_model }: CompiledPrice): boolean =>
  charge_model === "percentage" || charge_model === "dynamic" || charge_model === "custom"

/** The figures of a line at the end of its period; those of a recurring metric stay as they are. */
export const projectedFee = (line: UsageLine, window: RatingWindow, elapsed: ElapsedDays): FeeFigures => {
  if (line.metric.recurring || elapsed.elapsed_days >= elapsed.period_days) return line.fee
  const { price, priced, usage } = line
  const { projected_amount, projected_units } = project(price, usage, elapsed)
  const unit_amount = keepsUnitPrice(price) ? priced.unit_amount : price.price({ units: projected_units }).unit_amount
  return figuresOf(projected_amount, unit_amount, projected_units, window)
}

/** The same for a line that is paid in advance: its fees come to the price of what was billed, or to a part of it each. */
export const projectedAdvance = (line: AdvanceLine, window: RatingWindow, { elapsed_days, period_days }: ElapsedDays): FeeFigures => {
  if (line.metric.recurring || elapsed_days >= period_days) return line.fee
  const toTheEnd = (figure: string) => Exact.share(Exact.unsafeFromText(figure), BigInt(period_days), BigInt(elapsed_days))
  const units = toTheEnd(line.fee.units)
  if (!keepsUnitPrice(line.price)) {
    const { amount, unit_amount } = line.price.price({ units })
    return figuresOf(amount, unit_amount, units, window)
  }
  const cents = toTheEnd(line.fee.precise_amount_cents)
  const amount = Exact.shift(cents, -window.currency_exponent)
  return figuresOf(amount, Exact.unsafeFromText(line.fee.precise_unit_amount), units, window)
}
