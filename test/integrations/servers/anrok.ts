/** Anrok as its API reference has it, as far as the connector speaks to it: ephemeral transactions with taxes by jurisdiction. */
import { type Question, type Reply, type TaxServer, taxServer } from "./tax-server.js"

export const ANROK_KEY = "seller-1/key-1/secret.0123456789abcdef"
export const ANROK_SETTINGS = {
  api_key: ANROK_KEY,
  product_ids: { calls: "prod-calls", exempt: "prod-exempt" },
  default_product_id: "prod-plan"
}

const EPHEMERAL = "/v1/seller/transactions/createEphemeral"
const CURRENCIES = ["USD", "EUR", "JPY"]

const conflict = (type: string, more: object = {}): Reply => ({ status: 409, json: { type, ...more } })

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

const reply = ({ authorization, body, path }: Question): Reply => {
  if (authorization === undefined) return { status: 401, json: { message: 'Missing "Authorization" header.' } }
  if (authorization !== `Bearer ${ANROK_KEY}`) return { status: 401, json: { message: "Invalid API key." } }
  if (path === "/v1/seller/credentials/validate") return { status: 200, json: { sellerName: "Acme" } }
  if (path !== EPHEMERAL) return { status: 404, json: {} }
  const { currencyCode, customerAddress, lineItems } = body
  // An amount that is not whole in the smallest denomination is of another exponent.
  if (!Array.isArray(lineItems) || lineItems.some(({ amount }) => !Number.isInteger(amount)))
    return { status: 400, json: { message: "Invalid request body." } }
  if (!CURRENCIES.includes(currencyCode)) return conflict("currencyCodeNotSupported")
  if (customerAddress?.country === undefined) return conflict("customerAddressCouldNotResolve")
  const unknown = lineItems.find(({ productExternalId }) => !String(productExternalId).startsWith("prod-"))
  if (unknown !== undefined) return conflict("productExternalIdUnknown", { productExternalId: unknown.productExternalId })
  const items = lineItems.map(({ amount, id, productExternalId }) => {
    const jurises = jurisesOf(customerAddress.region, productExternalId, amount)
    return { id, preTaxAmount: String(amount), taxAmountToCollect: 0, jurises }
  })
  return { status: 200, json: { taxAmountToCollect: 0, preTaxAmount: "0", lineItems: items, jurisSummaries: [] } }
}

export const anrokServer = (): Promise<TaxServer> =>
  taxServer(
    ({ path }) => path === EPHEMERAL,
    reply,
    (kind) => {
      if (kind === "rate_limited") return { status: 429, json: { message: "Too many requests." }, headers: { "retry-after": "7" } }
      return kind === "unavailable" ? { status: 503, json: {} } : conflict("customerAddressCouldNotResolve")
    }
  )
