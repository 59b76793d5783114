/** Adyen by an organization's own keys: `billwright/connectors/adyen`. */
import { Effect } from "effect"
import { type Connection, type ConnectorFailure, failureOf, type PaymentConnector } from "../../../src/integrations/index.js"
import { adyen } from "../../payments/adyen/index.js"
import { optionalSetting, setting, textAt } from "../shared/answers.js"
import { key, type PaymentConnectorOptions, paymentConnector, placed } from "../shared/payments.js"

const VERSION = "v72"

/** It becomes part of a host's name: nothing that could name another one. */
const PREFIX = /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/

/** Live accounts are reached by an address of their own. */
const placeOf = (connection: Connection) => {
  const environment = optionalSetting(connection, "environment", "live")
  if (environment === "test") return Effect.succeed({ environment, at: "https://checkout-test.adyen.com" } as const)
  if (environment !== "live")
    return Effect.fail(failureOf("settings", "settings.environment is neither live nor test", { setting: "environment" }))
  return Effect.map(
    setting(connection, "live_endpoint_url_prefix", PREFIX),
    (prefix) => ({ environment, liveEndpointUrlPrefix: prefix, at: `https://${prefix}-checkout-live.adyenpayments.com/checkout` }) as const
  )
}

const hmacKey = (connection: Connection): Effect.Effect<string, ConnectorFailure> => setting(connection, "hmac_key", /^([0-9A-Fa-f]{2})+$/)

const keysOf = (connection: Connection) =>
  Effect.gen(function* () {
    const apiKey = yield* key(connection, "api_key")
    const merchantAccount = yield* setting(connection, "merchant_account")
    const keys = { apiKey, merchantAccount, hmacKey: yield* hmacKey(connection) }
    const { at, ...place } = yield* placeOf(connection)
    const themeId = optionalSetting(connection, "theme_id", "")
    const manualCapture = connection.settings.manual_capture === true
    return { at, provider: { ...keys, ...place, manualCapture, ...(themeId === "" ? {} : { themeId }) } }
  })

/**
 * A connector of Adyen. Settings: `api_key`, `merchant_account`, `hmac_key` of the standard webhook, `environment` (`live` unless it is `test`),
 * `live_endpoint_url_prefix` of a live account, `manual_capture`, `theme_id`.
 */
export const adyenConnector = (options: PaymentConnectorOptions = {}): PaymentConnector =>
  paymentConnector("adyen", options, {
    keysOf,
    provider: ({ provider }) => adyen({ ...provider, ...placed(options) }),
    question: ({ at, provider: { apiKey, merchantAccount } }) => ({
      method: "POST",
      url:
        options.baseUrl === undefined ? new URL(`${at}/${VERSION}/paymentMethods`) : new URL(`/${VERSION}/paymentMethods`, options.baseUrl),
      headers: { "x-api-key": apiKey },
      body: { merchantAccount }
    }),
    words: (json) => textAt(json, "message") ?? textAt(json, "errorCode")
  })
