/** What connectors of payment providers share: a provider opened with an organization's own keys, and a question that tells whether they are taken. */
import { Effect } from "effect"
import type { Connection, ConnectorFailure, PaymentConnector } from "../../../src/integrations/index.js"
import type { PaymentProvider } from "../../../src/payments/index.js"
import { answered, setting, success } from "./answers.js"
import { type HttpCall, type HttpOptions, jsonOf } from "./http.js"

/** Where the provider is, for tests, and how long an answer is awaited. */
export interface PaymentConnectorOptions extends HttpOptions {
  /** Unless given, where the provider always is. */
  readonly baseUrl?: string
}

/** What goes into a header: nothing that a client would break on. */
const KEY = /^[\x21-\x7e]{1,2000}$/

export const key = (connection: Connection, name: string): Effect.Effect<string, ConnectorFailure> => setting(connection, name, KEY)

/** The host's part of a provider's options. */
export const placed = ({ baseUrl, timeoutMillis }: PaymentConnectorOptions) => ({
  ...(baseUrl === undefined ? {} : { baseUrl }),
  ...(timeoutMillis === undefined ? {} : { timeoutMillis })
})

interface Speaks<Keys> {
  /** The settings, checked: fails with the one that is missing. */
  readonly keysOf: (connection: Connection) => Effect.Effect<Keys, ConnectorFailure>
  readonly provider: (keys: Keys) => PaymentProvider
  /** Something that only who may charge can read, and that changes nothing. */
  readonly question: (keys: Keys) => HttpCall
  /** What a refusal says. */
  readonly words: (json: unknown) => string | undefined
}

export const paymentConnector = <Keys>(
  provider: PaymentConnector["provider"],
  { timeoutMillis }: PaymentConnectorOptions,
  speaks: Speaks<Keys>
): PaymentConnector => ({
  provider,
  type: "payment_provider",
  open: (connection) => Effect.map(speaks.keysOf(connection), speaks.provider),
  test: (connection) =>
    answered(
      Effect.gen(function* () {
        const question = speaks.question(yield* speaks.keysOf(connection))
        yield* jsonOf({ ...question, ...(timeoutMillis === undefined ? {} : { timeoutMillis }) }, speaks.words)
        return success(null)
      })
    )
})
