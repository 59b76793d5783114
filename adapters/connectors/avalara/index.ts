/**
 * Avalara AvaTax: `billwright/connectors/avalara`. Rates by a transaction of type SalesOrder, which AvaTax calculates and does not record: asking again
 * changes nothing. What is final is a committed SalesInvoice under the document's own id, a credit note a ReturnInvoice by the rates of its invoice's day;
 * what is voided is void there. A fee's tax code is looked up by its item code in `tax_codes`, else it is `default_tax_code`, else that of the item in AvaTax.
 */
import { Effect, Predicate } from "effect"
import type { SuppliedTax } from "../../../src/catalog/index.js"
import {
  type Connection,
  type ConnectorFailure,
  type CreditNoteRecord,
  failureOf,
  type InvoiceRecord,
  type SyncCall,
  type TaxAddress,
  type TaxableFee,
  type TaxCall,
  type TaxConnector
} from "../../../src/integrations/index.js"
import { ProviderUnsupported } from "../../../src/payments/index.js"
import { answered, at, idAt, listAt, optionalSetting, setting, success, textAt } from "../shared/answers.js"
import { asked, type HttpAnswer, type HttpCall, type HttpOptions, jsonFrom } from "../shared/http.js"
import {
  comparedTax,
  FILED,
  isEmpty,
  known,
  mainUnits,
  minorUnits,
  type NamedRate,
  rateOnWhole,
  taxedOf,
  taxesOfFee
} from "../shared/taxes.js"

export interface AvalaraOptions extends HttpOptions {
  /** Where the API is, for tests; unless given, by the setting `environment`. */
  readonly baseUrl?: string
}

const PLACES: Readonly<Record<string, string>> = { production: "https://rest.avatax.com", sandbox: "https://sandbox-rest.avatax.com" }

const CLIENT = "billwright; 1; REST; v2"

/** A number of JSON keeps so many digits as they were written. */
const EXACT_DIGITS = 15
const LONGEST_CODE = 50

const words = (json: unknown): string | undefined => {
  const message = textAt(json, "error", "message")
  const code = textAt(json, "error", "code")
  return message === undefined || code === undefined ? (message ?? code) : `${code}: ${message}`
}

const place = ({ city, country, line1, postal_code: postalCode, region }: TaxAddress) => known({ line1, city, region, postalCode, country })

/** Where the seller ships from: the setting, else the issuer's address. */
const shipFrom = (connection: Connection, seller: TaxAddress): object | undefined => {
  const given = connection.settings.ship_from
  if (Predicate.isRecord(given)) return known(given)
  return isEmpty(seller) ? undefined : place(seller)
}

const lineOf = (connection: Connection, fee: TaxableFee, currency: string): Effect.Effect<object, ConnectorFailure> => {
  const amount = mainUnits(fee.amount_cents, currency)
  if (amount === null || amount.replace(/\D/g, "").length > EXACT_DIGITS) {
    return Effect.fail(failureOf("invalid", "the amount cannot be expressed for AvaTax"))
  }
  const codes = connection.settings.tax_codes
  const named = Predicate.isRecord(codes) ? (codes[fee.item_code ?? fee.fee_type] ?? codes[fee.fee_type]) : undefined
  const taxCode = typeof named === "string" ? named : optionalSetting(connection, "default_tax_code", "")
  const { description, fee_id: number, item_code } = fee
  return Effect.succeed({
    number,
    quantity: 1,
    amount: Number(amount),
    ...known({ taxCode, itemCode: item_code?.slice(0, LONGEST_CODE), description })
  })
}

interface Recorded {
  readonly type: "SalesInvoice" | "ReturnInvoice"
  /** What people find it by. */
  readonly number: string | null
  readonly taxed_on: string
}

/** A document as it is calculated; recorded and committed where it is one of those. */
const bodyOf = Effect.fnUntraced(function* (
  { connection, document }: Pick<TaxCall, "connection" | "document">,
  recorded: Recorded | null = null
) {
  const { address, currency, customer, fees, issued_on, seller, tax_id } = document
  if (isEmpty(address))
    return yield* Effect.fail(failureOf("invalid", `customer ${customer.external_id} has no address in billing_metadata`))
  const to = place(address)
  const from = shipFrom(connection, seller.address)
  const { entity_use_code, exemption_no } = customer.link?.settings ?? {}
  const kept =
    recorded === null ? { type: "SalesOrder" } : { type: recorded.type, code: document.id, ...known({ referenceCode: recorded.number }) }
  const rates = { type: "TaxDate", taxDate: recorded?.taxed_on, reason: "credit note" }
  return {
    ...kept,
    ...(recorded?.type === "ReturnInvoice" ? { taxOverride: rates } : {}),
    companyCode: yield* setting(connection, "company_code"),
    date: issued_on,
    customerCode: (customer.link?.external_customer_id ?? customer.external_id).slice(0, LONGEST_CODE),
    currencyCode: currency,
    addresses: from === undefined ? { singleLocation: to } : { shipFrom: from, shipTo: to },
    ...known({ businessIdentificationNo: tax_id, entityUseCode: entity_use_code, exemptionNo: exemption_no }),
    lines: yield* Effect.forEach(fees, (fee) => lineOf(connection, fee, currency)),
    commit: recorded !== null
  }
})

/** A jurisdiction's tax on a line; a flat amount weighs as the part of the line that it is. */
const rateOfDetail = (detail: unknown, whole: string): NamedRate | undefined => {
  const unit = textAt(detail, "unitOfBasis")
  const isFlat = unit !== undefined && unit !== "PerCurrencyUnit"
  const rate = isFlat
    ? rateOnWhole("1", textAt(detail, "tax") ?? "", whole)
    : rateOnWhole(textAt(detail, "rate") ?? "", textAt(detail, "taxableAmount") ?? "", whole)
  const part = (name: string) => textAt(detail, name) ?? ""
  const name = part("taxName") || [part("jurisName"), part("taxType")].join(" ").trim()
  const jurisdiction = [part("country"), part("region"), part("jurisType"), part("jurisCode")]
  return rate === undefined ? undefined : { jurisdiction, name, rate }
}

const taxesOf = (line: unknown): ReadonlyArray<SuppliedTax> | undefined => {
  const whole = textAt(line, "lineAmount")
  if (whole === undefined || !Array.isArray(at(line, "details"))) return undefined
  const taxes = listAt(line, "details").map((detail) => rateOfDetail(detail, whole))
  return taxes.every((tax) => tax !== undefined) ? taxesOfFee("avalara", taxes as ReadonlyArray<NamedRate>) : undefined
}

/**
 * A connector of AvaTax. Settings: `account_id`, `license_key`, `company_code`, `environment` (`production` or `sandbox`), `tax_codes` (by metric's,
 * add-on's or plan's code, or by fee type), `default_tax_code`, `ship_from`. A link's settings: `entity_use_code`, `exemption_no`.
 */
export const avalara = ({ baseUrl, timeoutMillis }: AvalaraOptions = {}): TaxConnector => {
  const exchange = Effect.fnUntraced(function* (
    connection: Connection,
    call: Pick<HttpCall, "method" | "body"> & { readonly path: string }
  ) {
    const account = yield* setting(connection, "account_id")
    const key = yield* setting(connection, "license_key")
    const base = baseUrl ?? PLACES[optionalSetting(connection, "environment", "production")]
    if (base === undefined) return yield* Effect.fail(failureOf("settings", "settings.environment is none", { setting: "environment" }))
    const { path, ...rest } = call
    return yield* asked({
      ...rest,
      url: new URL(path, base),
      headers: { authorization: `Basic ${Buffer.from(`${account}:${key}`).toString("base64")}`, "x-avalara-client": CLIENT },
      ...(timeoutMillis === undefined ? {} : { timeoutMillis })
    })
  })

  const ask = (...call: Parameters<typeof exchange>) => Effect.flatMap(exchange(...call), (answer) => jsonFrom(answer, words))

  const isLocked = ({ json }: HttpAnswer) => textAt(json, "error", "code") === "CannotModifyLockedTransaction"

  /** What AvaTax never had, or has cancelled, is taken back already. */
  const takenBack = Effect.fnUntraced(function* (connection: Connection, id: string, type: Recorded["type"]) {
    const company = encodeURIComponent(yield* setting(connection, "company_code"))
    const pathOf = (action: string) => `/api/v2/companies/${company}/transactions/${encodeURIComponent(id)}${action}?documentType=${type}`
    const found = yield* exchange(connection, { method: "GET", path: pathOf("") })
    if (found.status === 404) return success(null)
    const known = yield* jsonFrom(found, words)
    const id_there = textAt(known, "id") ?? id
    if (textAt(known, "status") === "Cancelled") return success(id_there)
    const answer = yield* exchange(connection, { method: "POST", path: pathOf("/void"), body: { code: "DocVoided" } })
    if (isLocked(answer)) return success(id_there, {}, { partial: true, error: "it was filed already: the return has to be corrected" })
    yield* jsonFrom(answer, words)
    return success(id_there)
  })

  const record = (call: SyncCall<InvoiceRecord | CreditNoteRecord>, of: Pick<Recorded, "type" | "number">, tax_cents: bigint) =>
    answered(
      Effect.gen(function* () {
        const { connection } = call
        const { document, stands, taxed_on } = yield* taxedOf(call)
        if (!stands) return yield* takenBack(connection, document.id, of.type)
        const createTransactionModel = yield* bodyOf({ connection, document }, { ...of, taxed_on })
        const again = { adjustmentReason: "Other", adjustmentDescription: "brought over again" }
        const path = "/api/v2/transactions/createoradjust"
        const answer = yield* exchange(connection, { method: "POST", path, body: { ...again, createTransactionModel } })
        if (isLocked(answer)) return success(call.external_id ?? document.id, {}, FILED)
        const json = yield* jsonFrom(answer, words)
        return success(yield* idAt(json, "id"), {}, comparedTax(tax_cents, minorUnits(textAt(json, "totalTax"), document.currency)))
      })
    )

  return {
    provider: "avalara",
    type: "tax",

    test: (connection) =>
      answered(
        Effect.gen(function* () {
          yield* setting(connection, "company_code")
          const json = yield* ask(connection, { method: "GET", path: "/api/v2/utilities/ping" })
          if (at(json, "authenticated") !== true)
            return yield* Effect.fail(failureOf("unauthorized", "AvaTax does not know the account and its key"))
          return success(null)
        })
      ),

    receive: () => new ProviderUnsupported({ provider: "avalara", operation: "webhooks" }),

    rates: (call) =>
      answered(
        Effect.gen(function* () {
          const json = yield* ask(call.connection, { method: "POST", path: "/api/v2/transactions/create", body: yield* bodyOf(call) })
          const lines = listAt(json, "lines")
          const fees = call.document.fees.map(({ fee_id }) => ({
            fee_id,
            taxes: taxesOf(lines.find((line) => textAt(line, "lineNumber") === fee_id))
          }))
          if (!fees.every(({ taxes }) => taxes !== undefined)) {
            return yield* Effect.fail(failureOf("unreadable", "the answer of AvaTax does not give the taxes of every line"))
          }
          return { ...success(null), fees: fees.map(({ fee_id, taxes }) => ({ fee_id, taxes: taxes! })) }
        })
      ),

    sync: {
      invoice: (call) => record(call, { type: "SalesInvoice", number: call.record.invoice_number }, call.record.tax_cents),
      credit_note: (call) => record(call, { type: "ReturnInvoice", number: call.record.number }, -call.record.tax_cents)
    }
  }
}
