/** Xero as its Accounting API is documented: tokens of custom connections, contacts, documents with numbers of their own, keys of repetitions, webhooks. */
import { createHmac, randomUUID } from "node:crypto"
import { xero } from "../../../adapters/connectors/xero/index.js"
import type { OpenedConnector } from "../../../adapters/testing/index.js"
import { type Answered, type Asked, books, system } from "./local.js"

const SETTINGS = {
  client_id: "XERO-CLIENT",
  client_secret: "xero-client-secret",
  tenant_id: "3a1d7f4e-0000-4000-8000-000000000000",
  account_code: "200",
  payment_account_code: "090",
  webhook_key: "xero-webhook-key"
}

const invalid = (message: string): Answered => ({
  status: 400,
  body: {
    ErrorNumber: 10,
    Type: "ValidationException",
    Message: "A validation exception occurred",
    Elements: [{ ValidationErrors: [{ Message: message }] }]
  }
})

const COLLECTIONS: Readonly<Record<string, { readonly id: string; readonly unique: string | null }>> = {
  Contacts: { id: "ContactID", unique: "Name" },
  Invoices: { id: "InvoiceID", unique: "InvoiceNumber" },
  Payments: { id: "PaymentID", unique: null },
  CreditNotes: { id: "CreditNoteID", unique: "CreditNoteNumber" }
}

const TAKEN: Readonly<Record<string, string>> = {
  Name: "The contact name is already assigned to another contact. The contact name must be unique across all active contacts.",
  InvoiceNumber: "Invoice # must be unique.",
  CreditNoteNumber: "Credit Note # must be unique."
}

export const xeroServer = async (): Promise<OpenedConnector & { readonly rows: ReturnType<typeof books> }> => {
  const rows = books()
  const tokens = new Set<string>()
  const known = new Map<string, Answered>()

  const token = ({ body, headers }: Asked): Answered => {
    const basic = Buffer.from(`${SETTINGS.client_id}:${SETTINGS.client_secret}`).toString("base64")
    const form = new URLSearchParams(body)
    if (headers.authorization !== `Basic ${basic}`) return { status: 400, body: { error: "invalid_client" } }
    if (form.get("grant_type") !== "client_credentials") return { status: 400, body: { error: "unsupported_grant_type" } }
    const access_token = randomUUID()
    tokens.add(access_token)
    return { status: 200, body: { access_token, expires_in: 1800, token_type: "Bearer" } }
  }

  const written = (collection: string, given: Record<string, unknown>): Answered => {
    const { id, unique } = COLLECTIONS[collection]!
    const all = rows.of(collection)
    const before = all.find((row) => row[id] === given[id])
    if (given[id] !== undefined && before === undefined) return { status: 404, body: { Title: "NotFound" } }
    const taken = unique !== null && given[unique] !== undefined && all.some((row) => row !== before && row[unique] === given[unique])
    if (taken) return invalid(TAKEN[unique]!)
    if (collection === "Invoices" && before === undefined) {
      const contact = (given.Contact as Record<string, unknown> | undefined)?.ContactID
      if (!rows.of("Contacts").some(({ ContactID }) => ContactID === contact))
        return invalid("A Contact must be specified for this type of transaction")
      for (const line of given.LineItems as ReadonlyArray<Record<string, unknown>>)
        if (typeof line.UnitAmount !== "number") return invalid("UnitAmount is not a number")
    }
    if (collection === "Payments" && before === undefined) {
      const invoice = (given.Invoice as Record<string, unknown> | undefined)?.InvoiceID
      if (!rows.of("Invoices").some(({ InvoiceID }) => InvoiceID === invoice)) return invalid("Invoice could not be found")
    }
    if (before !== undefined) Object.assign(before, given)
    const row = before ?? rows.add(collection, { Status: "AUTHORISED", ...given, [id]: randomUUID() })
    return { status: 200, body: { [collection]: [row] } }
  }

  const answer = (asked: Asked): Answered => {
    const { body, headers, method, path, url } = asked
    if (path === "/connect/token") return token(asked)
    if (!tokens.has((headers.authorization ?? "").replace("Bearer ", "")))
      return { status: 401, body: { Title: "Unauthorized", Detail: "TokenExpired" } }
    if (headers["xero-tenant-id"] !== SETTINGS.tenant_id)
      return { status: 403, body: { Title: "Forbidden", Detail: "AuthenticationUnsuccessful" } }
    const [, , , collection = "", id, part] = path.split("/")
    if (collection === "Organisation") return { status: 200, body: { Organisations: [{ Name: "Demo", BaseCurrency: "EUR" }] } }
    const of = COLLECTIONS[collection]
    if (of === undefined) return { status: 404, body: { Title: "NotFound" } }
    if (method === "GET") {
      const named = url.searchParams.get("where")?.match(/^(\w+)=="(.*)"$/)
      const numbers = url.searchParams.get("InvoiceNumbers")?.split(",")
      const found = rows
        .of(collection)
        .filter((row) => (id === undefined || row[of.id] === id) && (named == null || row[named[1]!] === named[2]))
        .filter((row) => numbers === undefined || numbers.includes(String(row.InvoiceNumber)))
      return id !== undefined && found.length === 0 ? { status: 404 } : { status: 200, body: { [collection]: found } }
    }
    const key = headers["idempotency-key"] as string | undefined
    const repeated = key === undefined ? undefined : known.get(key)
    if (repeated !== undefined) return repeated
    const content = JSON.parse(body)
    if (part === "Allocations") {
      const note = rows.find(collection, (row) => row[of.id] === id)!
      note.Allocations = content.Allocations
      return { status: 200, body: { Allocations: content.Allocations } }
    }
    const answered = written(collection, { ...content[collection][0], ...(id === undefined ? {} : { [of.id]: id }) })
    if (key !== undefined && answered.status < 500) known.set(key, answered)
    return answered
  }

  const local = await system({
    answer,
    amiss: {
      invalid: invalid("Email address is not valid"),
      rate_limited: { status: 429, body: undefined, headers: { "retry-after": "42", "x-rate-limit-problem": "minute" } },
      unavailable: { status: 503, body: { Title: "Unavailable" } }
    },
    meets: ({ method, path }) => method !== "GET" && path !== "/connect/token"
  })
  const collections = { customer: "Contacts", invoice: "Invoices", payment: "Payments", credit_note: "CreditNotes", subscription: "" }
  return {
    rows,
    connector: xero({ baseUrl: local.url, identityUrl: local.url, timeoutMillis: 600 }),
    settings: SETTINGS,
    credentials: ["client_secret"],
    kept: async (type) => rows.count(collections[type]),
    webhook: () => {
      const event = {
        resourceId: "abc",
        tenantId: SETTINGS.tenant_id,
        eventCategory: "INVOICE",
        eventType: "UPDATE",
        eventDateUtc: "2025-01-01T00:00:00"
      }
      const body = JSON.stringify({ events: [event], firstEventSequence: 1, lastEventSequence: 1, entropy: "S" })
      return { headers: { "x-xero-signature": createHmac("sha256", SETTINGS.webhook_key).update(body).digest("base64") }, body }
    },
    ...local
  }
}
