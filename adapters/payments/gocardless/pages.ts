/** Pages of GoCardless: billing requests, to pay once or to set up a mandate. */
import { Effect } from "effect"
import type { BillingRequest, GoCardlessClient } from "gocardless-nodejs"
import { instant } from "../../../src/core/index.js"
import {
  type ChargeOutcome,
  type CheckoutCall,
  type PaymentProvider,
  type ProviderCustomer,
  ProviderFailed,
  type SetupCall
} from "../../../src/payments/index.js"
import { asCounted } from "../shared/amounts.js"
import { type Ask, counting, metadataOf, outcomeOf } from "./client.js"

interface Pages {
  readonly customer: ProviderCustomer
  readonly success_url: string
  readonly cancel_url: string
}

export const pagesOf = (client: GoCardlessClient, ask: Ask): Pick<PaymentProvider, "checkout" | "endCheckout" | "setup"> => {
  /** A page of a request: every one leads to the same payment or mandate. */
  const page = Effect.fnUntraced(function* ({ id }: BillingRequest, { cancel_url, customer, success_url }: Pages) {
    const flow = yield* ask(() =>
      client.billingRequestFlows.create({
        redirect_uri: success_url,
        exit_uri: cancel_url,
        links: { billing_request: id },
        ...(customer.email === null ? {} : { prefilled_customer: { email: customer.email } })
      })
    )
    const { authorisation_url: url, expires_at } = flow
    if (url === undefined || expires_at === undefined) return yield* new ProviderFailed({ provider: "gocardless", code: "no_address" })
    return { url, expires_at: instant(Date.parse(expires_at)) }
  })

  const checkout = Effect.fnUntraced(function* (call: CheckoutCall) {
    const amount = yield* asCounted(counting, call.amount_cents, call.currency)
    const metadata = metadataOf(call.key, call.metadata)
    const payment_request = { amount, currency: call.currency, description: call.description, metadata }
    const request = yield* ask(() => client.billingRequests.create({ payment_request, metadata }, call.key))
    return { provider_checkout_id: request.id, ...(yield* page(request, call)) }
  })

  const canceled: ChargeOutcome = { status: "canceled", provider_payment_id: null, collected: null, failure_reason: "the page was closed" }

  const endCheckout = Effect.fnUntraced(function* (id: string) {
    const { links, status } = yield* ask(() => client.billingRequests.find(id))
    if (status === "cancelled") return canceled
    if (status === "fulfilling") return { ...canceled, status: "processing", failure_reason: null } satisfies ChargeOutcome
    const payment = links?.payment_request_payment
    if (status === "fulfilled" && payment !== undefined)
      return yield* Effect.flatMap(
        ask(() => client.payments.find(payment)),
        outcomeOf
      )
    yield* ask(() => client.billingRequests.cancel(id))
    return canceled
  })

  const setup = Effect.fnUntraced(function* (call: SetupCall) {
    const metadata = metadataOf(call.key, { customer_id: call.customer.id })
    const request = yield* ask(() => client.billingRequests.create({ mandate_request: { currency: call.currency }, metadata }, call.key))
    return { provider_setup_id: request.id, ...(yield* page(request, call)) }
  })

  return { checkout, endCheckout, setup }
}
