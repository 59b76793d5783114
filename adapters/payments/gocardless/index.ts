/** GoCardless over its official client: `billwright/payments/gocardless`. */
import type { PaymentProvider } from "../../../src/payments/index.js"
import { secret } from "../../shared/options.js"
import { chargesOf } from "./charges.js"
import { askWith, clientOf, type GoCardlessOptions } from "./client.js"
import { pagesOf } from "./pages.js"
import { webhooksOf } from "./webhook.js"

export type { GoCardlessOptions } from "./client.js"

/**
 * A provider for `createBilling`: payments of mandates, billing requests as pages, refunds, webhooks. Keys go as GoCardless' idempotency
 * keys and in its metadata.
 */
export const gocardless = (options: GoCardlessOptions): PaymentProvider => {
  const client = clientOf(options)
  const ask = askWith(options)
  return {
    name: "gocardless",
    ...chargesOf(client, ask),
    ...pagesOf(client, ask),
    ...webhooksOf(client, ask, secret(options.webhookSecret))
  }
}
