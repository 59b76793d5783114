/** Adyen over its official client: `billwright/payments/adyen`. */
import type { PaymentProvider } from "../../../src/payments/index.js"
import { secret } from "../../shared/options.js"
import { type AdyenOptions, clientOf } from "./client.js"
import { paymentsOf } from "./payments.js"
import { webhooksOf } from "./webhook.js"

export type { AdyenOptions } from "./client.js"

/**
 * A provider for `createBilling`: payments of stored cards, hosted sessions as pages, refunds, webhooks. Keys go as Adyen's idempotency
 * keys and references. It has no way to ask for a charge or to end a page.
 */
export const adyen = (options: AdyenOptions): PaymentProvider => ({
  name: "adyen",
  ...paymentsOf(clientOf(options), options),
  ...webhooksOf(options, secret(options.hmacKey))
})
