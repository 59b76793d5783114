/** GoCardless' client, and how its amounts, statuses and errors read here. */
import { Effect, Either, Redacted } from "effect"
import { ApiError, Environments, GoCardlessClient, type Payment, type Refund } from "gocardless-nodejs"
import { type ChargeOutcome, ProviderFailed, type RefundOutcome } from "../../../src/payments/index.js"
import { PATIENCE_MILLIS, type Secret, secret } from "../../shared/options.js"
import { asMinorUnits, type Counting } from "../shared/amounts.js"
import { attempt, failure, KEY } from "../shared/calls.js"

export interface GoCardlessOptions {
  readonly accessToken: Secret
  /** The secret of the webhook endpoint. */
  readonly webhookSecret: Secret
  readonly environment?: "live" | "sandbox"
  /** Where GoCardless is, for tests. */
  readonly baseUrl?: string
  /** How long an answer is awaited; 20 seconds unless given. */
  readonly timeoutMillis?: number
}

const CURRENCIES = new Set("AUD CAD DKK EUR GBP NZD SEK USD".split(" "))

/** All that GoCardless collects has hundredths. */
export const counting: Counting = { provider: "gocardless", decimals: (currency) => (CURRENCIES.has(currency) ? 2 : null) }

export const clientOf = ({ accessToken, baseUrl, environment = "live" }: GoCardlessOptions): GoCardlessClient => {
  const client = new GoCardlessClient(
    Redacted.value(secret(accessToken)),
    environment === "live" ? Environments.Live : Environments.Sandbox
  )
  // The client has no option for it.
  if (baseUrl !== undefined) Object.assign((client as unknown as { readonly _api: object })._api, { _baseUrl: baseUrl })
  return client
}

const reasonOf = ({ errors, errorType }: ApiError): string => {
  const [first] = (errors ?? []) as ReadonlyArray<{ readonly reason?: string }>
  return first?.reason ?? errorType
}

const statusOf = (error: ApiError): number | null =>
  (error as { readonly response?: { readonly statusCode?: number } }).response?.statusCode ?? null

const meaning = (error: unknown): ProviderFailed =>
  error instanceof ApiError ? failure("gocardless", statusOf(error), reasonOf(error)) : failure("gocardless", null, null)

/** A call that ends, whatever the client waits for. */
export const askWith =
  ({ timeoutMillis = PATIENCE_MILLIS }: GoCardlessOptions) =>
  <A>(work: () => Promise<A>): Effect.Effect<A, ProviderFailed> =>
    Effect.timeoutFail(attempt(work, meaning), {
      duration: timeoutMillis,
      onTimeout: () => new ProviderFailed({ provider: "gocardless", code: "timeout" })
    })

export type Ask = ReturnType<typeof askWith>

export const moneyOf = (amount: number | undefined, currency: string | undefined) =>
  Either.match(asMinorUnits(counting, amount ?? Number.NaN, currency ?? ""), { onLeft: Effect.fail, onRight: Effect.succeed })

/** GoCardless keeps three entries: our key and two ids. */
export const metadataOf = (key: string, ids: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries([[KEY, key] as const, ...Object.entries(ids).filter(([name]) => name !== "organization_id")].slice(0, 3))

/** What a payment says of its charge; one that was charged back had come in, and is returned by a refund. */
export const outcomeOf = Effect.fnUntraced(function* (payment: Payment) {
  const none = { provider_payment_id: payment.id ?? null, collected: null, failure_reason: null }
  switch (payment.status) {
    case "confirmed":
    case "paid_out":
    case "charged_back":
      return { ...none, status: "succeeded", collected: yield* moneyOf(payment.amount, payment.currency) } satisfies ChargeOutcome
    case "failed":
    case "customer_approval_denied":
      return { ...none, status: "failed", failure_reason: payment.status } satisfies ChargeOutcome
    case "cancelled":
      return { ...none, status: "canceled", failure_reason: "canceled at GoCardless" } satisfies ChargeOutcome
    default:
      return { ...none, status: "processing" } satisfies ChargeOutcome
  }
})

export const refundOutcomeOf = ({ id, status }: Refund): RefundOutcome => {
  const provider_refund_id = id ?? null
  if (status === "paid") return { status: "succeeded", provider_refund_id, failure_reason: null }
  return status === "cancelled" || status === "bounced" || status === "funds_returned"
    ? { status: "failed", provider_refund_id, failure_reason: status }
    : { status: "pending", provider_refund_id, failure_reason: null }
}
