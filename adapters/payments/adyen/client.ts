/** Adyen's client over a transport whose waiting ends, and how its amounts and errors read here. */
import * as library from "@adyen/api-library"
import { Effect, Either, Redacted } from "effect"
import type { ProviderFailed } from "../../../src/payments/index.js"
import { exchanged, jsonIn, LARGEST_ANSWER } from "../../shared/exchange.js"
import { type Secret, secret } from "../../shared/options.js"
import { asMinorUnits, type Counting } from "../shared/amounts.js"
import { attempt, failure } from "../shared/calls.js"

// A CommonJS package: loaded as ESM, what it exports stands on its default.
const { CheckoutAPI, Client, EnvironmentEnum, HttpClientException } =
  (library as unknown as { readonly default?: typeof library }).default ?? library

export interface AdyenOptions {
  readonly apiKey: Secret
  readonly merchantAccount: string
  /** The key of the standard webhook, hexadecimal. */
  readonly hmacKey: Secret
  readonly environment?: "live" | "test"
  /** The prefix of the account's live addresses; needed where `environment` is `live`. */
  readonly liveEndpointUrlPrefix?: string
  /** Whether the merchant account captures by hand: an authorisation is no money then. */
  readonly manualCapture?: boolean
  /** The theme of hosted pages. */
  readonly themeId?: string
  /** Where Adyen is, for tests. */
  readonly baseUrl?: string
  /** How long an answer is awaited; 20 seconds unless given. */
  readonly timeoutMillis?: number
}

const EXCEPTIONS: ReadonlyMap<string, number> = new Map([
  ["CLP", 2],
  ["CVE", 0],
  ["IDR", 0],
  ["ISK", 2]
])

/** Adyen's table of decimals differs from the standard's in four currencies. */
export const counting: Counting = { provider: "adyen", decimals: (currency, standard) => EXCEPTIONS.get(currency) ?? standard }

type Transport = InstanceType<typeof Client>["httpClient"]

/** The client's own transport speaks only https and to Adyen; this one ends, follows nothing, and says what was answered. */
const transportOf = ({ baseUrl, timeoutMillis }: AdyenOptions): Transport => ({
  request: async (endpoint, json, config, _required, options = {}) => {
    const { pathname } = new URL(endpoint)
    const url = baseUrl === undefined ? new URL(endpoint) : new URL(pathname, baseUrl)
    for (const [name, value] of new URLSearchParams(options.params as Record<string, string> | undefined))
      url.searchParams.append(name, value)
    const method = options.method ?? "POST"
    const headers = {
      "content-type": "application/json",
      "x-api-key": config.apiKey ?? "",
      ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey })
    }
    const body = method === "GET" ? undefined : String(json)
    const { status, text } = await Effect.runPromise(exchanged({ url, method, headers, body, timeoutMillis, largest: LARGEST_ANSWER }))
    if (text === null) throw new Error("the answer is too large")
    if (status >= 200 && status < 300) return text
    const { errorCode } = (jsonIn(text) ?? {}) as { readonly errorCode?: string }
    throw new HttpClientException({
      message: `HTTP ${status}`,
      statusCode: status,
      ...(errorCode === undefined ? {} : { errorCode })
    })
  }
})

export const clientOf = (options: AdyenOptions) => {
  const client = new Client(
    {
      apiKey: Redacted.value(secret(options.apiKey)),
      environment: options.environment === "live" ? EnvironmentEnum.LIVE : EnvironmentEnum.TEST,
      ...(options.liveEndpointUrlPrefix === undefined ? {} : { liveEndpointUrlPrefix: options.liveEndpointUrlPrefix })
    },
    transportOf(options)
  )
  return new CheckoutAPI(client)
}

export type Checkout = ReturnType<typeof clientOf>

const meaning = (error: unknown): ProviderFailed =>
  error instanceof HttpClientException ? failure("adyen", error.statusCode, error.errorCode) : failure("adyen", null, null)

export const asked = <A>(work: () => Promise<A>): Effect.Effect<A, ProviderFailed> => attempt(work, meaning)

export const moneyOf = (value: number, currency: string) =>
  Either.match(asMinorUnits(counting, value, currency), { onLeft: Effect.fail, onRight: Effect.succeed })
