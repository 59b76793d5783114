/**
 * NetSuite: `billwright/connectors/netsuite`. Customers, invoices, payments and credit memos over the REST record API, signed by tokens (TBA). A twin
 * has our id as its external id, by which it is written: a repetition writes the same one.
 */
import { createHmac, randomBytes } from "node:crypto"
import { Clock, Effect } from "effect"
import type { AccountingConnector, Connection, CreditNoteRecord, InvoiceRecord, RecordLine } from "../../../src/integrations/index.js"
import { amountOf, dayOf } from "../shared/amounts.js"
import { answered, idAt, listAt, optionalSetting, setting, success, textAt } from "../shared/answers.js"
import { asked, type HttpCall, type HttpOptions, refused } from "../shared/http.js"
import { lacksWebhooks } from "../shared/webhook.js"

export interface NetSuiteOptions extends HttpOptions {
  /** Where the API is, for tests; unless given, at the account's own address. */
  readonly baseUrl?: string
}

/** As OAuth 1.0 writes texts: all but letters, digits and four signs. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

interface TokenParts {
  readonly account: string
  readonly consumer_key: string
  readonly consumer_secret: string
  readonly token_id: string
  readonly token_secret: string
}

/** The header of a request signed by tokens (OAuth 1.0, HMAC-SHA256). */
export const authorization = (parts: TokenParts, method: string, url: URL, nonce: string, seconds: number): string => {
  const oauth = {
    oauth_consumer_key: parts.consumer_key,
    oauth_nonce: nonce,
    oauth_signature_method: "HMAC-SHA256",
    oauth_timestamp: String(seconds),
    oauth_token: parts.token_id,
    oauth_version: "1.0"
  }
  const parameters = [...url.searchParams, ...Object.entries(oauth)]
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join("&")
  const base = [method, escaped(`${url.origin}${url.pathname}`), escaped(parameters)].join("&")
  const signature = createHmac("sha256", `${escaped(parts.consumer_secret)}&${escaped(parts.token_secret)}`)
    .update(base)
    .digest("base64")
  const shown = Object.entries({ ...oauth, oauth_signature: signature }).map(([name, value]) => `${name}="${escaped(value)}"`)
  return `OAuth realm="${escaped(parts.account)}", ${shown.join(", ")}`
}

const words = (json: unknown): string | undefined => textAt(listAt(json, "o:errorDetails")[0], "detail") ?? textAt(json, "title")

/** The id that a record was written under: the end of the address that the answer names. */
const writtenId = (location: string | null): string | undefined => location?.match(/\/([^/?]+)\/?(?:\?.*)?$/)?.[1]

/** A connector of NetSuite. Settings: `account_id`, `consumer_key`, `consumer_secret`, `token_id`, `token_secret`, `item_id`; `subsidiary_id`, `tax_item_id`, `account`. */
export const netsuite = ({ baseUrl, timeoutMillis }: NetSuiteOptions = {}): AccountingConnector => {
  const ask = Effect.fnUntraced(function* (connection: Connection, method: HttpCall["method"], path: string, key?: string, body?: object) {
    const account = yield* setting(connection, "account_id", /^[A-Za-z0-9_-]{1,64}$/)
    const parts: TokenParts = {
      account: account.toUpperCase().replaceAll("-", "_"),
      consumer_key: yield* setting(connection, "consumer_key"),
      consumer_secret: yield* setting(connection, "consumer_secret"),
      token_id: yield* setting(connection, "token_id"),
      token_secret: yield* setting(connection, "token_secret")
    }
    const host = baseUrl ?? `https://${account.toLowerCase().replaceAll("_", "-")}.suitetalk.api.netsuite.com`
    const url = new URL(`/services/rest/record/v1${path}`, host)
    const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const header = authorization(parts, method, url, randomBytes(16).toString("hex"), seconds)
    const headers = { authorization: header, ...(key === undefined ? {} : { "x-netsuite-idempotency-key": key }) }
    const answer = yield* asked({
      method,
      url,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(timeoutMillis === undefined ? {} : { timeoutMillis })
    })
    if (answer.status >= 200 && answer.status < 300) return answer
    return yield* Effect.flatMap(refused(answer, words(answer.json)), Effect.fail)
  })

  /** Writes a record by our id, or by its own where that is known. */
  const write = Effect.fnUntraced(function* (
    { connection, external_id, key }: { readonly connection: Connection; readonly external_id: string | null; readonly key: string },
    type: string,
    id: string,
    body: object,
    replace = ""
  ) {
    const query = replace === "" ? "" : `?replace=${replace}`
    if (external_id !== null) {
      yield* ask(connection, "PATCH", `/${type}/${encodeURIComponent(external_id)}${query}`, key, body)
      return success(external_id, {})
    }
    const answer = yield* ask(connection, "PUT", `/${type}/eid:${encodeURIComponent(id)}${query}`, key, body)
    const written = writtenId(answer.headers.get("location"))
    if (written !== undefined && !written.startsWith("eid:")) return success(written, {})
    // The answer to a change names no address: the record is asked for.
    const { json } = yield* ask(connection, "GET", `/${type}/eid:${encodeURIComponent(id)}?fields=id`)
    return success(yield* idAt(json, "id"), {})
  })

  const itemsOf = Effect.fnUntraced(function* (
    connection: Connection,
    { currency, lines, tax_cents }: { readonly currency: string; readonly lines: ReadonlyArray<RecordLine>; readonly tax_cents: bigint }
  ) {
    const id = yield* setting(connection, "item_id")
    const line = (item: string, amount_cents: bigint, description: string) => ({
      item: { id: item },
      quantity: 1,
      rate: amountOf(amount_cents, currency),
      amount: amountOf(amount_cents, currency),
      description
    })
    const net = lines.map((one) => line(id, one.amount_cents, one.description))
    // Tax is a line of its own, so that none of it is lost.
    return { items: tax_cents === 0n ? net : [...net, line(yield* setting(connection, "tax_item_id"), tax_cents, "Tax")] }
  })

  const documentOf = Effect.fnUntraced(function* (connection: Connection, record: InvoiceRecord | CreditNoteRecord, number: string | null) {
    return {
      entity: { id: record.customer.twin },
      tranId: number,
      tranDate: dayOf(record.issued_at, record),
      currency: { refName: record.currency },
      memo: record.id,
      item: yield* itemsOf(connection, record)
    }
  })

  const known = (failure: string) => ({ partial: true, error: failure })

  return {
    type: "accounting",
    provider: "netsuite",
    test: (connection) => answered(Effect.as(ask(connection, "GET", "/customer?limit=1"), success(null))),
    sync: {
      customer: (call) => {
        const { connection, record } = call
        const subsidiary = optionalSetting(connection, "subsidiary_id", "")
        return answered(
          write(call, "customer", record.id, {
            companyName: record.name,
            isPerson: false,
            entityId: record.external_id,
            ...(record.email === null ? {} : { email: record.email }),
            ...(subsidiary === "" ? {} : { subsidiary: { id: subsidiary } })
          })
        )
      },
      invoice: (call) =>
        answered(
          Effect.gen(function* () {
            const { connection, external_id, record } = call
            if (record.status === "voided") {
              if (external_id === null) return success(null, {}, { skipped: "it was never brought over" })
              return success(external_id, {}, known("NetSuite's record API voids nothing: void the invoice there"))
            }
            // An issued document does not change: its twin is only looked at.
            if (external_id !== null) {
              yield* ask(connection, "GET", `/invoice/${encodeURIComponent(external_id)}?fields=id`)
              return success(external_id, {})
            }
            const document = yield* documentOf(connection, record, record.invoice_number)
            return yield* write(
              call,
              "invoice",
              record.id,
              { ...document, dueDate: dayOf(record.due_date ?? record.issued_at, record) },
              "item"
            )
          })
        ),
      payment: (call) =>
        answered(
          Effect.gen(function* () {
            const { connection, external_id, record } = call
            const account = optionalSetting(connection, "account", "")
            const amount = amountOf(record.amount_cents, record.currency)
            const answer =
              external_id === null
                ? yield* write(
                    call,
                    "customerPayment",
                    record.id,
                    {
                      customer: { id: record.customer.twin },
                      payment: amount,
                      tranDate: dayOf(record.paid_at, record),
                      currency: { refName: record.currency },
                      memo: record.id,
                      ...(account === "" ? {} : { account: { id: account } }),
                      apply: { items: [{ doc: { id: record.invoice.twin }, apply: true, amount }] }
                    },
                    "apply"
                  )
                : success(external_id, {})
            if (record.refunded_cents === 0n) return answer
            return { ...answer, details: known("NetSuite is told of no refunds of payments: book the refund there") }
          })
        ),
      credit_note: (call) =>
        answered(
          Effect.gen(function* () {
            const { connection, external_id, record } = call
            if (external_id !== null) return success(external_id, {})
            const document = yield* documentOf(connection, record, record.number)
            const apply =
              record.credit_note_type === "offset"
                ? {
                    apply: {
                      items: [{ doc: { id: record.invoice.twin }, apply: true, amount: amountOf(record.total_cents, record.currency) }]
                    }
                  }
                : {}
            return yield* write(call, "creditMemo", record.id, { ...document, ...apply }, "item")
          })
        )
    },
    receive: lacksWebhooks("netsuite")
  }
}
