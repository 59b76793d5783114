/**
 * HubSpot: `billwright/connectors/hubspot`. Companies, deals and two custom objects over the CRM API. A twin has our id in the property `billwright_id`,
 * which holds each value once, and is written by it: a repetition writes the same one.
 */
import { Clock, Effect } from "effect"
import { SignatureInvalid } from "../../../src/core/index.js"
import {
  type Connection,
  type ConnectorEvent,
  type CrmConnector,
  failureOf,
  type RecordCustomer,
  type ResourceType,
  type SyncCall
} from "../../../src/integrations/index.js"
import { dayOf, decimalOf } from "../shared/amounts.js"
import { answered, idAt, listAt, optionalSetting, setting, success, textAt } from "../shared/answers.js"
import { type HttpCall, type HttpOptions, jsonOf } from "../shared/http.js"
import { headerOf, jsonBody, rawBody, received, secretOf, signed } from "../shared/webhook.js"

export interface HubSpotOptions extends HttpOptions {
  /** Where the API is, for tests; unless given, where it always is. */
  readonly baseUrl?: string
}

/** The property that holds our id; it is made once, with unique values, on each kind of object. */
const ID_PROPERTY = "billwright_id"
const COMPANIES = "companies"

type Properties = Readonly<Record<string, string>>

const words = (json: unknown): string | undefined => textAt(listAt(json, "errors")[0], "message") ?? textAt(json, "message")

/** A webhook that is older is refused. */
const LONGEST_MILLIS = 5 * 60 * 1000

/** What HubSpot decodes of an address before it signs it. */
const DECODED: Readonly<Record<string, string>> = {
  "%3A": ":",
  "%2F": "/",
  "%3F": "?",
  "%40": "@",
  "%21": "!",
  "%24": "$",
  "%27": "'",
  "%28": "(",
  "%29": ")",
  "%2A": "*",
  "%2C": ",",
  "%3B": ";"
}
const signedUrl = (url: string): string => url.replace(/%[0-9A-Fa-f]{2}/g, (code) => DECODED[code.toUpperCase()] ?? code)

const RESOURCES: Readonly<Record<string, ResourceType>> = { company: "customer", deal: "subscription" }

/** A connector of HubSpot. Settings: `access_token`; `client_secret` for webhooks, `subscription_object`, `invoice_object`, `payment_object`. */
export const hubspot = ({ baseUrl = "https://api.hubapi.com", timeoutMillis }: HubSpotOptions = {}): CrmConnector => {
  const ask = Effect.fnUntraced(function* (connection: Connection, method: HttpCall["method"], path: string, body?: object) {
    const token = yield* setting(connection, "access_token")
    return yield* jsonOf(
      {
        method,
        url: new URL(path, baseUrl),
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body }),
        ...(timeoutMillis === undefined ? {} : { timeoutMillis })
      },
      words
    )
  })

  /** Writes an object by our id, or by its own where that is known. */
  const write = Effect.fnUntraced(function* (
    { connection, external_id, record }: Pick<SyncCall<{ readonly id: string }>, "connection" | "external_id" | "record">,
    object: string,
    properties: Properties
  ) {
    const path = `/crm/v3/objects/${encodeURIComponent(object)}`
    if (external_id !== null) {
      yield* ask(connection, "PATCH", `${path}/${encodeURIComponent(external_id)}`, {
        properties: { ...properties, [ID_PROPERTY]: record.id }
      })
      return external_id
    }
    const json = yield* ask(connection, "POST", `${path}/batch/upsert`, {
      inputs: [{ idProperty: ID_PROPERTY, id: record.id, properties: { ...properties, [ID_PROPERTY]: record.id } }]
    })
    const [failed] = listAt(json, "errors")
    // A batch may be answered with its failures, as if it had succeeded.
    if (failed !== undefined && listAt(json, "results").length === 0)
      return yield* Effect.fail(failureOf("invalid", textAt(failed, "message") ?? "the object was refused"))
    return yield* idAt(json, "results", 0, "id")
  })

  const associated = (connection: Connection, object: string, id: string, customer: RecordCustomer) =>
    ask(
      connection,
      "PUT",
      `/crm/v4/objects/${encodeURIComponent(object)}/${encodeURIComponent(id)}/associations/default/${COMPANIES}/${encodeURIComponent(customer.twin ?? "")}`
    )

  /** An object of a customer: written, then put to its company. */
  const owned = <R extends { readonly id: string; readonly customer: RecordCustomer }>(
    call: SyncCall<R>,
    setting_name: string,
    fallback: string,
    properties: (object: string) => Properties
  ) =>
    answered(
      Effect.gen(function* () {
        const object = optionalSetting(call.connection, setting_name, fallback)
        const id = yield* write(call, object, properties(object))
        yield* associated(call.connection, object, id, call.record.customer)
        return success(id, { object })
      })
    )

  return {
    type: "crm",
    provider: "hubspot",
    test: (connection) =>
      answered(
        Effect.map(ask(connection, "GET", "/account-info/v3/details"), (json) => success(null, {}, { portal_id: textAt(json, "portalId") }))
      ),
    sync: {
      customer: (call) =>
        answered(
          Effect.map(
            write(call, COMPANIES, {
              name: call.record.name,
              billwright_external_id: call.record.external_id,
              billwright_email: call.record.email ?? "",
              billwright_currency: call.record.currency
            }),
            (id) => success(id, { object: COMPANIES })
          )
        ),
      subscription: (call) =>
        owned(call, "subscription_object", "deals", (object) => {
          const { amount_cents, currency, ending_at, external_id, plan_code, plan_name, started_at, status } = call.record
          const amount = decimalOf(amount_cents, currency)
          return {
            ...(object === "deals" ? { dealname: `${plan_name} (${external_id})`, amount } : { billwright_amount: amount }),
            billwright_status: status,
            billwright_plan: plan_code,
            billwright_currency: currency,
            billwright_started_on: dayOf(started_at, call.record) ?? "",
            billwright_ending_on: dayOf(ending_at, call.record) ?? ""
          }
        }),
      invoice: (call) =>
        owned(call, "invoice_object", "p_billwright_invoices", () => {
          const { currency, due_cents, due_date, invoice_number, issued_at, status, total_cents } = call.record
          return {
            billwright_number: invoice_number ?? "",
            billwright_status: status,
            billwright_amount: decimalOf(total_cents, currency),
            billwright_due: decimalOf(due_cents, currency),
            billwright_currency: currency,
            billwright_issued_on: dayOf(issued_at, call.record) ?? "",
            billwright_due_on: dayOf(due_date, call.record) ?? ""
          }
        }),
      payment: (call) =>
        owned(call, "payment_object", "p_billwright_payments", () => {
          const { amount_cents, currency, invoice, paid_at, refunded_cents, status } = call.record
          return {
            billwright_number: invoice.invoice_number ?? "",
            billwright_status: status,
            billwright_amount: decimalOf(amount_cents, currency),
            billwright_refunded: decimalOf(refunded_cents, currency),
            billwright_currency: currency,
            billwright_paid_on: dayOf(paid_at, call.record) ?? ""
          }
        })
    },
    receive: Effect.fnUntraced(function* ({ settings }, request) {
      const key = yield* secretOf(settings, "client_secret")
      const at = headerOf(request, "x-hubspot-request-timestamp") ?? ""
      const parts = [request.method ?? "POST", signedUrl(request.url ?? ""), rawBody(request), at]
      yield* signed(key, headerOf(request, "x-hubspot-signature-v3"), ...parts)
      const age = (yield* Clock.currentTimeMillis) - Number(at)
      if (!(Math.abs(age) <= LONGEST_MILLIS)) return yield* new SignatureInvalid({ reason: "it is too old" })
      const events = listAt({ events: jsonBody(request.body) }, "events").map((event): ConnectorEvent => {
        const name = textAt(event, "subscriptionType") ?? ""
        return {
          id: textAt(event, "eventId") ?? "",
          name,
          resource_type: RESOURCES[name.split(".")[0] ?? ""] ?? null,
          external_id: textAt(event, "objectId") ?? null,
          external_data: Object.fromEntries(
            ["propertyName", "propertyValue"].flatMap((field) => {
              const value = textAt(event, field)
              return value === undefined ? [] : [[field, value]]
            })
          )
        }
      })
      return received(events)
    })
  }
}
