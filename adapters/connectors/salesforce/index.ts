/**
 * Salesforce: `billwright/connectors/salesforce`. Accounts and three custom objects over the REST API, by the client credentials of a connected app. A
 * twin has our id in an external id field, by which it is written: a repetition writes the same one.
 */
import { Effect } from "effect"
import {
  type Connection,
  type ConnectorFailure,
  type CrmConnector,
  failureOf,
  type RecordCustomer,
  type SyncCall
} from "../../../src/integrations/index.js"
import { amountOf, dayOf } from "../shared/amounts.js"
import { answered, idAt, optionalSetting, setting, success, textAt } from "../shared/answers.js"
import { asked, type HttpCall, type HttpOptions, refused } from "../shared/http.js"
import { tokens } from "../shared/tokens.js"
import { lacksWebhooks } from "../shared/webhook.js"

export interface SalesforceOptions extends HttpOptions {
  /** Where the API is, for tests; unless given, at the organization's own domain. */
  readonly baseUrl?: string
}

const VERSION = "v61.0"

/** `acme`, or `acme--uat.sandbox`: one name of a domain, or two. */
const MY_DOMAIN = /^[a-z0-9][a-z0-9-]{0,80}(?:\.(?:sandbox|develop|scratch|demo|trailblaze))?$/

const firstOf = (json: unknown): unknown => (Array.isArray(json) ? json[0] : json)

const words = (json: unknown): string | undefined => textAt(firstOf(json), "message") ?? textAt(json, "error_description")

/** Too many calls are refused like a missing right: only the code tells them apart. */
const meant = (failure: ConnectorFailure, json: unknown): ConnectorFailure =>
  textAt(firstOf(json), "errorCode") === "REQUEST_LIMIT_EXCEEDED"
    ? { ...failure, details: { ...failure.details, code: "rate_limited" } }
    : failure

/** A connector of Salesforce. Settings: `my_domain`, `client_id`, `client_secret`; `external_id_field`, `subscription_object`, `invoice_object`, `payment_object`. */
export const salesforce = ({ baseUrl, timeoutMillis }: SalesforceOptions = {}): CrmConnector => {
  const { forget, tokenFor } = tokens()
  const patience = timeoutMillis === undefined ? {} : { timeoutMillis }

  const hostOf = (connection: Connection) =>
    Effect.map(setting(connection, "my_domain", MY_DOMAIN), (domain) => baseUrl ?? `https://${domain}.my.salesforce.com`)

  const tokenRequest = Effect.fnUntraced(function* (connection: Connection) {
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: yield* setting(connection, "client_id"),
      client_secret: yield* setting(connection, "client_secret")
    })
    return { method: "POST", url: new URL("/services/oauth2/token", yield* hostOf(connection)), body, ...patience } satisfies HttpCall
  })

  const ask = Effect.fnUntraced(function* (connection: Connection, method: HttpCall["method"], path: string, body?: object) {
    const token = yield* tokenFor(connection, tokenRequest(connection)).pipe(
      // An unknown client is a bad request to the token's endpoint.
      Effect.mapError((failure) =>
        failure.details.code === "invalid" ? failureOf("unauthorized", failure.error, failure.details) : failure
      )
    )
    const answer = yield* asked({
      method,
      url: new URL(`/services/data/${VERSION}${path}`, yield* hostOf(connection)),
      headers: { authorization: `Bearer ${token.value}` },
      ...(body === undefined ? {} : { body }),
      ...patience
    })
    if (answer.status >= 200 && answer.status < 300) return answer.json
    const failure = meant(yield* refused(answer, words(answer.json)), answer.json)
    if (answer.status === 401) yield* forget(connection)
    return yield* Effect.fail(failure)
  })

  /** Writes an object by our id, or by its own where that is known. */
  const write = Effect.fnUntraced(function* (
    { connection, external_id, record }: Pick<SyncCall<{ readonly id: string }>, "connection" | "external_id" | "record">,
    object: string,
    fields: object
  ) {
    const field = optionalSetting(connection, "external_id_field", "Billwright_Id__c")
    const path = `/sobjects/${encodeURIComponent(object)}`
    if (external_id !== null) {
      yield* ask(connection, "PATCH", `${path}/${encodeURIComponent(external_id)}`, { ...fields, [field]: record.id })
      return success(external_id, { object })
    }
    const json = yield* ask(connection, "PATCH", `${path}/${encodeURIComponent(field)}/${encodeURIComponent(record.id)}`, fields)
    if (json !== null) return success(yield* idAt(json, "id"), { object })
    // A change of what is there may be answered with nothing.
    const found = yield* ask(connection, "GET", `${path}/${encodeURIComponent(field)}/${encodeURIComponent(record.id)}?fields=Id`)
    return success(yield* idAt(found, "Id"), { object })
  })

  const owned = <R extends { readonly id: string; readonly customer: RecordCustomer }>(
    call: SyncCall<R>,
    setting_name: string,
    fallback: string,
    fields: object
  ) => answered(write(call, optionalSetting(call.connection, setting_name, fallback), { ...fields, Account__c: call.record.customer.twin }))

  return {
    type: "crm",
    provider: "salesforce",
    test: (connection) =>
      answered(
        Effect.map(ask(connection, "GET", "/limits"), (json) =>
          success(null, {}, { daily_requests_left: textAt(json, "DailyApiRequests", "Remaining") })
        )
      ),
    sync: {
      customer: (call) =>
        answered(
          write(call, "Account", {
            Name: call.record.name,
            Billwright_External_Id__c: call.record.external_id,
            Billwright_Email__c: call.record.email,
            Billwright_Currency__c: call.record.currency
          })
        ),
      subscription: (call) => {
        const { amount_cents, currency, ending_at, external_id, plan_code, plan_name, started_at, status } = call.record
        return owned(call, "subscription_object", "Billwright_Subscription__c", {
          Name: `${plan_name} (${external_id})`.slice(0, 80),
          Status__c: status,
          Plan__c: plan_code,
          Amount__c: amountOf(amount_cents, currency),
          Currency__c: currency,
          Started_On__c: dayOf(started_at, call.record) ?? null,
          Ending_On__c: dayOf(ending_at, call.record) ?? null
        })
      },
      invoice: (call) => {
        const { currency, due_cents, due_date, invoice_number, issued_at, status, total_cents } = call.record
        return owned(call, "invoice_object", "Billwright_Invoice__c", {
          Name: invoice_number,
          Status__c: status,
          Amount__c: amountOf(total_cents, currency),
          Due__c: amountOf(due_cents, currency),
          Currency__c: currency,
          Issued_On__c: dayOf(issued_at, call.record) ?? null,
          Due_On__c: dayOf(due_date, call.record) ?? null
        })
      },
      payment: (call) => {
        const { amount_cents, currency, invoice, paid_at, refunded_cents, status } = call.record
        return owned(call, "payment_object", "Billwright_Payment__c", {
          Name: invoice.invoice_number,
          Status__c: status,
          Amount__c: amountOf(amount_cents, currency),
          Refunded__c: amountOf(refunded_cents, currency),
          Currency__c: currency,
          Paid_On__c: dayOf(paid_at, call.record) ?? null,
          Invoice__c: invoice.twin
        })
      }
    },
    receive: lacksWebhooks("salesforce")
  }
}
