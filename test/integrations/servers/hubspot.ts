/** HubSpot as its CRM API is documented: upserts by a property with unique values, associations, webhooks signed in their third version. */
import { createHmac } from "node:crypto"
import { hubspot } from "../../../adapters/connectors/hubspot/index.js"
import type { OpenedConnector } from "../../../adapters/testing/index.js"
import { type Answered, type Asked, books, system } from "./local.js"

const SETTINGS = { access_token: "pat-eu1-hubspot-token", client_secret: "hubspot-client-secret" }

const problem = (status: number, category: string, message: string): Answered => ({
  status,
  body: { status: "error", message, correlationId: "c", category }
})

export const hubspotServer = async (): Promise<OpenedConnector & { readonly rows: ReturnType<typeof books> }> => {
  const rows = books()
  const associations = new Set<string>()

  const answer = ({ body, headers, method, path }: Asked): Answered => {
    if (headers.authorization !== `Bearer ${SETTINGS.access_token}`)
      return problem(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
    if (path === "/account-info/v3/details") return { status: 200, body: { portalId: 123 } }
    const [, , version, , object = "", id = "", last] = path.split("/").map(decodeURIComponent)
    if (version === "v4") {
      const [, , , , from = "", from_id = "", , , to = "", to_id = ""] = path.split("/").map(decodeURIComponent)
      const both = rows.of(from).some((row) => row.id === from_id) && rows.of(to).some((row) => row.id === to_id)
      if (!both) return problem(404, "OBJECT_NOT_FOUND", "An object to associate was not found")
      associations.add(`${from}/${from_id}/${to}/${to_id}`)
      return { status: 200, body: { status: "COMPLETE" } }
    }
    const content = JSON.parse(body)
    if (method === "PATCH") {
      const row = rows.find(object, (one) => one.id === id)
      if (row === undefined) return problem(404, "OBJECT_NOT_FOUND", "Object not found")
      row.properties = { ...(row.properties as object), ...content.properties }
      return { status: 200, body: row }
    }
    if (id !== "batch" || last !== "upsert") return problem(404, "NOT_FOUND", "no such address")
    const results = content.inputs.map((input: { id: string; idProperty: string; properties: Record<string, string> }) => {
      const row = rows.find(object, (one) => (one.properties as Record<string, string>)[input.idProperty] === input.id)
      if (row !== undefined) row.properties = { ...(row.properties as object), ...input.properties }
      return { ...(row ?? rows.add(object, { properties: input.properties })), new: row === undefined }
    })
    return { status: 200, body: { status: "COMPLETE", results } }
  }

  const local = await system({
    answer,
    amiss: {
      invalid: problem(400, "VALIDATION_ERROR", 'Property values were not valid: property "billwright_id" does not exist'),
      rate_limited: problem(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit."),
      unavailable: problem(502, "INTERNAL", "bad gateway")
    }
  })
  const objects = {
    customer: "companies",
    subscription: "deals",
    invoice: "p_billwright_invoices",
    payment: "p_billwright_payments",
    credit_note: ""
  }
  return {
    rows,
    connector: hubspot({ baseUrl: local.url, timeoutMillis: 600 }),
    settings: SETTINGS,
    credentials: ["access_token"],
    kept: async (type) => rows.count(objects[type]),
    webhook: () => {
      const url = "https://host.example/webhooks/hubspot/1?a=b%3Ac"
      const at = String(Date.now())
      const body = JSON.stringify([
        { eventId: 1, subscriptionType: "company.propertyChange", objectId: 101, propertyName: "name", propertyValue: "N" }
      ])
      const content = `POSThttps://host.example/webhooks/hubspot/1?a=b:c${body}${at}`
      const signature = createHmac("sha256", SETTINGS.client_secret).update(content).digest("base64")
      return { headers: { "x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": at }, body, url, method: "POST" }
    },
    ...local
  }
}
