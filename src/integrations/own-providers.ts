/** The payment providers of an organization by the keys of its integrations: the port that payments ask. */
import { Effect, Layer } from "effect"
import { Secrets } from "../core/index.js"
import { type OwnAccount, OwnProviders, type PaymentProvider, ProviderFailed } from "../payments/index.js"
import { connectionOf, connectorFor } from "./calling.js"
import { Connectors } from "./connector.js"
import { IntegrationStore, type KeptIntegration } from "./store.js"

/** Stands for an account whose keys cannot be read: nothing is known of any call, so that each is made again once they can. */
const unreachable = (name: PaymentProvider["name"]): PaymentProvider => {
  const fail = () => new ProviderFailed({ provider: name, code: "unavailable" })
  return {
    name,
    charge: fail,
    findCharge: fail,
    refund: fail,
    findRefund: fail,
    checkout: fail,
    endCheckout: fail,
    setup: fail,
    readWebhook: fail,
    webhookAnswer: ""
  }
}

export const ownProvidersLayer: Layer.Layer<OwnProviders, never, IntegrationStore> = Layer.effect(
  OwnProviders,
  Effect.gen(function* () {
    const integrations = yield* IntegrationStore
    const connectors = yield* Connectors
    const box = yield* Secrets

    /** Null where the host has no connector for it. */
    const opened = Effect.fnUntraced(function* (integration: KeptIntegration) {
      const connector = yield* Effect.option(connectorFor(connectors, integration))
      if (connector._tag === "None" || connector.value.type !== "payment_provider") return null
      const { open } = connector.value
      return yield* Effect.flatMap(connectionOf(integration, box), open).pipe(
        Effect.catchAll((failure) => {
          const why = "message" in failure ? failure.message : failure.error
          const warning = Effect.logWarning(`the account at ${integration.provider_type} cannot be used: ${why}`)
          return Effect.as(warning, unreachable(connector.value.provider as PaymentProvider["name"]))
        })
      )
    })

    return Effect.flatMap(integrations.ofType("payment_provider"), (found) =>
      Effect.map(
        Effect.forEach(found, (integration) =>
          Effect.map(opened(integration), (provider): readonly [string, OwnAccount] => [
            integration.provider_type,
            { since: integration.created_at, calling: integration.status === "inactive" ? null : provider, hearing: provider }
          ])
        ),
        (accounts) => new Map(accounts)
      )
    )
  })
)
