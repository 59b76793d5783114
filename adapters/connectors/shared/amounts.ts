/** Amounts and days as systems write them. */
import { type DateTime, Either } from "effect"
import { currencyOf, localDate } from "../../../src/core/index.js"

/** Minor units as a decimal of the currency's main unit, exact: `1234n` of EUR is `12.34`. */
export const decimalOf = (amount_cents: bigint, currency: string): string => {
  const exponent = Either.match(currencyOf(currency), { onLeft: () => 2, onRight: (found) => found.exponent })
  const digits = (amount_cents < 0n ? -amount_cents : amount_cents).toString().padStart(exponent + 1, "0")
  const sign = amount_cents < 0n ? "-" : ""
  return exponent === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** The local day of an instant, `YYYY-MM-DD`: the one that stands on the document. */
export const dayOf = (at: DateTime.Utc | null, { timezone }: { readonly timezone: string }): string | undefined =>
  at === null ? undefined : localDate(at, timezone)

/** Stands around a decimal that is to be a number in JSON; no text of a row has it, since it cannot be typed. */
const MARK = "\u0001"

/** A decimal that goes into JSON as a number of the same digits: nothing is computed with it, so nothing is rounded. */
const numeric = (decimal: string): string => `${MARK}${decimal}${MARK}`

/** Minor units as such a number. */
export const amountOf = (amount_cents: bigint, currency: string): string => numeric(decimalOf(amount_cents, currency))

export const withNumbers = (body: object): string => JSON.stringify(body).replace(/"\\u0001(-?\d+(?:\.\d+)?)\\u0001"/g, "$1")
