/** Payment providers' local servers, opened for the contract of connectors. */
import { adyenConnector } from "../../../adapters/connectors/adyen/index.js"
import { gocardlessConnector } from "../../../adapters/connectors/gocardless/index.js"
import { stripeConnector } from "../../../adapters/connectors/stripe/index.js"
import type { OpenedConnector } from "../../../adapters/testing/index.js"
import { adyenServer } from "../../payments/providers/servers/adyen.js"
import { gocardlessServer } from "../../payments/providers/servers/gocardless.js"
import { stripeServer } from "../../payments/providers/servers/stripe.js"

/** They keep no rows, and are asked for nothing that could fail but by the settings. */
const nothing = { kept: async () => 0, trouble: () => {} }

export const stripeAccount = async (now?: () => number) => {
  const server = await stripeServer(now)
  const { close, secretKey: secret_key, url: baseUrl, webhookSecret: webhook_secret } = server
  return {
    ...nothing,
    connector: stripeConnector({ baseUrl }),
    settings: { secret_key, webhook_secret },
    credentials: ["secret_key", "webhook_secret"],
    close,
    server
  } satisfies OpenedConnector & { server: unknown }
}

export const gocardlessAccount = async () => {
  const server = await gocardlessServer()
  const { accessToken: access_token, close, url: baseUrl, webhookSecret: webhook_secret } = server
  return {
    ...nothing,
    connector: gocardlessConnector({ baseUrl }),
    settings: { access_token, webhook_secret, environment: "sandbox" },
    credentials: ["access_token", "webhook_secret"],
    close,
    server
  } satisfies OpenedConnector & { server: unknown }
}

export const adyenAccount = async () => {
  const server = await adyenServer()
  const { apiKey: api_key, close, hmacKey: hmac_key, merchantAccount: merchant_account, url: baseUrl } = server
  return {
    ...nothing,
    connector: adyenConnector({ baseUrl }),
    settings: { api_key, hmac_key, merchant_account, environment: "test" },
    credentials: ["api_key"],
    close,
    server
  } satisfies OpenedConnector & { server: unknown }
}
