/** Anrok as its API reference has it, as far as the connector speaks to it: transactions, ephemeral and recorded, with taxes by jurisdiction. */
import { anrok } from "../../../adapters/connectors/anrok/index.js"
import type { Answered } from "./local.js"
import { keep, type Question, type Recorded, type TaxServer, taxServer } from "./tax-server.js"

export const ANROK_KEY = "seller-1/key-1/secret.0123456789abcdef"
export const ANROK_SETTINGS = {
  api_key: ANROK_KEY,
  product_ids: { calls: "prod-calls", exempt: "prod-exempt" },
  default_product_id: "prod-plan"
}

const EPHEMERAL = "/v1/seller/transactions/createEphemeral"
const RECORD = "/v1/seller/transactions/createOrUpdate"
const NEGATE = "/v1/seller/transactions/createNegation"
const VOID = /^\/v1\/seller\/transactions\/id:([^/]+)\/void$/
const CURRENCIES = ["USD", "EUR", "JPY"]

const conflict = (type: string, more: object = {}): Answered => ({ status: 409, body: { type, ...more } })

/** Decimal texts, as Anrok has them. */
const taxed = (name: string, taxName: string, amount: number, part: number, taxRate: string) => ({
  name,
  notTaxedReason: null,
  taxes: [{ taxName, taxableAmount: String(amount * part), taxAmount: String(amount * part * Number(taxRate)), taxRate }]
})

/** California taxes everything at 6 % and a district at 0.375 %; Texas 80 % of it at 6.25 %; what is exempt is not taxed. */
const jurisesOf = (region: string, product: string, amount: number) => {
  if (product === "prod-exempt") return [{ name: "California", notTaxedReason: { type: "productNotTaxed" }, taxes: null }]
  if (region === "TX") return [taxed("Texas", "Tax", amount, 0.8, "0.0625")]
  return [taxed("California", "Tax", amount, 1, "0.06"), taxed("Special District", "Tax", amount, 1, "0.00375")]
}

const voided = (id: string, books: Map<string, Recorded>): Answered => {
  const known = books.get(id)
  if (known === undefined) return conflict("transactionIdNotFound")
  if (known.locked) return conflict("transactionFrozenForFiling")
  known.status = "void"
  return { status: 200, body: {} }
}

const negated = ({ newTransactionId, originalTransactionId }: Question["body"], books: Map<string, Recorded>): Answered => {
  const known = books.get(originalTransactionId)
  if (known === undefined) return conflict("transactionIdNotFound")
  if (books.has(newTransactionId)) return conflict("duplicateTransactionId")
  keep(books, newTransactionId, "credit_note", { negates: originalTransactionId })
  return { status: 200, body: {} }
}

const reply = ({ authorization, body, path }: Question, books: Map<string, Recorded>): Answered => {
  if (authorization === undefined) return { status: 401, body: { message: 'Missing "Authorization" header.' } }
  if (authorization !== `Bearer ${ANROK_KEY}`) return { status: 401, body: { message: "Invalid API key." } }
  if (path === "/v1/seller/credentials/validate") return { status: 200, body: { sellerName: "Acme" } }
  const named = VOID.exec(path)
  if (named !== null) return voided(decodeURIComponent(named[1]!), books)
  if (path === NEGATE) return negated(body, books)
  if (path !== EPHEMERAL && path !== RECORD) return { status: 404, body: {} }
  if (path === RECORD && books.get(body.id)?.locked === true) return conflict("transactionFrozenForFiling")
  const { currencyCode, customerAddress, lineItems } = body
  // An amount that is not whole in the smallest denomination is of another exponent.
  if (!Array.isArray(lineItems) || lineItems.some(({ amount }) => !Number.isInteger(amount)))
    return { status: 400, body: { message: "Invalid request body." } }
  if (!CURRENCIES.includes(currencyCode)) return conflict("currencyCodeNotSupported")
  if (customerAddress?.country === undefined) return conflict("customerAddressCouldNotResolve")
  const unknown = lineItems.find(({ productExternalId }) => !String(productExternalId).startsWith("prod-"))
  if (unknown !== undefined) return conflict("productExternalIdUnknown", { productExternalId: unknown.productExternalId })
  const items = lineItems.map(({ amount, id, productExternalId }) => {
    const jurises = jurisesOf(customerAddress.region, productExternalId, amount)
    const taxes = jurises.flatMap((juris) => juris.taxes ?? [])
    const taxAmountToCollect = Math.round(taxes.reduce((sum, { taxAmount }) => sum + Number(taxAmount), 0))
    return { id, preTaxAmount: String(amount), taxAmountToCollect, jurises }
  })
  if (path === RECORD) keep(books, body.id, lineItems.some(({ amount }) => amount < 0) ? "credit_note" : "invoice", body)
  const total = items.reduce((sum, { taxAmountToCollect }) => sum + taxAmountToCollect, 0)
  return { status: 200, body: { version: 1, taxAmountToCollect: total, preTaxAmount: "0", lineItems: items, jurisSummaries: [] } }
}

export const anrokServer = (): Promise<TaxServer> =>
  taxServer({
    paths: [EPHEMERAL, RECORD],
    reply,
    amiss: {
      rate_limited: { status: 429, body: { message: "Too many requests." }, headers: { "retry-after": "7" } },
      unavailable: { status: 503, body: {} },
      invalid: conflict("customerAddressCouldNotResolve")
    },
    open: (baseUrl) => ({ connector: anrok({ baseUrl, timeoutMillis: 300 }), settings: ANROK_SETTINGS, credentials: ["api_key"] })
  })
