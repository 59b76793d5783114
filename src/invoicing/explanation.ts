/** How a fee came about: from events to quantity, price, discounts, tax and rounding, as data and as text for a person. */
import { DateTime } from "effect"
import { type CurrencyCode, Exact, localDate, Money } from "../core/index.js"
import type { Fee } from "./fee.js"

/** A tax's share of a fee. */
export interface ExplainedTax {
  readonly code: string
  readonly name: string
  /** A fraction as decimal text. */
  readonly rate: string
  /** The discounted amount under the tax, and the fee's share of the invoice's tax; minor units. */
  readonly taxable_amount_cents: bigint
  readonly tax_amount_cents: bigint
}

export interface FeeExplained {
  readonly fee: Fee
  /** The rows of the charge model, each checkable by hand; empty where the model has none. */
  readonly rows: ReadonlyArray<unknown>
  readonly taxes: ReadonlyArray<ExplainedTax>
  /** One sentence a step. */
  readonly steps: ReadonlyArray<string>
  readonly text: string
}

const percent = (rate: string): string => Exact.toText(Exact.shift(Exact.unsafeFromText(rate), 2))

const amountText = (cents: bigint, { currency }: Fee): string => `${Money.toText(Money.make(cents, currency as CurrencyCode))} ${currency}`

const where = (fee: Fee): string => {
  const { filter, group } = fee.properties
  const parts = [
    ...Object.entries(filter ?? {}).map(([key, values]) => `${key} = ${values.join(" or ")}`),
    ...Object.entries(group ?? {}).map(([key, value]) => `${key} = ${value ?? "none"}`)
  ]
  return parts.length === 0 ? "" : ` where ${parts.join(", ")}`
}

const quantity = (fee: Fee): string => {
  const { days, full_amount_cents, full_days, in_advance, reason } = fee.properties
  if (in_advance === "carried") return `carried over into the period${where(fee)}: ${fee.units} units, paid in advance`
  if (reason === "minimum") return `what its fees lack to the minimum spend of the charge, for ${days} of ${full_days} days`
  if (days !== undefined && full_days !== undefined) {
    const full = full_amount_cents === undefined ? "" : ` of ${amountText(BigInt(full_amount_cents), fee)}`
    return `${days} of ${full_days} days${full}`
  }
  return `${fee.events_count} event${fee.events_count === 1 ? "" : "s"}${where(fee)} → ${fee.units} units${
    fee.properties.aggregation_type === undefined ? "" : ` (${fee.properties.aggregation_type})`
  }`
}

const period = (fee: Fee, timezone: string): string =>
  fee.period_start === null || fee.period_end === null
    ? ""
    : `, ${localDate(fee.period_start, timezone)} to ${localDate(DateTime.subtract(fee.period_end, { millis: 1 }), timezone)}`

/** Explains a stored fee; `timezone` is the customer's, in which its days are counted. */
export const explainStored = (fee: Fee, taxes: ReadonlyArray<ExplainedTax>, timezone: string): FeeExplained => {
  const money = (cents: bigint) => amountText(cents, fee)
  const steps = [
    `${fee.description}${period(fee, timezone)}`,
    quantity(fee),
    fee.properties.text ?? `${fee.precise_amount_cents} minor units, rounded once to ${fee.amount_cents}`,
    `fee ${money(fee.amount_cents)}`
  ]
  if (fee.progressive_billing_credit_amount_cents > 0n) {
    steps.push(`billed already by progressive invoices: −${money(fee.progressive_billing_credit_amount_cents)}`)
  }
  if (fee.coupons_amount_cents > 0n) steps.push(`coupons: −${money(fee.coupons_amount_cents)}`)
  for (const tax of taxes) {
    steps.push(
      `${tax.name} ${percent(tax.rate)} % on ${money(tax.taxable_amount_cents)}: its share of the invoice's tax is ${money(tax.tax_amount_cents)}`
    )
  }
  steps.push(`total ${money(fee.total_amount_cents)}`)
  return { fee, rows: fee.properties.breakdown ?? [], taxes, steps, text: steps.join("\n") }
}
