/** Seller and buyer by EN 16931, from who issued a document to whom. Pure. */
import type { Parties } from "../../invoicing/index.js"
import { countryCode, isCountry, isVatId } from "./countries.js"
import type { EAddress, EParty, VatCategory } from "./model.js"
import { type EInvoiceProblem, problem } from "./refusal.js"
import { written } from "./text.js"

type Fields = Parties["issuer"]

const addressOf = (fields: Fields): EAddress => ({
  line1: written(fields.address_line1),
  line2: written(fields.address_line2),
  city: written(fields.city),
  zip_code: written(fields.zip_code),
  state: written(fields.state),
  country: countryCode(written(fields.country) ?? "")
})

/** An id as identifiers are written: without the spaces, points and hyphens that people read it by. */
const compact = (id: string | null): string | null => id?.replace(/[\s.-]/g, "").toUpperCase() ?? null

/** Whether a tax id, as people write it, is a VAT identifier. */
export const isVatNumber = (id: string): boolean => isVatId(compact(written(id)) ?? "")

interface TaxId {
  readonly vat_id: string | null
  readonly other: string | null
}

/** A VAT identifier begins with its country (BR-CO-09); any other tax id is a local one. */
const taxIdOf = (fields: Fields): TaxId => {
  const id = written(fields.tax_id)
  const vat_id = compact(id)
  return vat_id !== null && isVatId(vat_id) ? { vat_id, other: null } : { vat_id: null, other: id }
}

export const sellerOf = ({ issuer }: Parties, categories: ReadonlySet<VatCategory>): EParty => {
  const name = written(issuer.legal_name) ?? written(issuer.name) ?? ""
  const trading_name = written(issuer.name)
  const { other, vat_id } = taxIdOf(issuer)
  // BR-O-02: no VAT identifier where nothing is subject to VAT; BR-CO-26 wants one id all the same.
  const shown = categories.has("O") ? null : vat_id
  const local = other ?? (shown === null ? vat_id : null)
  return {
    name,
    trading_name: trading_name === name ? null : trading_name,
    id: shown === null ? local : null,
    registration: null,
    vat_id: shown,
    tax_registration: shown === null ? local : null,
    email: written(issuer.email),
    address: addressOf(issuer)
  }
}

export const buyerOf = ({ customer }: Parties, categories: ReadonlySet<VatCategory>): EParty => {
  const { other, vat_id } = taxIdOf(customer)
  return {
    name: written(customer.legal_name) ?? written(customer.name) ?? "",
    trading_name: null,
    id: null,
    registration: other ?? (categories.has("O") ? vat_id : null),
    vat_id: categories.has("O") ? null : vat_id,
    tax_registration: null,
    email: written(customer.email),
    address: addressOf(customer)
  }
}

const countryProblem = (term: string, field: string, country: string): ReadonlyArray<EInvoiceProblem> =>
  country === ""
    ? [problem(term, field, "is missing")]
    : isCountry(country)
      ? []
      : [problem(term, field, "is no country of ISO 3166 by its two letters")]

/** What parties lack: names, countries, and the ids that the document's VAT categories call for (BR-CO-26, BR-S-02 and their like). */
export const partyProblems = (seller: EParty, buyer: EParty, categories: ReadonlySet<VatCategory>): ReadonlyArray<EInvoiceProblem> => {
  const needsVatId = (["K", "G"] as const).some((category) => categories.has(category))
  const lacksSellerId = needsVatId ? seller.vat_id === null : seller.vat_id === null && seller.id === null
  const lacksBuyerId =
    (categories.has("K") && buyer.vat_id === null) || (categories.has("AE") && buyer.vat_id === null && buyer.registration === null)
  return [
    ...(seller.name === "" ? [problem("BT-27", "billing_entity.name", "is missing")] : []),
    ...countryProblem("BT-40", "billing_entity.country", seller.address.country),
    ...(lacksSellerId
      ? [problem("BT-31", "billing_entity.tax_id", needsVatId ? "needs a VAT identifier that begins with its country" : "is missing")]
      : []),
    ...(buyer.name === "" ? [problem("BT-44", "customer.name", "is missing")] : []),
    ...countryProblem("BT-55", "buyer.country", buyer.address.country),
    ...(lacksBuyerId ? [problem("BT-48", "buyer.tax_id", "needs the buyer's VAT identifier")] : [])
  ]
}
