/** How a document of a locale says words, amounts, numbers and dates. Pure; exact, since figures go in as decimal texts. */
import type { DateTime } from "effect"
import { type CurrencyCode, exponentOf, Money } from "../core/index.js"
import { type Language, languages, type Words, words } from "./words.js"

/** The words and formats of one document. */
export interface DocumentLocale {
  readonly language: Language
  readonly words: Words
  /** Minor units with the currency's sign and all of its decimals. */
  readonly money: (cents: bigint, currency: CurrencyCode) => string
  /** The same without a sign, for columns whose head names the currency. */
  readonly amount: (cents: bigint, currency: CurrencyCode) => string
  /** A plain decimal of at most 15 decimals, with at least so many. */
  readonly decimal: (text: string, decimals?: number) => string
  /** A fraction as decimal text: 0.19 as 19 %. */
  readonly percent: (fraction: string) => string
  readonly date: (at: DateTime.Utc, timezone: string) => string
}

/** The language of a locale where its words are shipped, else English. */
export const languageOf = (locale: string): Language => {
  const language = locale.split("-")[0] as Language
  return languages.includes(language) ? language : "en"
}

/** Fills `{name}`s in. */
export const filled = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)

/** A locale that `Intl` does not know formats as English; digits are Latin everywhere, so that amounts read alike. */
const formattingLocale = (locale: string): string => {
  try {
    return `${new Intl.Locale(locale).toString()}-u-nu-latn`
  } catch {
    return "en-u-nu-latn"
  }
}

export const documentLocale = (locale: string): DocumentLocale => {
  const tag = formattingLocale(locale)
  const language = languageOf(locale)
  const number = (text: string, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(tag, options).format(text as `${number}`)
  return {
    language,
    words: words[language],
    money: (cents, currency) => Money.format(Money.make(cents, currency), tag),
    amount: (cents, currency) => {
      const decimals = exponentOf(currency)
      return number(Money.toText(Money.make(cents, currency)), { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    },
    decimal: (text, decimals = 0) => number(text, { minimumFractionDigits: decimals, maximumFractionDigits: 15 }),
    percent: (fraction) => number(fraction, { style: "percent", maximumFractionDigits: 13 }),
    date: (at, timezone) => new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone: timezone }).format(at.epochMillis)
  }
}
