/** Stripe as its documentation describes it, as far as the adapter uses it: payment methods by magic ids, intents, refunds, Checkout, events. */
import { randomBytes } from "node:crypto"
import Stripe from "stripe"
import type { WebhookRequest } from "../../../../src/payments/index.js"
import { type Answered, type Asked, idempotent, listen } from "./http.js"

type Row = Record<string, unknown> & { id: string }

/** `a[b][0]=c` as Stripe's forms are nested. */
const formOf = (body: string): Record<string, unknown> => {
  const form: Record<string, unknown> = {}
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.replaceAll("]", "").split("[")
    let at = form
    for (const part of path.slice(0, -1)) {
      if (!(part in at)) at[part] = {}
      at = at[part] as Record<string, unknown>
    }
    at[path.at(-1)!] = value
  }
  return form
}

const error = (status: number, type: string, code: string, more: object = {}): Answered => ({
  status,
  body: { error: { type, code, message: code, ...more } }
})

const KEY = "sk_test_local"

export const stripeServer = async (now: () => number = Date.now) => {
  const intents = new Map<string, Row>()
  const refunds = new Map<string, Row>()
  const sessions = new Map<string, Row>()
  const setups = new Map<string, Row>()
  const webhookSecret = `whsec_${randomBytes(12).toString("hex")}`
  let count = 0
  const next = (prefix: string) => `${prefix}_${++count}`
  const seconds = () => Math.floor(now() / 1000)
  const once = idempotent(() => error(400, "idempotency_error", "idempotency_key_in_use"))

  const methodOf = (id: string): Row => ({
    id,
    object: "payment_method",
    type: "card",
    customer: id.startsWith("pm_loose") ? null : `cus_of_${id}`,
    card: { brand: "visa", last4: "4242", exp_month: 12, exp_year: 2031 }
  })

  const intentOf = (amount: number, currency: string, metadata: unknown): Row => ({
    id: next("pi"),
    object: "payment_intent",
    amount,
    amount_received: 0,
    currency,
    status: "requires_payment_method",
    last_payment_error: null,
    cancellation_reason: null,
    metadata: metadata ?? {}
  })

  const decline = (intent: Row, code: string, decline_code?: string) => {
    Object.assign(intent, { status: "requires_payment_method", last_payment_error: { type: "card_error", code, decline_code } })
    return error(402, "card_error", code, { decline_code, payment_intent: intent })
  }

  const createIntent = (form: Record<string, unknown>): Answered => {
    const method = String(form.payment_method)
    if (form.confirm !== "true" || form.off_session !== "true") return error(400, "invalid_request_error", "parameter_missing")
    if (form.customer !== (methodOf(method).customer ?? undefined))
      return error(400, "invalid_request_error", "payment_method_unexpected_customer")
    const intent = intentOf(Number(form.amount), String(form.currency), form.metadata)
    intents.set(intent.id, intent)
    if (method.startsWith("pm_fails")) return decline(intent, "card_declined", "insufficient_funds")
    if (method.startsWith("pm_authenticates")) return decline(intent, "authentication_required", "authentication_required")
    if (method.startsWith("pm_slow")) Object.assign(intent, { status: "processing" })
    else Object.assign(intent, { status: "succeeded", amount_received: intent.amount })
    return { status: 200, body: intent }
  }

  const createRefund = (form: Record<string, unknown>): Answered => {
    const intent = intents.get(String(form.payment_intent))
    if (intent === undefined) return error(404, "invalid_request_error", "resource_missing")
    const amount = Number(form.amount)
    const before = [...refunds.values()].filter((one) => one.payment_intent === intent.id).reduce((sum, one) => sum + Number(one.amount), 0)
    if (before + amount > Number(intent.amount_received)) return error(400, "invalid_request_error", "charge_already_refunded")
    const refund: Row = {
      id: next("re"),
      object: "refund",
      amount,
      currency: intent.currency,
      payment_intent: intent.id,
      status: "succeeded",
      metadata: form.metadata ?? {}
    }
    refunds.set(refund.id, refund)
    return { status: 200, body: refund }
  }

  const createSession = (form: Record<string, unknown>): Answered => {
    const id = next("cs")
    const [line] = Object.values((form.line_items ?? {}) as Record<string, { price_data: { unit_amount: string; currency: string } }>)
    const session: Row = {
      id,
      object: "checkout.session",
      mode: form.mode,
      status: "open",
      payment_status: "unpaid",
      amount_total: line === undefined ? null : Number(line.price_data.unit_amount),
      currency: line?.price_data.currency ?? form.currency ?? null,
      payment_intent: null,
      setup_intent: null,
      metadata: form.metadata ?? {},
      intent_metadata: (form.payment_intent_data as { metadata?: unknown } | undefined)?.metadata ?? {},
      url: `https://checkout.stripe.example/${id}`,
      expires_at: seconds() + 24 * 60 * 60
    }
    sessions.set(id, session)
    return { status: 200, body: session }
  }

  const shown = (session: Row, expand: boolean): Row => ({
    ...session,
    payment_intent: expand && session.payment_intent !== null ? intents.get(String(session.payment_intent)) : session.payment_intent
  })

  const listed = (data: ReadonlyArray<Row>): Answered => ({ status: 200, body: { object: "list", data, has_more: false, url: "/" } })

  const route = ({ body, headers, method, path, query }: Asked): Answered => {
    if (headers.authorization !== `Bearer ${KEY}`) return error(401, "invalid_request_error", "api_key_invalid")
    const [, , kind, id = "", action] = path.split("/")
    const form = formOf(body)
    if (method === "GET") {
      if (kind === "payment_methods")
        return id.startsWith("pm_") ? { status: 200, body: methodOf(id) } : error(404, "invalid_request_error", "resource_missing")
      if (kind === "payment_intents" && id === "search") {
        const key = /"]:"(.*)"$/.exec(query.get("query") ?? "")?.[1]
        return listed([...intents.values()].filter(({ metadata }) => (metadata as Record<string, string>).billwright_key === key))
      }
      if (kind === "payment_intents") return listed([...intents.values()].slice(0, Number(query.get("limit") ?? 10)))
      if (kind === "refunds")
        return listed([...refunds.values()].filter((one) => one.payment_intent === query.get("payment_intent")).reverse())
      if (kind === "setup_intents") return { status: 200, body: setups.get(id) }
      if (kind === "checkout") return { status: 200, body: shown(sessions.get(action ?? "")!, query.toString().includes("expand")) }
    }
    const key = headers["idempotency-key"] as string | undefined
    return once(key, `${path} ${body}`, () => {
      if (kind === "payment_intents") return createIntent(form)
      if (kind === "refunds") return createRefund(form)
      if (kind === "checkout" && path.endsWith("/expire")) {
        const session = sessions.get(action ?? "")!
        if (session.status !== "open") return error(400, "invalid_request_error", "checkout_session_not_open")
        Object.assign(session, { status: "expired" })
        return { status: 200, body: session }
      }
      return kind === "checkout" ? createSession(form) : error(404, "invalid_request_error", "resource_missing")
    })
  }

  const local = await listen(route)

  const signed = (type: string, object: unknown, id = next("evt"), at = seconds()): WebhookRequest => {
    const payload = JSON.stringify({ id, object: "event", type, created: at, data: { object } })
    const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: webhookSecret, timestamp: at })
    return { headers: { "Stripe-Signature": header }, body: payload }
  }

  const sessionAt = (url: string): Row => sessions.get(new URL(url).pathname.slice(1))!

  /** What a customer does at a page: `authenticates` passes 3-D Secure first. */
  const visit = async (url: string, as: "pays" | "declined" | "stores" | "authenticates"): Promise<ReadonlyArray<WebhookRequest>> => {
    const session = sessionAt(url)
    if (as === "stores") {
      const setup: Row = { id: next("seti"), object: "setup_intent", payment_method: methodOf(next("pm_succeeds")) }
      setups.set(setup.id, setup)
      Object.assign(session, { status: "complete", payment_status: "no_payment_required", setup_intent: setup.id })
      return [signed("checkout.session.completed", session)]
    }
    const known = session.payment_intent === null ? undefined : intents.get(String(session.payment_intent))
    const intent = known ?? intentOf(Number(session.amount_total), String(session.currency), session.intent_metadata)
    intents.set(intent.id, intent)
    Object.assign(session, { payment_intent: intent.id })
    if (as === "declined") {
      decline(intent, "card_declined", "do_not_honor")
      return [signed("payment_intent.payment_failed", intent)]
    }
    const asked = as === "authenticates" ? [signed("payment_intent.requires_action", { ...intent, status: "requires_action" })] : []
    Object.assign(intent, { status: "succeeded", amount_received: intent.amount, last_payment_error: null })
    Object.assign(session, { status: "complete", payment_status: "paid" })
    return [...asked, signed("payment_intent.succeeded", intent), signed("checkout.session.completed", session)]
  }

  return {
    ...local,
    secretKey: KEY,
    webhookSecret,
    intents,
    refunds,
    sessions,
    visit,
    signed,
    /** What Stripe's books say it collected for a key. */
    collected: (key: string) => {
      const own = [...intents.values()].filter(
        ({ metadata, status }) => status === "succeeded" && (metadata as Record<string, string>).billwright_key === key
      )
      return { times: own.length, amount_cents: own.reduce((sum, { amount_received }) => sum + BigInt(amount_received as number), 0n) }
    }
  }
}
