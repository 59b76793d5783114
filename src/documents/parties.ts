/** Who issued a document to whom, as lines of an address. Pure. */
import type { InvoiceDocument, Parties } from "../invoicing/index.js"
import { isVatNumber } from "./einvoice/index.js"
import { type DocumentLocale, filled } from "./locale.js"
import type { Words } from "./words.js"

const lines = (texts: ReadonlyArray<string | null | undefined>): ReadonlyArray<string> =>
  texts.flatMap((text) => (text == null || text.trim() === "" ? [] : [text]))

type Party = Parties["issuer"]

const addressLines = ({ address_line1, address_line2, city, country, state, zip_code }: Party): ReadonlyArray<string> =>
  lines([address_line1, address_line2, lines([zip_code, city]).join(" "), lines([state, country]).join(", ")])

const taxIdLines = ({ tax_id }: Party, words: Words): ReadonlyArray<string> =>
  tax_id == null ? [] : [filled("{label}: {value}", { label: isVatNumber(tax_id) ? words.vat_id : words.tax_id, value: tax_id })]

/** The legal name where there is one, the address, tax id and e-mail. */
export const issuerLines = ({ issuer }: Parties, { words }: DocumentLocale): ReadonlyArray<string> =>
  lines([issuer.legal_name ?? issuer.name, ...addressLines(issuer), ...taxIdLines(issuer, words), issuer.email])

/** The same, as far as it is known, and the host's own key. */
export const customerLines = ({ customer }: Parties, { words }: DocumentLocale): ReadonlyArray<string> =>
  lines([
    customer.legal_name ?? customer.name,
    ...addressLines(customer),
    ...taxIdLines(customer, words),
    customer.email,
    customer.external_id
  ])

/** A document whose customer is said with more: what it says already stands. */
export const withBuyer = (document: InvoiceDocument, buyer: Readonly<Record<string, string | undefined>>): InvoiceDocument => {
  const { parties } = document.invoice
  const given = Object.entries(buyer).flatMap(([key, text]) => (text === undefined || parties.customer[key] != null ? [] : [[key, text]]))
  if (given.length === 0) return document
  const customer = { ...parties.customer, ...Object.fromEntries(given) }
  return { ...document, invoice: { ...document.invoice, parties: { ...parties, customer } } }
}

/** What the issuer's documents are written in, unless asked for otherwise. */
export const localeOf = ({ issuer }: Parties): string => issuer.document_locale ?? "en"
