/**
 * Xero: `billwright/connectors/xero`. Contacts, invoices, payments and credit notes over the Accounting API. A twin bears our id (`ContactNumber`,
 * `Reference`), and is looked for by it before it is made: what was made without our hearing of it is found.
 */
import { Effect } from "effect"
import type {
  AccountingConnector,
  Connection,
  ConnectorEvent,
  ConnectorFailure,
  CreditNoteRecord,
  CustomerRecord,
  InvoiceRecord,
  PaymentRecord,
  RecordLine,
  ResourceType,
  SyncCall
} from "../../../src/integrations/index.js"
import { amountOf, dayOf } from "../shared/amounts.js"
import { answered, at, idAt, listAt, optionalSetting, setting, success, textAt } from "../shared/answers.js"
import { headerOf, jsonBody, rawBody, received, secretOf, signed } from "../shared/webhook.js"
import { type XeroOptions, xeroApi } from "./api.js"

export type { XeroOptions } from "./api.js"

const quoted = (text: string): string => `"${text.replaceAll('"', "")}"`

/** A twin that bears our id. */
const ours = (found: ReadonlyArray<unknown>, field: string, id: string): unknown => found.find((one) => textAt(one, field) === id)

const linesOf = (connection: Connection, lines: ReadonlyArray<RecordLine>, currency: string, account: string) => {
  const taxType = optionalSetting(connection, "tax_type", "")
  return lines.map((line) => ({
    Description: line.description,
    Quantity: 1,
    UnitAmount: amountOf(line.amount_cents, currency),
    TaxAmount: amountOf(line.tax_cents, currency),
    AccountCode: account,
    ...(taxType === "" ? {} : { TaxType: taxType })
  }))
}

const kept = (twin: unknown, ...fields: ReadonlyArray<string>) =>
  Object.fromEntries(fields.flatMap((field) => (textAt(twin, field) === undefined ? [] : [[field, textAt(twin, field)]])))

const isTakenName = (failure: ConnectorFailure): boolean => failure.error.includes("already assigned to another contact")

const CATEGORIES: Readonly<Record<string, ResourceType>> = {
  INVOICE: "invoice",
  CONTACT: "customer",
  PAYMENT: "payment",
  CREDITNOTE: "credit_note"
}

/** A connector of Xero. Settings: `client_id`, `client_secret`, `account_code`, `payment_account_code`; `tenant_id`, `tax_type`, `webhook_key`. */
export const xero = (options: XeroOptions = {}): AccountingConnector => {
  const ask = xeroApi(options)

  const customer = Effect.fnUntraced(function* ({ connection, external_id, key, record }: SyncCall<CustomerRecord>) {
    const found =
      external_id === null
        ? yield* ask(connection, { method: "GET", path: "/Contacts", query: { where: `ContactNumber==${quoted(record.id)}` } })
        : undefined
    const known = external_id ?? textAt(ours(listAt(found, "Contacts"), "ContactNumber", record.id), "ContactID")
    const write = (Name: string, suffix: string) =>
      ask(connection, {
        method: "POST",
        path: "/Contacts",
        key: `${key}${suffix}`,
        body: {
          Contacts: [
            {
              ...(known === undefined ? {} : { ContactID: known }),
              ContactNumber: record.id,
              Name,
              ...(record.email === null ? {} : { EmailAddress: record.email }),
              DefaultCurrency: record.currency
            }
          ]
        }
      })
    const json = yield* Effect.catchIf(write(record.name, ""), isTakenName, () => write(`${record.name} (${record.external_id})`, "/named"))
    const [contact] = listAt(json, "Contacts")
    return success(yield* idAt(contact, "ContactID"), kept(contact, "Name", "ContactStatus"))
  })

  const invoice = Effect.fnUntraced(function* ({ connection, external_id, key, record }: SyncCall<InvoiceRecord>) {
    const account = yield* setting(connection, "account_code")
    const found = yield* ask(
      connection,
      external_id === null
        ? { method: "GET", path: "/Invoices", query: { InvoiceNumbers: record.invoice_number ?? "" } }
        : { method: "GET", path: `/Invoices/${encodeURIComponent(external_id)}` }
    )
    const all = listAt(found, "Invoices")
    const known = external_id === null ? ours(all, "Reference", record.id) : all[0]
    const answerOf = Effect.fnUntraced(function* (json: unknown) {
      const [twin] = listAt(json, "Invoices")
      return success(yield* idAt(twin, "InvoiceID"), kept(twin, "InvoiceNumber", "Status", "AmountDue"))
    })
    if (record.status === "voided") {
      if (known === undefined) return success(null, {}, { skipped: "it was never brought over" })
      if (textAt(known, "Status") === "VOIDED") return yield* answerOf({ Invoices: [known] })
      const InvoiceID = yield* idAt(known, "InvoiceID")
      const body = { Invoices: [{ InvoiceID, Status: "VOIDED" }] }
      return yield* answerOf(yield* ask(connection, { method: "POST", path: "/Invoices", key, body }))
    }
    // An issued document does not change: its twin is only looked at.
    if (known !== undefined) return yield* answerOf({ Invoices: [known] })
    const body = {
      Invoices: [
        {
          Type: "ACCREC",
          Status: "AUTHORISED",
          Contact: { ContactID: record.customer.twin },
          InvoiceNumber: record.invoice_number,
          Reference: record.id,
          Date: dayOf(record.issued_at, record),
          DueDate: dayOf(record.due_date ?? record.issued_at, record),
          CurrencyCode: record.currency,
          LineAmountTypes: "Exclusive",
          LineItems: linesOf(connection, record.lines, record.currency, account)
        }
      ]
    }
    return yield* answerOf(yield* ask(connection, { method: "POST", path: "/Invoices", key, body }))
  })

  const payment = Effect.fnUntraced(function* ({ connection, external_id, key, record }: SyncCall<PaymentRecord>) {
    const found = yield* ask(
      connection,
      external_id === null
        ? { method: "GET", path: "/Payments", query: { where: `Reference==${quoted(record.id)}` } }
        : { method: "GET", path: `/Payments/${encodeURIComponent(external_id)}` }
    )
    const all = listAt(found, "Payments")
    let twin = external_id === null ? ours(all, "Reference", record.id) : all[0]
    if (twin === undefined) {
      const body = {
        Payments: [
          {
            Invoice: { InvoiceID: record.invoice.twin },
            Account: { Code: yield* setting(connection, "payment_account_code") },
            Date: dayOf(record.paid_at, record),
            Amount: amountOf(record.amount_cents, record.currency),
            Reference: record.id
          }
        ]
      }
      twin = listAt(yield* ask(connection, { method: "PUT", path: "/Payments", key, body }), "Payments")[0]
    }
    const id = yield* idAt(twin, "PaymentID")
    if (record.refunded_cents === 0n || textAt(twin, "Status") === "DELETED") return success(id, kept(twin, "Status"))
    if (record.refunded_cents < record.amount_cents)
      return success(id, kept(twin, "Status"), { partial: true, error: "Xero takes no part of a payment back: book the refund there" })
    const path = `/Payments/${encodeURIComponent(id)}`
    const removed = yield* ask(connection, { method: "POST", path, key: `${key}/deleted`, body: { Payments: [{ Status: "DELETED" }] } })
    return success(id, kept(listAt(removed, "Payments")[0], "Status"))
  })

  const creditNote = Effect.fnUntraced(function* ({ connection, external_id, key, record }: SyncCall<CreditNoteRecord>) {
    const account = yield* setting(connection, "account_code")
    const found = yield* ask(
      connection,
      external_id === null
        ? { method: "GET", path: "/CreditNotes", query: { where: `CreditNoteNumber==${quoted(record.number ?? "")}` } }
        : { method: "GET", path: `/CreditNotes/${encodeURIComponent(external_id)}` }
    )
    const all = listAt(found, "CreditNotes")
    let twin = external_id === null ? ours(all, "Reference", record.id) : all[0]
    if (twin === undefined) {
      const body = {
        CreditNotes: [
          {
            Type: "ACCRECCREDIT",
            Status: "AUTHORISED",
            Contact: { ContactID: record.customer.twin },
            CreditNoteNumber: record.number,
            Reference: record.id,
            Date: dayOf(record.issued_at, record),
            CurrencyCode: record.currency,
            LineAmountTypes: "Exclusive",
            LineItems: linesOf(connection, record.lines, record.currency, account)
          }
        ]
      }
      twin = listAt(yield* ask(connection, { method: "PUT", path: "/CreditNotes", key, body }), "CreditNotes")[0]
    }
    const id = yield* idAt(twin, "CreditNoteID")
    // What settles its own invoice is allocated to it, once.
    if (record.credit_note_type === "offset" && listAt(twin, "Allocations").length === 0) {
      const Amount = amountOf(record.total_cents, record.currency)
      const body = { Allocations: [{ Invoice: { InvoiceID: record.invoice.twin }, Amount, Date: dayOf(record.issued_at, record) }] }
      yield* ask(connection, { method: "PUT", path: `/CreditNotes/${encodeURIComponent(id)}/Allocations`, key: `${key}/allocated`, body })
    }
    return success(id, kept(twin, "CreditNoteNumber", "Status"))
  })

  return {
    type: "accounting",
    provider: "xero",
    test: (connection) =>
      answered(
        Effect.map(ask(connection, { method: "GET", path: "/Organisation" }), (json) =>
          success(null, {}, kept(listAt(json, "Organisations")[0], "Name", "BaseCurrency"))
        )
      ),
    sync: {
      customer: (call) => answered(customer(call)),
      invoice: (call) => answered(invoice(call)),
      payment: (call) => answered(payment(call)),
      credit_note: (call) => answered(creditNote(call))
    },
    receive: Effect.fnUntraced(function* ({ settings }, request) {
      const key = yield* secretOf(settings, "webhook_key")
      yield* signed(key, headerOf(request, "x-xero-signature"), rawBody(request))
      const tenant = settings.tenant_id
      const events = listAt(jsonBody(request.body), "events").flatMap((event): ReadonlyArray<ConnectorEvent> => {
        const id = textAt(event, "resourceId")
        if (id === undefined || (typeof tenant === "string" && textAt(event, "tenantId") !== tenant)) return []
        const category = textAt(event, "eventCategory") ?? ""
        return [
          {
            id: `${category}/${id}/${textAt(event, "eventDateUtc") ?? ""}`,
            name: `${category}.${textAt(event, "eventType") ?? ""}`,
            resource_type: CATEGORIES[category] ?? null,
            external_id: id,
            external_data: { at: at(event, "eventDateUtc") }
          }
        ]
      })
      return received(events)
    })
  }
}
