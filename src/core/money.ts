/**
 * Money of documents: whole minor units with their currency, on dinero.js over bigint (N1, N2, N5).
 *
 * Two currencies never meet in one sum. Texts are made from the digits of the minor units; no floating-point number is on the way.
 */
import * as Dinero from "dinero.js/bigint"
import { Either } from "effect"
import { type CurrencyCode, exponentOf } from "./currency.js"
import { CurrencyMismatch } from "./errors.js"

/** An amount in whole minor units and its currency; immutable. */
export type Money = Dinero.Dinero<bigint, CurrencyCode>

/** `amount` minor units of a currency. */
export const make = (amount: bigint, code: CurrencyCode): Money =>
  Dinero.dinero({ amount, currency: { code, base: 10n, exponent: BigInt(exponentOf(code)) } })

/** Nothing, in a currency: where a sum begins. */
export const zero = (code: CurrencyCode): Money => make(0n, code)

/** The amount in minor units. */
export const amountOf = (money: Money): bigint => Dinero.toSnapshot(money).amount

/** The code of the currency. */
export const codeOf = (money: Money): CurrencyCode => Dinero.toSnapshot(money).currency.code

const together = <A>(a: Money, b: Money, combine: () => A): Either.Either<A, CurrencyMismatch> =>
  Dinero.haveSameCurrency([a, b]) ? Either.right(combine()) : Either.left(new CurrencyMismatch({ expected: codeOf(a), given: codeOf(b) }))

/** a + b. Fails with `CurrencyMismatch`. */
export const add = (a: Money, b: Money): Either.Either<Money, CurrencyMismatch> => together(a, b, () => Dinero.add(a, b))

/** a − b; may be negative. Fails with `CurrencyMismatch`. */
export const subtract = (a: Money, b: Money): Either.Either<Money, CurrencyMismatch> => together(a, b, () => Dinero.subtract(a, b))

/** −1, 0 or 1 as a is less than, equal to or more than b. Fails with `CurrencyMismatch`. */
export const compare = (a: Money, b: Money): Either.Either<-1 | 0 | 1, CurrencyMismatch> =>
  together(a, b, () => Dinero.compare(a, b) as -1 | 0 | 1)

/** The sum of amounts of one currency, zero of it when there are none. Fails with `CurrencyMismatch`. */
export const sum = (code: CurrencyCode, amounts: Iterable<Money>): Either.Either<Money, CurrencyMismatch> => {
  let total: Either.Either<Money, CurrencyMismatch> = Either.right(zero(code))
  for (const amount of amounts) total = Either.flatMap(total, (soFar) => add(soFar, amount))
  return total
}

/** The amount in main units as a plain decimal with the currency's decimals: `1193680.17`, `-0.05`, `3100` for yen. */
export const toText = (money: Money): string => Dinero.toDecimal(money)

/** The same with its thousands marked: `1,193,680.17`. */
export const toGroupedText = (money: Money): string => {
  const [whole, ...fraction] = toText(money).split(".")
  return [whole!.replace(/\B(?=(?:\d{3})+$)/g, ","), ...fraction].join(".")
}

/** The amount as a reader of a locale expects it, with symbol and all decimals of the currency: `1.193.680,17 €` in German. */
export const format = (money: Money, locale: string): string => {
  const code = codeOf(money)
  const digits = exponentOf(code)
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: code,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits
  }).format(toText(money) as `${number}`)
}
