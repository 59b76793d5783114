/** GoCardless by an organization's own keys: `billwright/connectors/gocardless`. */
import { Effect } from "effect"
import { type Connection, type ConnectorFailure, failureOf, type PaymentConnector } from "../../../src/integrations/index.js"
import { gocardless } from "../../payments/gocardless/index.js"
import { optionalSetting, textAt } from "../shared/answers.js"
import { key, type PaymentConnectorOptions, paymentConnector, placed } from "../shared/payments.js"

const PLACES = { live: "https://api.gocardless.com", sandbox: "https://api-sandbox.gocardless.com" } as const

const placeOf = (connection: Connection): Effect.Effect<keyof typeof PLACES, ConnectorFailure> => {
  const environment = optionalSetting(connection, "environment", "live")
  return environment === "live" || environment === "sandbox"
    ? Effect.succeed(environment)
    : Effect.fail(failureOf("settings", "settings.environment is neither live nor sandbox", { setting: "environment" }))
}

/** A connector of GoCardless. Settings: `access_token`, `webhook_secret`, `environment` (`live` unless it is `sandbox`). */
export const gocardlessConnector = (options: PaymentConnectorOptions = {}): PaymentConnector =>
  paymentConnector("gocardless", options, {
    keysOf: (connection) =>
      Effect.all({
        accessToken: key(connection, "access_token"),
        webhookSecret: key(connection, "webhook_secret"),
        environment: placeOf(connection)
      }),
    provider: (keys) => gocardless({ ...keys, ...placed(options) }),
    question: ({ accessToken, environment }) => ({
      method: "GET",
      url: new URL("/creditors?limit=1", options.baseUrl ?? PLACES[environment]),
      headers: { authorization: `Bearer ${accessToken}`, "gocardless-version": "2015-07-06" }
    }),
    words: (json) => textAt(json, "error", "errors", 0, "reason") ?? textAt(json, "error", "type")
  })
