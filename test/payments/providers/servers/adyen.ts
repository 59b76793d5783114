/** Adyen as its documentation describes it, as far as the adapter uses it: payments of stored cards, hosted sessions, refunds, notifications. */
import { createHmac } from "node:crypto"
import type { WebhookRequest } from "../../../../src/payments/index.js"
import { type Answered, type Asked, idempotent, listen } from "./http.js"

type Row = Record<string, unknown> & { amount: { value: number; currency: string }; reference: string }

const API_KEY = "AQE_local"
const HMAC_KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
const MERCHANT = "LocalMerchant"

const error = (status: number, errorCode: string): Answered => ({
  status,
  body: { status, errorCode, message: errorCode, errorType: "validation" }
})

export const adyenServer = async () => {
  const payments = new Map<string, Row>()
  const sessions = new Map<string, Row>()
  let count = 0
  const next = (prefix: string) => `${prefix}${++count}`
  const once = idempotent(() => error(422, "704"))

  const pay = (given: Row): Answered => {
    const { storedPaymentMethodId: method = "" } = given.paymentMethod as { storedPaymentMethodId?: string }
    if (given.shopperInteraction !== "ContAuth" || typeof given.shopperReference !== "string") return error(422, "14_0424")
    const pspReference = next("PSP")
    const refused = method.startsWith("fails")
    if (!refused) payments.set(pspReference, given)
    return {
      status: 200,
      body: {
        pspReference,
        merchantReference: given.reference,
        amount: given.amount,
        ...(refused
          ? { resultCode: "Refused", refusalReason: "Not enough balance", refusalReasonCode: "12" }
          : { resultCode: "Authorised" })
      }
    }
  }

  const open = (given: Row): Answered => {
    if (given.mode !== "hosted") return error(422, "14_0000")
    const id = next("CS")
    sessions.set(id, given)
    return {
      status: 201,
      body: { ...given, id, url: `https://eu.adyen.link/${id}`, expiresAt: new Date(Date.now() + 3_600_000).toISOString() }
    }
  }

  const route = ({ body, headers, path }: Asked): Answered => {
    if (headers["x-api-key"] !== API_KEY)
      return { status: 401, body: { status: 401, errorCode: "000", message: "HTTP Status Response - Unauthorized" } }
    const given = JSON.parse(body) as Row
    if (given.merchantAccount !== MERCHANT) return error(403, "901")
    if (path.endsWith("/paymentMethods")) return { status: 200, body: { paymentMethods: [{ name: "Cards", type: "scheme" }] } }
    return once(headers["idempotency-key"] as string | undefined, `${path} ${body}`, () => {
      if (path.endsWith("/sessions")) return open(given)
      if (!path.endsWith("/refunds")) return pay(given)
      const original = path.split("/").at(-2)!
      if (!payments.has(original)) return error(422, "167")
      return { status: 201, body: { ...given, status: "received", pspReference: next("RF"), paymentPspReference: original } }
    })
  }

  const local = await listen(route)

  const signed = (...items: ReadonlyArray<Record<string, unknown>>): WebhookRequest => {
    const notificationItems = items.map((given) => {
      const item = { merchantAccountCode: MERCHANT, success: "true", ...given } as unknown as Record<string, unknown> & {
        amount: Row["amount"]
      }
      const text = [
        item.pspReference,
        item.originalReference,
        item.merchantAccountCode,
        item.merchantReference,
        item.amount.value,
        item.amount.currency,
        item.eventCode,
        item.success
      ].join(":")
      const hmacSignature = createHmac("sha256", Buffer.from(HMAC_KEY, "hex")).update(text).digest("base64")
      return { NotificationRequestItem: { ...item, additionalData: { ...(item.additionalData as object), hmacSignature } } }
    })
    return { headers: { "content-type": "application/json" }, body: JSON.stringify({ live: "false", notificationItems }) }
  }

  /** What a customer does at a hosted page. */
  const visit = async (url: string, as: "pays" | "declined" | "stores"): Promise<ReadonlyArray<WebhookRequest>> => {
    const id = new URL(url).pathname.slice(1)
    const session = sessions.get(id)!
    const pspReference = next("PSP")
    if (as === "pays") payments.set(pspReference, session)
    const tokens = {
      "tokenization.storedPaymentMethodId": next("TOKEN"),
      "tokenization.shopperReference": session.shopperReference,
      cardSummary: "1111"
    }
    const additionalData = { checkoutSessionId: id, ...(as === "stores" ? tokens : {}) }
    const { amount, reference: merchantReference } = session
    const success = as === "declined" ? "false" : "true"
    const item = { pspReference, merchantReference, amount, eventCode: "AUTHORISATION", success, additionalData, paymentMethod: "visa" }
    return [signed(item)]
  }

  return {
    ...local,
    apiKey: API_KEY,
    hmacKey: HMAC_KEY,
    merchantAccount: MERCHANT,
    payments,
    signed,
    visit,
    collected: (key: string) => {
      const own = [...payments.values()].filter(({ reference }) => reference === key)
      return { times: own.length, amount_cents: own.reduce((sum, { amount }) => sum + BigInt(amount.value), 0n) }
    }
  }
}
