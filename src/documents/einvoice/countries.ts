/** Countries and prefixes of VAT identifiers as EN 16931 knows them. */
import { isCountry as isIsoCountry } from "../../core/index.js"

/** A country's code as EN 16931 writes it: XK, by which Kosovo is known elsewhere, is not of its list. */
export const countryCode = (code: string): string => (code === "XK" ? "1A" : code)

/** EN 16931 has codes of its own beside those of ISO 3166-1: 1A is Kosovo, XI Northern Ireland. */
export const isCountry = (code: string): boolean => code === "1A" || code === "XI" || isIsoCountry(code)

/** Greece has a prefix of its own. */
const isPrefix = (letters: string): boolean => letters === "EL" || isCountry(letters)

/** Whether a tax id is a VAT identifier: a country's prefix and at least two more letters or digits (BR-CO-09). */
export const isVatId = (id: string): boolean => /^[A-Z]{2}[A-Z0-9+*]{2,}$/.test(id) && isPrefix(id.slice(0, 2))
