/** A checkout service of the Universal Commerce Protocol, as its REST binding describes it: sessions, and webhooks of their status. */
import { createHmac } from "node:crypto"
import type { WebhookRequest } from "../../../../src/payments/index.js"
import { type Answered, type Asked, idempotent, listen } from "./http.js"

interface Session {
  readonly id: string
  status: string
  readonly currency: string
  readonly totals: ReadonlyArray<{ readonly type: string; readonly amount: number }>
  readonly metadata: Readonly<Record<string, string>>
  readonly continue_url: string
}

const API_KEY = "ucp_local"
const WEBHOOK_SECRET = "ucp_webhooks"

export const ucpServer = async () => {
  const sessions = new Map<string, Session>()
  let count = 0
  const once = idempotent(() => ({ status: 409, body: { error: "idempotency_conflict" } }))

  const create = (body: string): Answered => {
    const { currency, line_items, metadata } = JSON.parse(body)
    const id = `chk_${++count}`
    const amount = line_items.reduce(
      (sum: number, line: { item: { price: number }; quantity: number }) => sum + line.item.price * line.quantity,
      0
    )
    const continue_url = `https://pay.ucp.example/${id}`
    const session: Session = { id, status: "incomplete", currency, totals: [{ type: "total", amount }], metadata, continue_url }
    sessions.set(id, session)
    return { status: 201, body: session }
  }

  const route = ({ body, headers, method, path }: Asked): Answered => {
    if (headers.authorization !== `Bearer ${API_KEY}` || headers["ucp-agent"] === undefined) return { status: 401, body: {} }
    const [, , id, action] = path.split("/")
    const session = sessions.get(id ?? "")
    if (method === "GET") return session === undefined ? { status: 404, body: {} } : { status: 200, body: session }
    return once(headers["idempotency-key"] as string | undefined, `${path} ${body}`, () => {
      if (id === undefined) return create(body)
      if (session === undefined || action !== "cancel" || session.status === "completed") return { status: 409, body: {} }
      session.status = "canceled"
      return { status: 200, body: session }
    })
  }

  const local = await listen(route)

  const signed = (checkout: Session, prefix = "sha256="): WebhookRequest => {
    const body = JSON.stringify({ id: `evt_${++count}`, checkout })
    return { headers: { "X-UCP-Signature": `${prefix}${createHmac("sha256", WEBHOOK_SECRET).update(body).digest("hex")}` }, body }
  }

  /** What a customer does at the page of a session. */
  const visit = async (url: string, as: "pays" | "declined" | "stores"): Promise<ReadonlyArray<WebhookRequest>> => {
    const session = sessions.get(new URL(url).pathname.slice(1))!
    session.status = "ready_for_complete"
    const ready = signed(session)
    session.status = as === "pays" ? "completed" : "failed"
    return [ready, signed(session, "")]
  }

  return { ...local, apiKey: API_KEY, webhookSecret: WEBHOOK_SECRET, sessions, signed, visit }
}
