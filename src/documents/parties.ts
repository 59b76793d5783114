/** Who issued a document to whom, as lines of an address. Pure. */
import type { Parties } from "../invoicing/index.js"
import { type DocumentLocale, filled } from "./locale.js"

const lines = (texts: ReadonlyArray<string | null | undefined>): ReadonlyArray<string> =>
  texts.flatMap((text) => (text == null || text.trim() === "" ? [] : [text]))

/** The legal name where there is one, the address, tax id and e-mail. */
export const issuerLines = ({ issuer }: Parties, { words }: DocumentLocale): ReadonlyArray<string> =>
  lines([
    issuer.legal_name ?? issuer.name,
    issuer.address_line1,
    issuer.address_line2,
    lines([issuer.zip_code, issuer.city]).join(" "),
    lines([issuer.state, issuer.country]).join(", "),
    issuer.tax_id == null ? null : filled("{label}: {value}", { label: words.tax_id, value: issuer.tax_id }),
    issuer.email
  ])

export const customerLines = ({ customer }: Parties): ReadonlyArray<string> => lines([customer.name, customer.email, customer.external_id])

/** What the issuer's documents are written in, unless asked for otherwise. */
export const localeOf = ({ issuer }: Parties): string => issuer.document_locale ?? "en"
