/** Salesforce as its REST API is documented: client credentials, upserts by an external id field, refusals as lists. */
import { randomUUID } from "node:crypto"
import { salesforce } from "../../../adapters/connectors/salesforce/index.js"
import type { OpenedConnector } from "../../../adapters/testing/index.js"
import { type Answered, type Asked, books, system } from "./local.js"

const SETTINGS = { my_domain: "acme", client_id: "SF-CLIENT", client_secret: "salesforce-client-secret" }

const problem = (status: number, errorCode: string, message: string): Answered => ({ status, body: [{ message, errorCode, fields: [] }] })

export const salesforceServer = async (): Promise<OpenedConnector & { readonly rows: ReturnType<typeof books> }> => {
  const rows = books()
  const tokens = new Set<string>()

  const token = (body: string): Answered => {
    const form = new URLSearchParams(body)
    const right = form.get("client_id") === SETTINGS.client_id && form.get("client_secret") === SETTINGS.client_secret
    if (!right || form.get("grant_type") !== "client_credentials")
      return { status: 400, body: { error: "invalid_client", error_description: "invalid client credentials" } }
    const access_token = randomUUID()
    tokens.add(access_token)
    return { status: 200, body: { access_token, instance_url: "https://acme.my.salesforce.com", token_type: "Bearer" } }
  }

  const answer = ({ body, headers, method, path }: Asked): Answered => {
    if (path === "/services/oauth2/token") return token(body)
    if (!tokens.has((headers.authorization ?? "").replace("Bearer ", "")))
      return problem(401, "INVALID_SESSION_ID", "Session expired or invalid")
    const [, , , , kind, object = "", first = "", second] = path.split("/").map(decodeURIComponent)
    if (kind === "limits") return { status: 200, body: { DailyApiRequests: { Max: 15000, Remaining: 14998 } } }
    const row = rows.find(object, (one) => (second === undefined ? one.id === first : one[first] === second))
    if (method === "GET") return row === undefined ? problem(404, "NOT_FOUND", "not found") : { status: 200, body: { Id: row.id } }
    const content = JSON.parse(body)
    if (second !== undefined && first in content) return problem(400, "INVALID_FIELD", "The external id field is in the body")
    if (content.Account__c !== undefined && !rows.of("Account").some(({ id }) => id === content.Account__c))
      return problem(400, "MALFORMED_ID", "Account: id value of incorrect type")
    if (row !== undefined) {
      Object.assign(row, content)
      // By its own id it is answered with nothing, by the external one with its id.
      return second === undefined ? { status: 204 } : { status: 200, body: { id: row.id, success: true, errors: [], created: false } }
    }
    if (second === undefined) return problem(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")
    const made = rows.add(object, { ...content, [first]: second })
    return { status: 201, body: { id: made.id, success: true, errors: [], created: true } }
  }

  const local = await system({
    answer,
    amiss: {
      invalid: problem(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
      rate_limited: problem(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
      unavailable: problem(503, "SERVER_UNAVAILABLE", "Too many requests are waiting for connections.")
    },
    meets: ({ method, path }) => method !== "GET" && path !== "/services/oauth2/token"
  })
  const objects = {
    customer: "Account",
    subscription: "Billwright_Subscription__c",
    invoice: "Billwright_Invoice__c",
    payment: "Billwright_Payment__c",
    credit_note: ""
  }
  return {
    rows,
    connector: salesforce({ baseUrl: local.url, timeoutMillis: 600 }),
    settings: SETTINGS,
    credentials: ["client_secret"],
    kept: async (type) => rows.count(objects[type]),
    ...local
  }
}
