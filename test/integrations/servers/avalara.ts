/** AvaTax REST v2 as its reference has it, as far as the connector speaks to it: ping, and transactions that are calculated, recorded and voided. */
import { avalara } from "../../../adapters/connectors/avalara/index.js"
import type { Answered } from "./local.js"
import { keep, type Question, type Recorded, type TaxServer, taxServer } from "./tax-server.js"

export const AVALARA_KEY = "A1B2C3D4E5F60718"
export const AVALARA_SETTINGS = {
  account_id: "2000123456",
  license_key: AVALARA_KEY,
  company_code: "ACME",
  tax_codes: { calls: "SW056002", exempt: "NT" },
  ship_from: { line1: "100 Ravine Lane NE", city: "Bainbridge Island", region: "WA", postalCode: "98110", country: "US" }
}

const CREATE = "/api/v2/transactions/create"
const RECORD = "/api/v2/transactions/createoradjust"
const ONE = /^\/api\/v2\/companies\/ACME\/transactions\/([^/]+?)(\/void)?$/
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

/** One that is there, or is to be cancelled. */
const one = (id: string, action: string | undefined, body: Question["body"], books: Map<string, Recorded>): Answered => {
  const known = books.get(id)
  if (known === undefined) return error(404, "EntityNotFoundError", "Document with ID not found.")
  if (action === undefined) return { status: 200, body: { id: 1, code: id, status: known.status === "void" ? "Cancelled" : "Committed" } }
  if (body.code !== "DocVoided") return error(400, "ValueRequiredError", "Field code is required.")
  if (known.locked) return error(400, "CannotModifyLockedTransaction", "The transaction is locked.")
  if (known.status === "void") return error(400, "InvalidDocumentStatusForVoid", "The document is cancelled.")
  known.status = "void"
  return { status: 200, body: { id: 1, code: id, status: "Cancelled" } }
}

const TYPES: Readonly<Record<string, Recorded["type"]>> = { SalesInvoice: "invoice", ReturnInvoice: "credit_note" }

const reply = ({ authorization, body: given, path }: Question, books: Map<string, Recorded>): Answered => {
  const known = authorization === `Basic ${Buffer.from(`${AVALARA_SETTINGS.account_id}:${AVALARA_KEY}`).toString("base64")}`
  if (path === "/api/v2/utilities/ping") return { status: 200, body: { version: "24.1", authenticated: known } }
  if (!known) return error(401, "AuthenticationException", "Authentication failed.")
  const named = ONE.exec(path)
  if (named !== null) return one(named[1]!, named[2], given, books)
  if (path !== CREATE && path !== RECORD) return error(404, "EntityNotFoundError", "Nothing is here.")
  const body = path === RECORD ? given.createTransactionModel : given
  if (path === RECORD && (given.adjustmentReason !== "Other" || typeof given.adjustmentDescription !== "string"))
    return error(400, "ValueRequiredError", "Field adjustmentDescription is required.")
  if (path === RECORD && books.get(body.code)?.locked === true)
    return error(400, "CannotModifyLockedTransaction", "The transaction is locked.")
  const { addresses, companyCode, currencyCode, lines, type } = body
  if (path === CREATE ? type !== "SalesOrder" : TYPES[type] === undefined || body.commit !== true)
    return error(400, "InvalidDocumentType", "The document would be recorded, or not.")
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
  if (path === RECORD) {
    keep(books, body.code, TYPES[type]!, body)
    const details = answered.flatMap((line: { details: ReadonlyArray<{ tax: number }> }) => line.details)
    const totalTax = Math.round(details.reduce((sum: number, { tax }: { tax: number }) => sum + tax, 0) * 100) / 100
    return { status: 201, body: { id: 1, code: body.code, type, status: "Committed", currencyCode, totalTax, lines: answered } }
  }
  return { status: 201, body: { id: 0, code: "c", type, status: "Temporary", currencyCode, lines: answered, summary: [] } }
}

export const avalaraServer = (): Promise<TaxServer> =>
  taxServer({
    paths: [CREATE, RECORD],
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
