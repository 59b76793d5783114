/** Webhooks of GoCardless: `Webhook-Signature`, a hexadecimal HMAC-SHA256 of the body. */
import { Effect, Redacted } from "effect"
import type { Event, GoCardlessClient } from "gocardless-nodejs"
import type {
  ChargeOutcome,
  ChargeReference,
  PaymentProvider,
  ProviderEvent,
  ProviderFailed,
  ProviderWord,
  WebhookRequest
} from "../../../src/payments/index.js"
import { KEY } from "../shared/calls.js"
import { bytesOf, headerOf, hmac, isSignature, jsonOf, refusal } from "../shared/signature.js"
import { type Ask, moneyOf, refundOutcomeOf } from "./client.js"

const verify = (request: WebhookRequest, key: Redacted.Redacted<string>) => {
  const given = headerOf(request, "webhook-signature")
  if (given === null) return Effect.fail(refusal("the header webhook-signature is missing"))
  if (Redacted.value(key) === "") return Effect.fail(refusal("no secret is set up"))
  const expected = hmac(Redacted.value(key), bytesOf(request.body))
  return isSignature(expected, given, "hex") ? Effect.void : Effect.fail(refusal("it does not match"))
}

const OUTCOMES: Readonly<Record<string, ChargeOutcome["status"] | "pending">> = {
  created: "pending",
  customer_approval_granted: "pending",
  submitted: "processing",
  confirmed: "succeeded",
  paid_out: "succeeded",
  failed: "failed",
  customer_approval_denied: "failed",
  cancelled: "canceled"
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null)

const referenceOf = ({ links, resource_metadata }: Event): ChargeReference => ({
  provider_checkout_id: links?.billing_request ?? null,
  provider_payment_id: links?.payment ?? links?.payment_request_payment ?? null,
  key: textOf((resource_metadata as Readonly<Record<string, unknown>> | undefined)?.[KEY])
})

type Words = Effect.Effect<ReadonlyArray<ProviderWord>, ProviderFailed>

const nothing: Words = Effect.succeed([])

export const webhooksOf = (
  client: GoCardlessClient,
  ask: Ask,
  key: Redacted.Redacted<string>
): Pick<PaymentProvider, "readWebhook" | "webhookAnswer"> => {
  /** A charge-back is money that went back, of the whole payment. */
  const chargedBack = Effect.fnUntraced(function* (event: Event, id: string) {
    const payment = yield* ask(() => client.payments.find(id))
    const word: ProviderWord = {
      about: "refund",
      of: referenceOf(event),
      key: null,
      ...(yield* moneyOf(payment.amount, payment.currency)),
      outcome: { status: "succeeded", provider_refund_id: `charged_back/${id}`, failure_reason: null }
    }
    return [word]
  })

  const ofPayment = (event: Event): Words => {
    const { action = "", details, links } = event
    if (action === "charged_back" && links?.payment !== undefined) return chargedBack(event, links.payment)
    const status = OUTCOMES[action]
    if (status === undefined) return nothing
    const of = referenceOf(event)
    if (status === "pending") return Effect.succeed([{ about: "charge", of, outcome: null }])
    const failure_reason = status === "failed" || status === "canceled" ? (details?.cause ?? action) : null
    return Effect.succeed([
      { about: "charge", of, outcome: { status, provider_payment_id: of.provider_payment_id, collected: null, failure_reason } }
    ])
  }

  const ofRefund = Effect.fnUntraced(function* ({ links }: Event) {
    const id = links?.refund
    if (id === undefined) return []
    const refund = yield* ask(() => client.refunds.find(id))
    const word: ProviderWord = {
      about: "refund",
      of: { provider_checkout_id: null, provider_payment_id: refund.links?.payment ?? null, key: null },
      key: refund.metadata?.[KEY] ?? null,
      ...(yield* moneyOf(refund.amount, refund.currency)),
      outcome: refundOutcomeOf(refund)
    }
    return [word]
  })

  const stored = Effect.fnUntraced(function* (customer_id: string, id: string) {
    const { links, scheme } = yield* ask(() => client.mandates.find(id))
    const account = links?.customer_bank_account
    const bank = account === undefined ? null : yield* ask(() => client.customerBankAccounts.find(account))
    const details = { scheme: scheme ?? null, bank: bank?.bank_name ?? null, last4: bank?.account_number_ending ?? null }
    const word: ProviderWord = {
      about: "method",
      customer_id,
      method: { provider: "gocardless", provider_payment_method_id: id, type: "direct_debit", details }
    }
    return [word]
  })

  const ofRequest = (event: Event): Words => {
    const { action, links, resource_metadata } = event
    const of = referenceOf(event)
    if (action === "cancelled") {
      const outcome = { status: "canceled", provider_payment_id: null, collected: null, failure_reason: "the page was closed" } as const
      return Effect.succeed([{ about: "charge", of, outcome }])
    }
    if (action !== "fulfilled") return nothing
    const customer_id = textOf((resource_metadata as Readonly<Record<string, unknown>> | undefined)?.customer_id)
    const mandate = links?.mandate_request_mandate
    if (mandate !== undefined && customer_id !== null) return stored(customer_id, mandate)
    return Effect.succeed([{ about: "charge", of, outcome: null }])
  }

  const wordsOf = (event: Event): Words => {
    switch (event.resource_type) {
      case "payments":
        return ofPayment(event)
      case "refunds":
        return ofRefund(event)
      case "billing_requests":
        return ofRequest(event)
      default:
        return nothing
    }
  }

  return {
    readWebhook: Effect.fnUntraced(function* (request: WebhookRequest) {
      yield* verify(request, key)
      const body = jsonOf(request.body) as { readonly events?: ReadonlyArray<Event> } | null
      const events = (body?.events ?? []).filter(({ id }) => id !== undefined)
      return yield* Effect.forEach(events, (event) =>
        Effect.map(wordsOf(event), (words): ProviderEvent => ({ id: event.id!, name: `${event.resource_type}.${event.action}`, words }))
      )
    }),
    webhookAnswer: ""
  }
}
