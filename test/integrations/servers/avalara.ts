/** AvaTax REST v2 as its reference has it, as far as the connector speaks to it: ping, and transactions that are calculated and not recorded. */
import { avalara } from "../../../adapters/connectors/avalara/index.js"
import type { Answered } from "./local.js"
import { type Question, type TaxServer, taxServer } from "./tax-server.js"

export const AVALARA_KEY = "A1B2C3D4E5F60718"
export const AVALARA_SETTINGS = {
  account_id: "2000123456",
  license_key: AVALARA_KEY,
  company_code: "ACME",
  tax_codes: { calls: "SW056002", exempt: "NT" },
  ship_from: { line1: "100 Ravine Lane NE", city: "Bainbridge Island", region: "WA", postalCode: "98110", country: "US" }
}

const CREATE = "/api/v2/transactions/create"
const EXPONENTS: Readonly<Record<string, number>> = { USD: 2, EUR: 2, JPY: 0 }

const error = (status: number, code: string, message: string, headers = {}): Answered => ({
  status,
  body: { error: { code, message, target: "Unknown", details: [] } },
  headers
})

const detail = (juris: { type: string; code: string; name: string }, taxName: string, rate: number, line: number, taxable = line) => ({
  country: "US",
  region: "CA",
  jurisType: juris.type,
  jurisCode: juris.code,
  jurisName: juris.name,
  taxName,
  taxType: "Sales",
  rate,
  taxableAmount: taxable,
  nonTaxableAmount: line - taxable,
  exemptAmount: 0,
  tax: Math.round(taxable * rate * 100) / 100,
  unitOfBasis: "PerCurrencyUnit"
})

const STATE = { type: "STA", code: "06", name: "CALIFORNIA" }
const DISTRICT = { type: "STJ", code: "EMTV", name: "LOS ANGELES CO LOCAL TAX SL" }
const TEXAS = { type: "STA", code: "48", name: "TEXAS" }

const detailsOf = (region: string, taxCode: string | undefined, amount: number) => {
  if (taxCode === "NT") return [detail(STATE, "CA STATE TAX", 0, amount, 0)]
  if (region === "TX") return [{ ...detail(TEXAS, "TX STATE TAX", 0.0625, amount, amount * 0.8), region: "TX" }]
  return [detail(STATE, "CA STATE TAX", 0.06, amount), detail(DISTRICT, "CA SPECIAL TAX", 0.00375, amount)]
}

const decimals = (amount: number): number => String(amount).split(".")[1]?.length ?? 0

const reply = ({ authorization, body, path }: Question): Answered => {
  const known = authorization === `Basic ${Buffer.from(`${AVALARA_SETTINGS.account_id}:${AVALARA_KEY}`).toString("base64")}`
  if (path === "/api/v2/utilities/ping") return { status: 200, body: { version: "24.1", authenticated: known } }
  if (!known) return error(401, "AuthenticationException", "Authentication failed.")
  if (path !== CREATE) return error(404, "EntityNotFoundError", "Nothing is here.")
  const { addresses, companyCode, currencyCode, lines, type } = body
  if (type !== "SalesOrder") return error(400, "InvalidDocumentType", "This document would be recorded.")
  if (companyCode !== AVALARA_SETTINGS.company_code) return error(400, "CompanyNotFoundError", "Company not found.")
  const exponent = EXPONENTS[currencyCode]
  if (exponent === undefined) return error(400, "InvalidCurrencyCode", "The currency code is invalid.")
  if (lines.some(({ amount }: { amount: number }) => decimals(amount) > exponent))
    return error(400, "ValueRequiredError", "Field amount is invalid.")
  const to = addresses.shipTo ?? addresses.singleLocation
  if (to?.country === undefined) return error(400, "InvalidAddress", "The address is not deliverable.")
  const answered = lines.map(({ amount, number, taxCode }: { amount: number; number: string; taxCode?: string }) => ({
    lineNumber: number,
    lineAmount: amount,
    details: detailsOf(to.region, taxCode, amount)
  }))
  return { status: 201, body: { id: 0, code: "c", type, status: "Temporary", currencyCode, lines: answered, summary: [] } }
}

export const avalaraServer = (): Promise<TaxServer> =>
  taxServer({
    rates: CREATE,
    reply,
    amiss: {
      rate_limited: error(429, "RateLimitExceeded", "Too many requests.", { "retry-after": "7" }),
      unavailable: error(503, "ServerUnreachable", "Try later."),
      invalid: error(400, "InvalidAddress", "The address is not deliverable.")
    },
    open: (baseUrl) => ({
      connector: avalara({ baseUrl, timeoutMillis: 300 }),
      settings: AVALARA_SETTINGS,
      credentials: ["account_id", "license_key"]
    })
  })
