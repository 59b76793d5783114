/** NetSuite as its REST record API is documented: requests signed by tokens, records by external ids, answers without a body. */
import { createHmac } from "node:crypto"
import { netsuite } from "../../../adapters/connectors/netsuite/index.js"
import type { OpenedConnector } from "../../../adapters/testing/index.js"
import { type Answered, type Asked, books, system } from "./local.js"

const SETTINGS = {
  account_id: "123456_SB1",
  consumer_key: "ns-consumer-key",
  consumer_secret: "ns-consumer-secret",
  token_id: "ns-token-id",
  token_secret: "ns-token-secret",
  item_id: "77",
  tax_item_id: "78"
}

const problem = (status: number, code: string, detail: string): Answered => ({
  status,
  body: { type: "https://www.w3.org/Protocols/rfc2616", title: "Bad Request", status, "o:errorDetails": [{ detail, "o:errorCode": code }] }
})

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** Whether a request is signed as OAuth 1.0 has it, with the secrets of the account. */
const isSigned = ({ headers, method, path, url }: Asked): boolean => {
  const given = new Map(
    [...(headers.authorization ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, decodeURIComponent(value!)] as const)
  )
  const parameters = [...url.searchParams, ...[...given].filter(([name]) => name.startsWith("oauth_") && name !== "oauth_signature")]
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .toSorted(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map((pair) => pair.join("="))
    .join("&")
  const base = [method, encoded(`http://${headers.host}${path}`), encoded(parameters)].join("&")
  const key = `${encoded(SETTINGS.consumer_secret)}&${encoded(SETTINGS.token_secret)}`
  return (
    given.get("realm") === "123456_SB1" &&
    given.get("oauth_consumer_key") === SETTINGS.consumer_key &&
    given.get("oauth_token") === SETTINGS.token_id &&
    given.get("oauth_signature") === createHmac("sha256", key).update(base).digest("base64")
  )
}

export const netsuiteServer = async (): Promise<OpenedConnector & { readonly rows: ReturnType<typeof books> }> => {
  const rows = books()

  const lacking = (type: string, row: Record<string, unknown>): string | undefined => {
    const refers = (value: unknown, kind: string) =>
      rows.of(kind).some(({ id }) => id === (value as { readonly id?: string } | undefined)?.id)
    if ((type === "invoice" || type === "creditMemo") && !refers(row.entity, "customer")) return "Invalid reference entity."
    if (type === "customerPayment" && !refers(row.customer, "customer")) return "Invalid reference customer."
    const applied =
      (row.apply as { readonly items: ReadonlyArray<{ readonly doc: unknown; readonly amount: unknown }> } | undefined)?.items ?? []
    if (applied.some(({ amount, doc }) => !refers(doc, "invoice") || typeof amount !== "number")) return "Invalid reference doc."
    return undefined
  }

  const answer = (asked: Asked): Answered => {
    if (!isSigned(asked)) return problem(401, "INVALID_LOGIN", "Invalid login attempt.")
    const [, , , , , type = "", name] = asked.path.split("/").map(decodeURIComponent)
    const at = (id: string) => ({ location: `http://${asked.headers.host}/services/rest/record/v1/${type}/${id}` })
    if (name === undefined) return { status: 200, body: { items: rows.of(type), count: rows.count(type), totalResults: rows.count(type) } }
    const external = name.startsWith("eid:") ? name.slice(4) : undefined
    const row = rows.find(type, (one) => (external === undefined ? one.id === name : one.externalId === external))
    if (asked.method === "GET")
      return row === undefined ? problem(404, "NONEXISTENT_ID", "The record instance does not exist.") : { status: 200, body: row }
    const content = JSON.parse(asked.body)
    if (asked.method === "PATCH") {
      if (row === undefined) return problem(404, "NONEXISTENT_ID", "The record instance does not exist.")
      Object.assign(row, content)
      return { status: 204, headers: at(String(row.id)) }
    }
    const wrong = lacking(type, content)
    if (wrong !== undefined) return problem(400, "INVALID_CONTENT", wrong)
    if (row !== undefined) {
      Object.assign(row, content)
      return { status: 204 }
    }
    return { status: 204, headers: at(rows.add(type, { ...content, externalId: external }).id) }
  }

  const local = await system({
    answer,
    amiss: {
      invalid: problem(400, "INVALID_CONTENT", "Invalid content in the request body: email."),
      rate_limited: problem(429, "CONCURRENCY_LIMIT_EXCEEDED", "The request could not be processed: concurrent request limit exceeded."),
      unavailable: problem(503, "SERVER_ERROR", "The service is unavailable.")
    }
  })
  const types = { customer: "customer", invoice: "invoice", payment: "customerPayment", credit_note: "creditMemo", subscription: "" }
  return {
    rows,
    connector: netsuite({ baseUrl: local.url, timeoutMillis: 600 }),
    settings: SETTINGS,
    credentials: ["consumer_secret", "token_secret"],
    kept: async (type) => rows.count(types[type]),
    ...local
  }
}
