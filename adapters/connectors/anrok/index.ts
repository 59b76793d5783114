/**
 * Anrok: `billwright/connectors/anrok`. Rates by an ephemeral transaction, which Anrok calculates and forgets: asking again changes nothing. What is
 * final is a transaction under the document's own id, a credit note's with negative amounts; what is voided is void there, or negated once it was filed. A fee's
 * product is looked up by its item code in `product_ids`, else it is `default_product_id`.
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
  type TaxableFee,
  type TaxCall,
  type TaxConnector
} from "../../../src/integrations/index.js"
import { ProviderUnsupported } from "../../../src/payments/index.js"
import { answered, at, listAt, optionalSetting, setting, success, textAt } from "../shared/answers.js"
import { asked, type HttpAnswer, type HttpOptions, jsonFrom } from "../shared/http.js"
import { comparedTax, FILED, isEmpty, known, type NamedRate, rateOnWhole, taxedOf, taxesOfFee } from "../shared/taxes.js"

export interface AnrokOptions extends HttpOptions {
  /** Where the API is, for tests; unless given, where it always is. */
  readonly baseUrl?: string
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER)

/** A refusal names its kind, and the product that it does not know. */
const words = (json: unknown): string | undefined => {
  const kind = textAt(json, "type") ?? textAt(json, "message")
  const product = textAt(json, "productExternalId")
  return kind === undefined || product === undefined ? kind : `${kind} (${product})`
}

/** What an item is called in Anrok. */
const productOf = (connection: Connection, { fee_type, item_code }: TaxableFee): string | undefined => {
  const products = connection.settings.product_ids
  const named = Predicate.isRecord(products) ? (products[item_code ?? fee_type] ?? products[fee_type]) : undefined
  const product = typeof named === "string" ? named : optionalSetting(connection, "default_product_id", "")
  return product === "" ? undefined : product
}

const lineItems = (connection: Connection, fees: ReadonlyArray<TaxableFee>) =>
  Effect.forEach(fees, (fee): Effect.Effect<object, ConnectorFailure> => {
    const productExternalId = productOf(connection, fee)
    if (productExternalId === undefined) {
      const code = fee.item_code ?? fee.fee_type
      return Effect.fail(failureOf("settings", `settings.product_ids names no product for ${code}`, { setting: "product_ids" }))
    }
    if (fee.amount_cents > LARGEST || fee.amount_cents < -LARGEST)
      return Effect.fail(failureOf("invalid", "the amount is too large for Anrok"))
    return Effect.succeed({ id: fee.fee_id, productExternalId, amount: Number(fee.amount_cents) })
  })

const bodyOf = Effect.fnUntraced(function* ({ connection, document }: Pick<TaxCall, "connection" | "document">) {
  const { address, currency, customer, fees, issued_on, tax_id } = document
  if (isEmpty(address))
    return yield* Effect.fail(failureOf("invalid", `customer ${customer.external_id} has no address in billing_metadata`))
  const { city, country, line1, postal_code: postalCode, region } = address
  return {
    currencyCode: currency,
    accountingDate: issued_on,
    customerId: customer.link?.external_customer_id ?? customer.external_id,
    customerName: customer.name,
    customerAddress: known({ line1, city, region, postalCode, country }),
    ...(tax_id === null ? {} : { customerTaxIds: [{ type: "genericVatNumber", value: tax_id }] }),
    lineItems: yield* lineItems(connection, fees)
  }
})

/** The taxes of one answered line; undefined where it cannot be read. */
const taxesOf = (item: unknown): ReadonlyArray<SuppliedTax> | undefined => {
  const whole = textAt(item, "preTaxAmount")
  if (whole === undefined) return undefined
  const taxes = listAt(item, "jurises").flatMap((juris) =>
    listAt(juris, "taxes").map((tax) => ({ juris: textAt(juris, "name") ?? "", tax }))
  )
  const read = taxes.map(({ juris, tax }) => {
    const rate = rateOnWhole(textAt(tax, "taxRate") ?? "", textAt(tax, "taxableAmount") ?? "", whole)
    return rate === undefined ? undefined : { jurisdiction: [juris], name: [juris, textAt(tax, "taxName") ?? "Tax"].join(" ").trim(), rate }
  })
  return read.every((tax) => tax !== undefined) ? taxesOfFee("anrok", read as ReadonlyArray<NamedRate>) : undefined
}

/** A connector of Anrok. Settings: `api_key`, `product_ids` (by metric's, add-on's or plan's code, or by fee type), `default_product_id`. */
export const anrok = ({ baseUrl = "https://api.anrok.com", timeoutMillis }: AnrokOptions = {}): TaxConnector => {
  const exchange = Effect.fnUntraced(function* (connection: Connection, path: string, body: object) {
    const key = yield* setting(connection, "api_key")
    return yield* asked({
      method: "POST",
      url: new URL(path, baseUrl),
      headers: { authorization: `Bearer ${key}` },
      body,
      ...(timeoutMillis === undefined ? {} : { timeoutMillis })
    })
  })

  const ask = (connection: Connection, path: string, body: object) =>
    Effect.flatMap(exchange(connection, path, body), (answer) => jsonFrom(answer, words))

  /** Why Anrok refuses a change of what it has. */
  const conflictOf = ({ json, status }: HttpAnswer) => (status === 409 ? textAt(json, "type") : undefined)

  /** What Anrok never had is taken back already. */
  const takenBack = Effect.fnUntraced(function* (connection: Connection, id: string) {
    const answer = yield* exchange(connection, `/v1/seller/transactions/id:${encodeURIComponent(id)}/void`, {})
    const conflict = conflictOf(answer)
    if (conflict === "transactionIdNotFound") return success(null)
    if (conflict !== "transactionFrozenForFiling") return yield* Effect.as(jsonFrom(answer, words), success(id))
    const negation = { originalTransactionId: id, newTransactionId: `${id}:negation` }
    const negated = yield* exchange(connection, "/v1/seller/transactions/createNegation", negation)
    if (conflictOf(negated) !== "duplicateTransactionId") yield* jsonFrom(negated, words)
    return success(id, {}, { negated_by: negation.newTransactionId })
  })

  const record = (call: SyncCall<InvoiceRecord | CreditNoteRecord>, tax_cents: bigint) =>
    answered(
      Effect.gen(function* () {
        const { connection } = call
        const { document, stands, taxed_on: taxDate } = yield* taxedOf(call)
        if (!stands) return yield* takenBack(connection, document.id)
        const body = { id: document.id, ...(yield* bodyOf({ connection, document })), taxDate }
        const answer = yield* exchange(connection, "/v1/seller/transactions/createOrUpdate", body)
        if (conflictOf(answer) === "transactionFrozenForFiling") return success(document.id, {}, FILED)
        const json = yield* jsonFrom(answer, words)
        return success(document.id, {}, comparedTax(tax_cents, textAt(json, "taxAmountToCollect")))
      })
    )

  return {
    provider: "anrok",
    type: "tax",

    // Says who the seller of the key is, and changes nothing.
    test: (connection) => answered(Effect.as(ask(connection, "/v1/seller/credentials/validate", {}), success(null))),

    receive: () => new ProviderUnsupported({ provider: "anrok", operation: "webhooks" }),

    rates: (call) =>
      answered(
        Effect.gen(function* () {
          const json = yield* ask(call.connection, "/v1/seller/transactions/createEphemeral", yield* bodyOf(call))
          const items = listAt(json, "lineItems")
          const fees = call.document.fees.map(({ fee_id }, index) => {
            const item = items.find((one) => textAt(one, "id") === fee_id) ?? (at(items[index], "id") == null ? items[index] : undefined)
            return { fee_id, taxes: taxesOf(item) }
          })
          if (!fees.every(({ taxes }) => taxes !== undefined)) {
            return yield* Effect.fail(failureOf("unreadable", "Anrok's answer does not give the taxes of every line"))
          }
          return { ...success(null), fees: fees.map(({ fee_id, taxes }) => ({ fee_id, taxes: taxes! })) }
        })
      ),

    sync: {
      invoice: (call) => record(call, call.record.tax_cents),
      credit_note: (call) => record(call, -call.record.tax_cents)
    }
  }
}
