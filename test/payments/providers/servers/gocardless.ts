/** GoCardless as its documentation describes it, as far as the adapter uses it: billing requests, mandates, payments, refunds, events. */
import { createHmac } from "node:crypto"
import type { WebhookRequest } from "../../../../src/payments/index.js"
import { type Answered, type Asked, listen } from "./http.js"

type Row = Record<string, unknown> & { id: string }

const TOKEN = "sandbox_local"
const WEBHOOK_SECRET = "whsec_gocardless"

const error = (status: number, type: string, reason: string, links?: object): Answered => ({
  status,
  body: { error: { type, code: status, message: reason, errors: [{ reason, message: reason, ...(links === undefined ? {} : { links }) }] } }
})

export const gocardlessServer = async () => {
  const rows = new Map<string, Map<string, Row>>()
  const table = (name: string) => {
    const known = rows.get(name) ?? new Map<string, Row>()
    rows.set(name, known)
    return known
  }
  const keys = new Map<string, string>()
  let count = 0
  const next = (prefix: string) => `${prefix}${++count}`

  const made = (name: string, row: Row): Answered => {
    table(name).set(row.id, row)
    return { status: 201, body: { [name]: row } }
  }

  const createPayment = (given: Record<string, unknown>): Answered => {
    const { mandate } = given.links as { mandate: string }
    if (mandate.startsWith("MD_fails")) return error(422, "invalid_state", "mandate_is_inactive")
    return made("payments", { ...given, id: next("PM"), status: "pending_submission", amount_refunded: 0 })
  }

  const createRefund = (given: Record<string, unknown>): Answered => {
    const payment = table("payments").get((given.links as { payment: string }).payment)
    if (payment === undefined) return error(404, "invalid_api_usage", "resource_not_found")
    const total = Number(payment.amount_refunded) + Number(given.amount)
    if (given.total_amount_confirmation !== total) return error(422, "validation_failed", "total_amount_confirmation_invalid")
    if (total > Number(payment.amount)) return error(422, "validation_failed", "refund_payment_amount_exceeded")
    Object.assign(payment, { amount_refunded: total })
    return made("refunds", { ...given, id: next("RF"), currency: payment.currency, status: "created" })
  }

  const create = (name: string, given: Record<string, unknown>): Answered => {
    if (name === "payments") return createPayment(given)
    if (name === "refunds") return createRefund(given)
    if (name === "billing_requests") return made(name, { ...given, id: next("BRQ"), status: "pending", links: {} })
    const { billing_request } = given.links as { billing_request: string }
    const authorisation_url = `https://pay.gocardless.example/flow/${billing_request}`
    return made(name, { ...given, id: next("BRF"), authorisation_url, expires_at: new Date(Date.now() + 7 * 86_400_000).toISOString() })
  }

  const route = ({ body, headers, method, path, query }: Asked): Answered => {
    if (headers.authorization !== `Bearer ${TOKEN}`) return error(401, "invalid_api_usage", "access_token_not_found")
    const [, name = "", id, , action] = path.split("/")
    if (method === "GET" && id !== undefined) {
      const row = table(name).get(id)
      return row === undefined ? error(404, "invalid_api_usage", "resource_not_found") : { status: 200, body: { [name]: row } }
    }
    if (method === "GET") {
      const wanted = [...query].filter(([field]) => field === "mandate" || field === "payment")
      const data = [...table(name).values()].filter((row) =>
        wanted.every(([field, value]) => (row.links as Record<string, string> | undefined)?.[field] === value)
      )
      return { status: 200, body: { [name]: data, meta: { cursors: { before: null, after: null }, limit: 50 } } }
    }
    if (action === "cancel") {
      const row = table(name).get(id!)!
      if (row.status !== "pending") return error(422, "invalid_state", "billing_request_not_cancellable")
      Object.assign(row, { status: "cancelled" })
      return { status: 200, body: { [name]: row } }
    }
    const key = `${name} ${headers["idempotency-key"] as string}`
    const before = keys.get(key)
    if (before !== undefined) return error(409, "invalid_state", "idempotent_creation_conflict", { conflicting_resource_id: before })
    const answered = create(name, (JSON.parse(body) as Record<string, Record<string, unknown>>)[name]!)
    if (answered.status === 201) keys.set(key, (answered.body as Record<string, Row>)[name]!.id)
    return answered
  }

  const local = await listen(route)

  const signed = (events: ReadonlyArray<object>): WebhookRequest => {
    const body = JSON.stringify({ events })
    return { headers: { "Webhook-Signature": createHmac("sha256", WEBHOOK_SECRET).update(body).digest("hex") }, body }
  }
  const event = (resource_type: string, action: string, links: object, resource_metadata: unknown = {}) => ({
    id: next("EV"),
    created_at: new Date().toISOString(),
    resource_type,
    action,
    links,
    metadata: {},
    resource_metadata,
    details: { origin: "gocardless", cause: `${resource_type}_${action}` }
  })

  /** What a customer does at the page of a billing request. */
  const visit = async (url: string, as: "pays" | "declined" | "stores"): Promise<ReadonlyArray<WebhookRequest>> => {
    const request = table("billing_requests").get(new URL(url).pathname.split("/").at(-1)!)!
    Object.assign(request, { status: "fulfilled" })
    if (as === "stores") {
      const account: Row = { id: next("BA"), bank_name: "LOCAL BANK", account_number_ending: "11" }
      const mandate: Row = { id: next("MD"), scheme: "sepa_core", links: { customer_bank_account: account.id } }
      table("customer_bank_accounts").set(account.id, account)
      table("mandates").set(mandate.id, mandate)
      return [
        signed([
          event("billing_requests", "fulfilled", { billing_request: request.id, mandate_request_mandate: mandate.id }, request.metadata)
        ])
      ]
    }
    const asked = request.payment_request as Record<string, unknown>
    const payment: Row = { ...asked, id: next("PM"), amount_refunded: 0, status: as === "pays" ? "confirmed" : "failed", links: {} }
    table("payments").set(payment.id, payment)
    Object.assign(request, { links: { payment_request_payment: payment.id } })
    const on = (action: string) => event("payments", action, { payment: payment.id }, payment.metadata)
    const fulfilled = event(
      "billing_requests",
      "fulfilled",
      { billing_request: request.id, payment_request_payment: payment.id },
      request.metadata
    )
    return [signed([fulfilled, on("created")]), signed([on("submitted"), on(as === "pays" ? "confirmed" : "failed")])]
  }

  return {
    ...local,
    accessToken: TOKEN,
    webhookSecret: WEBHOOK_SECRET,
    table,
    signed,
    event,
    visit,
    collected: (key: string) => {
      const own = [...table("payments").values()].filter(({ metadata }) => (metadata as Record<string, string>).billwright_key === key)
      return { times: own.length, amount_cents: own.reduce((sum, { amount }) => sum + BigInt(amount as number), 0n) }
    }
  }
}
