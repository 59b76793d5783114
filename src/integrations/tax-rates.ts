/** The rates of taxes for documents that are about to be issued, from the organization's tax integration: the port that invoicing asks. */
import { Effect, Either, Layer } from "effect"
import type { SuppliedTax } from "../catalog/index.js"
import { Exact, isStorable, Secrets } from "../core/index.js"
import { type SourceAnswer, type SourceFailure, type TaxQuestion, TaxSource } from "../invoicing/index.js"
import { called, connectionOf, connectorFor, failureOf } from "./calling.js"
import { type Connection, type ConnectorFailure, Connectors, type TaxCall, type TaxConnector, type TaxRates } from "./connector.js"
import type { IntegrationCustomer } from "./integration.js"
import { IntegrationStore, type KeptIntegration, TwinStore } from "./store.js"
import { addressOf, textOrNull } from "./taxed.js"

/** So many documents are asked about at the same time. */
const AT_ONCE = 4

const LONGEST = 255
const DECIMALS = 15
/** A rate is a fraction below it. */
const TEN = Exact.fromBigInt(10n)

/** Failures that say something of this document alone; after any other the next one would meet the same. */
const OF_THE_DOCUMENT: ReadonlyArray<string> = ["invalid", "missing", "unreadable"]

/** A line's place in the question is its name in the call. */
const callOf = (
  connection: Connection,
  { currency, customer, invoice_id, issued_on, issuer, lines }: TaxQuestion,
  link?: IntegrationCustomer
): TaxCall => {
  const { billing_metadata, email, external_id, id, name } = customer
  return {
    connection,
    document: {
      id: invoice_id,
      currency,
      issued_on,
      seller: { name: issuer.legal_name ?? issuer.name, address: addressOf({ ...issuer }), tax_id: issuer.tax_id },
      customer: { id, external_id, name, email, currency: customer.currency, billing_metadata, link: link ?? null },
      address: addressOf(billing_metadata),
      tax_id: textOrNull(billing_metadata.tax_id),
      fees: lines.map(({ amount_cents, description, fee_type, item_code, units }, index) => ({
        fee_id: String(index + 1),
        fee_type,
        description,
        item_code,
        units,
        amount_cents
      }))
    },
    key: `${connection.integration_id}/invoice/${invoice_id}/rates`
  }
}

/** A tax as it can be kept: short names, a rate from 0 on and below 10 with at most 15 decimals. */
const keepable = ({ code, name, rate }: SuppliedTax): SuppliedTax | undefined => {
  const exact = Exact.fromText(rate)
  if (exact === undefined || Exact.isNegative(exact) || Exact.compare(exact, TEN) >= 0) return undefined
  if (code === "" || code.length > LONGEST || !isStorable(code) || !isStorable(name)) return undefined
  return { code, name: [...name].slice(0, LONGEST).join(""), rate: Exact.toText(Exact.round(exact, DECIMALS), DECIMALS) }
}

/** The taxes by line, in order; every line has to be answered once, each of its taxes once. */
const taxesOf = ({ fees }: TaxRates, asked: TaxCall["document"]["fees"]): ReadonlyArray<ReadonlyArray<SuppliedTax>> | undefined => {
  const byFee = new Map(fees.map(({ fee_id, taxes }) => [fee_id, taxes]))
  if (byFee.size !== asked.length || fees.length !== asked.length) return undefined
  const lines = asked.map(({ fee_id }) => byFee.get(fee_id)?.map(keepable))
  const whole = lines.every(
    (taxes) => taxes?.every((tax) => tax !== undefined) === true && new Set(taxes.map((tax) => tax!.code)).size === taxes.length
  )
  return whole ? lines.map((taxes) => taxes!.map((tax) => tax!)) : undefined
}

const failed = ({ id, provider_type }: KeptIntegration, { details, error }: ConnectorFailure): SourceFailure => ({
  outcome: "failed",
  integration_id: id,
  provider_type,
  code: details.code,
  reason: error,
  is_outage: !OF_THE_DOCUMENT.includes(details.code)
})

const NONE: SourceFailure = {
  outcome: "failed",
  integration_id: null,
  provider_type: "tax",
  code: "not_configured",
  reason: "the tax integration is not there any more",
  is_outage: true
}

export const suppliedTaxesLayer: Layer.Layer<TaxSource, never, IntegrationStore | TwinStore> = Layer.effect(
  TaxSource,
  Effect.gen(function* () {
    const integrations = yield* IntegrationStore
    const twins = yield* TwinStore
    const connectors = yield* Connectors
    const box = yield* Secrets

    /** The connector with opened settings; left: why nobody can be asked. */
    const reached = (
      integration: KeptIntegration
    ): Effect.Effect<Either.Either<{ connector: TaxConnector; connection: Connection }, SourceFailure>> =>
      Effect.all([connectorFor(connectors, integration), connectionOf(integration, box)]).pipe(
        Effect.map(([connector, connection]) => ({ connector: connector as TaxConnector, connection })),
        Effect.mapError(
          (error): SourceFailure => ({
            ...failed(integration, failureOf("settings", error.message)),
            code: error._tag === "AdapterMissing" ? "not_configured" : "settings"
          })
        ),
        Effect.either
      )

    const askOne = (integration: KeptIntegration, connector: TaxConnector, call: TaxCall): Effect.Effect<SourceAnswer | SourceFailure> =>
      Effect.map(called(integration, call.connection, connector.rates(call)), (answer) => {
        if (!answer.success) return failed(integration, answer)
        const taxes = taxesOf(answer, call.document.fees)
        if (taxes === undefined) return failed(integration, failureOf("unreadable", "the answer does not give the taxes of every fee"))
        return { outcome: "answered", integration_id: integration.id, provider_type: integration.provider_type, taxes }
      })

    return {
      ask: Effect.fn("TaxSource.ask")(function* (questions) {
        if (questions.length === 0) return []
        const integration = yield* integrations.taxing
        if (integration === undefined) return questions.map(() => NONE)
        const found = yield* reached(integration)
        if (Either.isLeft(found)) return questions.map(() => found.left)
        const { connection, connector } = found.right
        const links = yield* twins.linksOf(integration.id, [...new Set(questions.map(({ customer }) => customer.id as string))])
        const linkOf = new Map(links.map((link) => [link.customer_id as string, link]))
        const answers: Array<SourceAnswer | SourceFailure> = []
        while (answers.length < questions.length) {
          const outage = answers.find((answer) => answer.outcome === "failed" && answer.is_outage)
          if (outage !== undefined) answers.push(outage)
          else {
            const next = questions.slice(answers.length, answers.length + AT_ONCE)
            const calls = next.map((question) =>
              askOne(integration, connector, callOf(connection, question, linkOf.get(question.customer.id)))
            )
            answers.push(...(yield* Effect.all(calls, { concurrency: AT_ONCE })))
          }
        }
        return answers
      })
    }
  })
)
