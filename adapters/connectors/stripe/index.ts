/** Stripe by an organization's own keys: `billwright/connectors/stripe`. */
import { Effect } from "effect"
import type { PaymentConnector } from "../../../src/integrations/index.js"
import { stripe } from "../../payments/stripe/index.js"
import { textAt } from "../shared/answers.js"
import { key, type PaymentConnectorOptions, paymentConnector, placed } from "../shared/payments.js"

/**
 * A connector of Stripe. Settings: `secret_key`, the account's secret key or a restricted one as `billwright/payments/stripe` takes it, and
 * `webhook_secret` of the endpoint that leads to the integration.
 */
export const stripeConnector = (options: PaymentConnectorOptions = {}): PaymentConnector =>
  paymentConnector("stripe", options, {
    keysOf: (connection) => Effect.all({ secretKey: key(connection, "secret_key"), webhookSecret: key(connection, "webhook_secret") }),
    provider: (keys) => stripe({ ...keys, ...placed(options) }),
    question: ({ secretKey }) => ({
      method: "GET",
      url: new URL("/v1/payment_intents?limit=1", options.baseUrl ?? "https://api.stripe.com"),
      headers: { authorization: `Bearer ${secretKey}` }
    }),
    // Its message shows a part of the key.
    words: (json) => textAt(json, "error", "code") ?? textAt(json, "error", "type")
  })
