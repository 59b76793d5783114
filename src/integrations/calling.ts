/** Calls of connectors: bounded in time, and what comes back is scrubbed of credentials and cut to size before anything keeps it. */
import { Cause, Effect } from "effect"
import { AdapterMissing, type JsonObject, type SecretBox, type SecretUnreadable } from "../core/index.js"
import type { Connection, Connector, ConnectorFailure, FailureCode } from "./connector.js"
import type { ProviderType } from "./providers.js"
import { credentialTexts, openedSettings } from "./settings.js"
import type { KeptIntegration } from "./store.js"

/** No connector is waited for longer; each has a shorter patience of its own. */
const CALL_SECONDS = 60

const LONGEST_ERROR = 1000
const LONGEST_ID = 255
const LONGEST_JSON = 16 * 1024

export const failureOf = (code: FailureCode, error: string, details: JsonObject = {}): ConnectorFailure => ({
  success: false,
  external_id: null,
  external_data: {},
  error,
  details: { ...details, code }
})

export const adapterMissing = ({ provider_type }: Pick<KeptIntegration, "provider_type">): AdapterMissing =>
  new AdapterMissing({ adapter: `billwright/connectors/${provider_type}` })

/** The connector of an integration, or `AdapterMissing` where the host registered none. */
export const connectorFor = (
  connectors: ReadonlyMap<ProviderType, Connector>,
  integration: Pick<KeptIntegration, "integration_type" | "provider_type">
): Effect.Effect<Connector, AdapterMissing> => {
  const found = connectors.get(integration.provider_type)
  return found === undefined || found.type !== integration.integration_type ? adapterMissing(integration) : Effect.succeed(found)
}

export const connectionOf = (integration: KeptIntegration, box: SecretBox): Effect.Effect<Connection, AdapterMissing | SecretUnreadable> =>
  Effect.map(openedSettings(integration, integration.settings, box), (settings) => ({
    organization_id: integration.organization_id,
    integration_id: integration.id,
    settings
  }))

/** A credential as an address or a JSON text that is quoted back would have it. */
const spellings = (secret: string): ReadonlyArray<string> => [
  ...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
]

/** As both engines store it, and without credentials. */
const clean = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets
    .flatMap(spellings)
    .reduce((shown, secret) => shown.replaceAll(secret, "••••"), text)
    .replace(/\0|\p{Surrogate}/gu, "")

const cleanJson = (value: unknown, secrets: ReadonlyArray<string>, depth = 0): unknown => {
  if (typeof value === "string") return clean(value, secrets)
  if (typeof value !== "object" || value === null) return value
  if (depth > 16) return null
  if (Array.isArray(value)) return value.map((item) => cleanJson(item, secrets, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key, secrets), cleanJson(item, secrets, depth + 1)]))
}

const cut = (text: string, length: number): string => [...text].slice(0, length).join("")

interface Answered {
  readonly success: boolean
  readonly external_id: string | null
  readonly external_data: JsonObject
  readonly error: string | null
  readonly details: JsonObject
}

/** An answer in which no credential stands, short enough to be kept. */
const scrubbed = <A extends Answered>(answer: A, secrets: ReadonlyArray<string>): A => {
  const kept = <J extends JsonObject>(json: J): J => {
    const found = cleanJson(json, secrets) as J
    return (JSON.stringify(found).length <= LONGEST_JSON ? found : "code" in json ? { code: json.code } : {}) as J
  }
  return {
    ...answer,
    external_id: answer.external_id === null ? null : cut(clean(answer.external_id, []), LONGEST_ID),
    external_data: kept(answer.external_data),
    error: answer.error === null ? null : cut(clean(answer.error, secrets), LONGEST_ERROR),
    details: kept(answer.details)
  }
}

/** Calls a connector: an answer whatever happens, a connector's own bug included. What a webhook fails with stays. */
export const called = <A extends Answered, E>(
  integration: Pick<KeptIntegration, "provider_type">,
  connection: Connection,
  call: Effect.Effect<A, E>
): Effect.Effect<A | ConnectorFailure, E> => {
  const secrets = credentialTexts(integration, connection.settings)
  return call.pipe(
    Effect.timeoutTo({
      duration: `${CALL_SECONDS} seconds`,
      onSuccess: (answer): A | ConnectorFailure => answer,
      onTimeout: () => failureOf("timeout", `no answer within ${CALL_SECONDS} seconds`)
    }),
    Effect.catchAllDefect((defect) =>
      Effect.as(
        Effect.logWarning(`the connector of ${integration.provider_type} broke`, Cause.die(clean(String(defect), secrets))),
        failureOf("unreadable", "the connector broke") as A | ConnectorFailure
      )
    ),
    Effect.map((answer) => scrubbed(answer, secrets))
  )
}
