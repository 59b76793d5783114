/** What explains a fee on paper, in short lines: its period, where it was used, and the rows of its price. Pure. */
import { DateTime } from "effect"
import type { CurrencyCode } from "../core/index.js"
import { exponentOf } from "../core/index.js"
import type { Fee } from "../invoicing/index.js"
import { type DocumentLocale, filled } from "./locale.js"

/** More rows than this are left to `explain`. */
const MOST_ROWS = 12

type Row = Readonly<Record<string, string | null | undefined>>

const isNothing = (text: string | null | undefined): boolean => text == null || /^-?0*(\.0*)?$/.test(text)

/** The last day of a period that ends, exclusively, at an instant. */
export const lastMoment = (end: DateTime.Utc): DateTime.Utc => DateTime.subtract(end, { millis: 1 })

/** From the first to the last day of [from, to). */
export const periodText = (from: DateTime.Utc, to: DateTime.Utc, timezone: string, { date }: DocumentLocale): string => {
  const first = date(from, timezone)
  const last = date(DateTime.greaterThan(to, from) ? lastMoment(to) : from, timezone)
  return first === last ? first : `${first} – ${last}`
}

const tierText = (row: Row, { decimal, percent, words }: DocumentLocale, decimals: number): string => {
  const from = decimal(row.from_value ?? "0")
  const range = row.to_value == null ? `> ${from}` : filled(words.from_units, { from, to: decimal(row.to_value) })
  const price = row.rate === undefined || row.rate === null ? decimal(row.per_unit_amount ?? "0", decimals) : percent(hundredth(row.rate))
  const flat = isNothing(row.flat_unit_amount) ? "" : ` + ${decimal(row.flat_unit_amount!, decimals)}`
  return `${range}: ${decimal(row.units ?? "0")} × ${price}${flat} = ${decimal(row.total_with_flat_amount ?? "0", decimals)}`
}

/** A rate is configured in percent; formats take fractions. */
const hundredth = (percent: string): string => `${percent}e-2`

const rowText = (row: Row, locale: DocumentLocale, decimals: number): string | null => {
  const { decimal, percent, words } = locale
  if ("from_value" in row) return isNothing(row.units) && isNothing(row.flat_unit_amount) ? null : tierText(row, locale, decimals)
  if ("packages" in row) {
    const free = isNothing(row.free_units) ? "" : ` (${filled(words.free, { count: decimal(row.free_units!) })})`
    const packages = filled(words.packages, { count: decimal(row.packages ?? "0"), size: decimal(row.per_package_size ?? "0") })
    return `${packages}${free}: × ${decimal(row.per_package_unit_amount ?? "0", decimals)}`
  }
  if ("paid_events" in row) {
    const free = isNothing(row.free_units) ? "" : ` (${filled(words.free, { count: decimal(row.free_units!) })})`
    const fixed = isNothing(row.fixed_fee_total_amount)
      ? ""
      : ` + ${decimal(row.paid_events ?? "0")} × ${decimal(row.fixed_fee_unit_amount ?? "0", decimals)}`
    return `${decimal(row.paid_units ?? "0")} × ${percent(hundredth(row.rate ?? "0"))}${free}${fixed}`
  }
  return null
}

const priceRows = (fee: Fee, locale: DocumentLocale): ReadonlyArray<string> => {
  const decimals = exponentOf(fee.currency as CurrencyCode)
  return (fee.properties.breakdown ?? [])
    .slice(0, MOST_ROWS)
    .flatMap((row) => (typeof row === "object" && row !== null ? (rowText(row as Row, locale, decimals) ?? []) : []))
}

const place = ({ properties: { filter, group } }: Fee): ReadonlyArray<string> => {
  const parts = [
    ...Object.entries(filter ?? {}).map(([key, values]) => `${key}: ${values.join(", ")}`),
    ...Object.entries(group ?? {}).flatMap(([key, value]) => (value === null ? [] : [`${key}: ${value}`]))
  ]
  return parts.length === 0 ? [] : [parts.join(" · ")]
}

const circumstances = ({ properties: { days, full_days, in_advance, reason } }: Fee, { words }: DocumentLocale): ReadonlyArray<string> => [
  ...(reason === "late_usage" ? [words.late_usage] : []),
  ...(reason === "minimum" ? [words.minimum] : []),
  ...(in_advance === "carried" ? [words.carried] : []),
  ...(days === undefined || full_days === undefined || days === full_days
    ? []
    : [filled(words.days, { days: `${days}`, full_days: `${full_days}` })])
]

/** The lines under a fee's description. */
export const feeDetails = (fee: Fee, timezone: string, locale: DocumentLocale): ReadonlyArray<string> => [
  ...(fee.period_start === null || fee.period_end === null ? [] : [periodText(fee.period_start, fee.period_end, timezone, locale)]),
  ...place(fee),
  ...circumstances(fee, locale),
  ...priceRows(fee, locale)
]
