/** Stripe over its official client: `billwright/payments/stripe`. */
import type { PaymentProvider } from "../../../src/payments/index.js"
import { secret } from "../../shared/options.js"
import { chargesOf } from "./charges.js"
import { clientOf, type StripeOptions } from "./client.js"
import { pagesOf } from "./pages.js"
import { webhooksOf } from "./webhook.js"

export type { StripeOptions } from "./client.js"

/**
 * A provider for `createBilling`: charges of stored methods by payment intents, pages of Stripe Checkout, refunds, webhooks. Keys go as
 * Stripe's idempotency keys and in its metadata.
 */
export const stripe = (options: StripeOptions): PaymentProvider => {
  const client = clientOf(options)
  return { name: "stripe", ...chargesOf(client), ...pagesOf(client), ...webhooksOf(client, secret(options.webhookSecret)) }
}
