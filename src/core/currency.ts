/**
 * Currencies: the active codes of ISO 4217 and how many decimals their minor units have (N5).
 *
 * The table is our own: `Intl` takes any three letters for a currency, and dinero.js counts ouguiya and ariary by fifths
 * where the standard gives two decimals. Codes without a minor unit (metals, test codes, drawing rights) are not money here.
 */
import { Either, Schema } from "effect"
import { UnknownCurrency } from "./errors.js"

const WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
const TWO_DECIMALS = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC
  CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
  KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN
  PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
  UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`
const THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
const FOUR_DECIMALS = "CLF UYW"

const codesOf = (list: string): ReadonlyArray<string> => list.trim().split(/\s+/)

const EXPONENTS: ReadonlyMap<string, CurrencyExponent> = new Map([
  ...codesOf(WITHOUT_DECIMALS).map((code) => [code, 0] as const),
  ...codesOf(TWO_DECIMALS).map((code) => [code, 2] as const),
  ...codesOf(THREE_DECIMALS).map((code) => [code, 3] as const),
  ...codesOf(FOUR_DECIMALS).map((code) => [code, 4] as const)
])

/** Decimals of a currency's minor unit. */
export type CurrencyExponent = 0 | 2 | 3 | 4

/** An active ISO 4217 code in capitals. Columns and inputs of money carry it. */
export const CurrencyCode = Schema.String.pipe(
  Schema.filter((code) => EXPONENTS.has(code), { message: () => "expected a currency code of ISO 4217 in capitals" }),
  Schema.brand("CurrencyCode")
)
export type CurrencyCode = typeof CurrencyCode.Type

/** A currency: its code, and the decimals of its minor unit. */
export interface Currency {
  readonly code: CurrencyCode
  readonly exponent: CurrencyExponent
}

const TABLE: ReadonlyMap<string, Currency> = new Map(
  [...EXPONENTS].map(([code, exponent]) => [code, { code: CurrencyCode.make(code), exponent }])
)

/** Every active currency, by code. */
export const currencies: ReadonlyArray<Currency> = [...TABLE.values()].sort((a, b) => (a.code < b.code ? -1 : 1))

/**
 * The currency of a code as it stands in input; the code is taken as written (`usd` is none).
 *
 * Fails with `UnknownCurrency`.
 *
 * @see decisions N5
 */
export const currencyOf = (code: string): Either.Either<Currency, UnknownCurrency> => {
  const currency = TABLE.get(code)
  return currency === undefined ? Either.left(new UnknownCurrency({ code: code.slice(0, 40) })) : Either.right(currency)
}

/** The code of a currency that may be left out. Fails with `UnknownCurrency`. */
export const currencyIfGiven = (code: string | undefined): Either.Either<CurrencyCode | undefined, UnknownCurrency> =>
  code === undefined ? Either.right(undefined) : Either.map(currencyOf(code), (currency) => currency.code)

/** Decimals of a code's minor unit: 2 for EUR, 0 for JPY, 3 for KWD, 4 for CLF. */
export const exponentOf = (code: CurrencyCode): CurrencyExponent => EXPONENTS.get(code)!
