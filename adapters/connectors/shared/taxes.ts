/** What connectors of tax systems share: rates as they weigh on the whole of a fee, and names of taxes that are never those of another rate. */
import { Effect, Either } from "effect"
import type { SuppliedTax } from "../../../src/catalog/index.js"
import { type CurrencyCode, currencyOf, Exact, type JsonObject, Money } from "../../../src/core/index.js"
import {
  type ConnectorFailure,
  type CreditNoteRecord,
  failureOf,
  type InvoiceRecord,
  type SyncCall,
  type TaxAddress,
  type TaxedDocument
} from "../../../src/integrations/index.js"

const LONGEST = 255
const DECIMALS = 15

/**
 * The part of an amount that a tax takes: where only some of it is taxable, the rate of the whole is lower. Undefined where one of them is no decimal.
 */
export const rateOnWhole = (rate: string, taxable: string, whole: string): string | undefined => {
  const [given, part, all] = [Exact.fromText(rate), Exact.fromText(taxable), Exact.fromText(whole)]
  if (given === undefined || part === undefined || all === undefined || Exact.isZero(all)) return undefined
  const exact = Exact.equals(part, all) ? given : Exact.divide(Exact.multiply(given, part), all)
  return Exact.toText(Exact.round(exact, DECIMALS), DECIMALS)
}

/** A tax by its jurisdiction, name and rate: another rate is another tax. */
const taxOf = (provider: string, jurisdiction: ReadonlyArray<string>, name: string, rate: string): SuppliedTax => {
  const end = `/${rate}`
  const start = [`${provider}:${jurisdiction.filter((part) => part !== "").join("/")}`, name].join("/")
  return { code: start.slice(0, LONGEST - end.length) + end, name: name.slice(0, LONGEST), rate }
}

/** A document that is to be recorded, or taken back. */
export const taxedOf = ({
  record: { taxed }
}: SyncCall<InvoiceRecord | CreditNoteRecord>): Effect.Effect<TaxedDocument, ConnectorFailure> =>
  taxed === null ? Effect.fail(failureOf("invalid", "its taxes are the organization's own")) : Effect.succeed(taxed)

/** What the history says where a system came to another tax than the document has, in minor units. */
export const comparedTax = (here_cents: bigint, there_cents: string | undefined): JsonObject =>
  there_cents === undefined || there_cents === String(here_cents) ? {} : { tax_cents: String(here_cents), tax_cents_there: there_cents }

/** What is returned is over already: it stays as it was filed. */
export const FILED: JsonObject = { left_out: "it was filed already" }

const added = (one: string, other: string): string =>
  Exact.toText(Exact.add(Exact.unsafeFromText(one), Exact.unsafeFromText(other)), DECIMALS)

/** A tax of a jurisdiction on one fee, before it is known whether there are more of the name. */
export interface NamedRate {
  readonly jurisdiction: ReadonlyArray<string>
  readonly name: string
  readonly rate: string
}

/** The taxes of one fee, each once: what a system splits further adds up, and what takes nothing is left out. */
export const taxesOfFee = (provider: string, rates: ReadonlyArray<NamedRate>): ReadonlyArray<SuppliedTax> => {
  const sums = new Map<string, NamedRate>()
  for (const one of rates) {
    const key = JSON.stringify([one.jurisdiction, one.name])
    const known = sums.get(key)
    sums.set(key, known === undefined ? one : { ...one, rate: added(known.rate, one.rate) })
  }
  return [...sums.values()].flatMap(({ jurisdiction, name, rate }) => (rate === "0" ? [] : [taxOf(provider, jurisdiction, name, rate)]))
}

/** Minor units as a decimal in the main unit, `12.30`; null in a currency that there is not. */
export const mainUnits = (amount_cents: bigint, currency: string): string | null =>
  Either.match(currencyOf(currency), {
    onLeft: () => null,
    onRight: ({ code }) => Money.toText(Money.make(amount_cents, code as CurrencyCode))
  })

/** A decimal in the main unit as minor units, rounded half away; undefined where it is none. */
export const minorUnits = (amount: string | undefined, currency: string): string | undefined => {
  const exact = amount === undefined ? undefined : Exact.fromText(amount)
  const exponent = Either.match(currencyOf(currency), { onLeft: () => undefined, onRight: (found) => found.exponent })
  if (exact === undefined || exponent === undefined) return undefined
  return Exact.toText(Exact.round(Exact.multiply(exact, Exact.fromBigInt(10n ** BigInt(exponent))), 0), 0)
}

/** Without what is not known: systems refuse empty fields. */
export const known = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== "")) as Partial<T>

export const isEmpty = (address: TaxAddress): boolean => Object.values(address).every((part) => part === null)
