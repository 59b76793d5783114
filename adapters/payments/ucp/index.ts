/** Checkouts of the Universal Commerce Protocol, over its REST binding: `billwright/payments/ucp`. It charges nothing by itself and returns nothing. */
import { DateTime, Effect, Either, Predicate, Redacted } from "effect"
import {
  type ChargeOutcome,
  type CheckoutCall,
  type PaymentProvider,
  ProviderFailed,
  ProviderUnsupported,
  type ProviderWord,
  type WebhookRequest
} from "../../../src/payments/index.js"
import { exchanged, jsonIn, LARGEST_ANSWER } from "../../shared/exchange.js"
import { type Secret, secret } from "../../shared/options.js"
import { asCounted, asMinorUnits, type Counting } from "../shared/amounts.js"
import { failure, KEY } from "../shared/calls.js"
import { bytesOf, headerOf, hmac, isSignature, jsonOf, refusal } from "../shared/signature.js"

export interface UcpOptions {
  /** Where the checkout service is: its paths begin with `/checkout-sessions`. */
  readonly baseUrl: string
  readonly apiKey: Secret
  readonly webhookSecret: Secret
  /** The address of the profile that calls name themselves by. */
  readonly profile: string
  /** How long an answer is awaited; 20 seconds unless given. */
  readonly timeoutMillis?: number
}

/** A checkout as the protocol has it, as far as it is read here. */
interface Session {
  readonly id: string
  readonly status: string
  readonly currency: string
  readonly continue_url?: string
  readonly totals?: ReadonlyArray<{ readonly type: string; readonly amount: number }>
  readonly metadata?: Readonly<Record<string, string>>
}

/** The protocol counts minor units as ISO 4217 does. */
const counting: Counting = { provider: "ucp", decimals: (_, standard) => standard }

const SESSION_LIVES = "24 hours"

const lacks = (operation: string) => () => Effect.fail(new ProviderUnsupported({ provider: "ucp", operation }))

const totalOf = ({ currency, totals = [] }: Session) => {
  const total = totals.find(({ type }) => type === "total")
  return total === undefined
    ? Effect.succeed(null)
    : Either.match(asMinorUnits(counting, total.amount, currency), { onLeft: Effect.fail, onRight: Effect.succeed })
}

/** What a session says of its charge; null while it is open. One that was refunded had come in. */
const outcomeOf = Effect.fnUntraced(function* (session: Session) {
  const none = { provider_payment_id: null, collected: null, failure_reason: null }
  switch (session.status) {
    case "completed":
    case "refunded":
      return { ...none, status: "succeeded", collected: yield* totalOf(session) } satisfies ChargeOutcome
    case "complete_in_progress":
      return { ...none, status: "processing" } satisfies ChargeOutcome
    case "canceled":
    case "failed":
      return { ...none, status: session.status, failure_reason: session.status } satisfies ChargeOutcome
    default:
      return null
  }
})

export const ucp = (options: UcpOptions): PaymentProvider => {
  const { baseUrl, profile, timeoutMillis } = options
  const apiKey = secret(options.apiKey)
  const webhookSecret = secret(options.webhookSecret)

  const ask = (
    method: "GET" | "POST",
    path: string,
    idempotencyKey: string | null,
    body?: object
  ): Effect.Effect<Session, ProviderFailed> =>
    exchanged({
      url: new URL(path, baseUrl),
      method,
      headers: {
        authorization: `Bearer ${Redacted.value(apiKey)}`,
        "content-type": "application/json",
        "ucp-agent": `profile="${profile}"`,
        ...(idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey })
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMillis,
      largest: LARGEST_ANSWER
    }).pipe(
      Effect.mapError(() => failure("ucp", null, null)),
      Effect.flatMap(({ status, text }): Effect.Effect<Session, ProviderFailed> => {
        const session = status >= 200 && status < 300 ? jsonIn(text) : null
        if (Predicate.isRecord(session) && typeof session.id === "string") return Effect.succeed(session as unknown as Session)
        // An answer that cannot be read says nothing of what was done.
        return Effect.fail(failure("ucp", status >= 200 && status < 300 ? null : status, null))
      })
    )

  const at = (id: string, action = ""): string => `/checkout-sessions/${encodeURIComponent(id)}${action}`

  const checkout = Effect.fnUntraced(function* ({ amount_cents, currency, customer, description, key, metadata, ...pages }: CheckoutCall) {
    const price = yield* asCounted(counting, amount_cents, currency)
    const now = yield* DateTime.now
    const { continue_url: url, id } = yield* ask("POST", "/checkout-sessions", key, {
      line_items: [{ item: { id: key, title: description, price }, quantity: 1 }],
      currency,
      buyer: { full_name: customer.name, ...(customer.email === null ? {} : { email: customer.email }) },
      ...pages,
      metadata: { ...metadata, [KEY]: key }
    })
    if (url === undefined) return yield* new ProviderFailed({ provider: "ucp", code: "no_address" })
    return { provider_checkout_id: id, url, expires_at: DateTime.addDuration(now, SESSION_LIVES) }
  })

  const endCheckout = Effect.fnUntraced(function* (id: string) {
    const before = yield* Effect.flatMap(ask("GET", at(id), null), outcomeOf)
    if (before !== null) return before
    const after = yield* Effect.flatMap(ask("POST", at(id, "/cancel"), `${id}/cancel`), outcomeOf)
    return after ?? (yield* new ProviderFailed({ provider: "ucp", code: "unavailable" }))
  })

  const verify = (request: WebhookRequest) => {
    const given = headerOf(request, "x-ucp-signature")
    if (given === null) return Effect.fail(refusal("the header x-ucp-signature is missing"))
    if (Redacted.value(webhookSecret) === "") return Effect.fail(refusal("no secret is set up"))
    const expected = hmac(Redacted.value(webhookSecret), bytesOf(request.body))
    return isSignature(expected, given.replace(/^sha256=/, ""), "hex") ? Effect.void : Effect.fail(refusal("it does not match"))
  }

  const wordsOf = Effect.fnUntraced(function* (session: Session) {
    const of = { provider_checkout_id: session.id, provider_payment_id: null, key: session.metadata?.[KEY] ?? null }
    const charge: ProviderWord = { about: "charge", of, outcome: yield* outcomeOf(session) }
    const amount = session.status === "refunded" ? yield* totalOf(session) : null
    if (amount === null) return [charge]
    const outcome = { status: "succeeded", provider_refund_id: `refunded/${session.id}`, failure_reason: null } as const
    const refund: ProviderWord = { about: "refund", of, key: null, ...amount, outcome }
    return [charge, refund]
  })

  return {
    name: "ucp",
    charge: lacks("charge"),
    findCharge: lacks("findCharge"),
    refund: lacks("refund"),
    findRefund: lacks("findRefund"),
    checkout,
    endCheckout,
    setup: lacks("setup"),
    readWebhook: Effect.fnUntraced(function* (request: WebhookRequest) {
      yield* verify(request)
      const body = jsonOf(request.body) as { readonly id?: string; readonly checkout?: Session } | null
      const session = body?.checkout
      if (session === undefined || typeof session.id !== "string") return []
      return [{ id: body?.id ?? `${session.id}/${session.status}`, name: session.status, words: yield* wordsOf(session) }]
    }),
    webhookAnswer: ""
  }
}
