/** Every public service over an engine, with ports that answer without the world. */
import { randomBytes } from "node:crypto"
import { type Context, Effect, Layer } from "effect"
import { secrets } from "../../adapters/secrets/index.js"
import { storesLayer } from "../../adapters/sql/stores.js"
import { scriptedConnector, scriptedProvider, testClock } from "../../adapters/testing/index.js"
import { webhooks } from "../../adapters/webhooks/index.js"
import { type Services, servicesLayer } from "../../src/client/index.js"
import { CurrentOrganization, type OrganizationId, Secrets } from "../../src/core/index.js"
import { DocumentPrinters } from "../../src/documents/index.js"
import { CurrentUser, UserDirectory } from "../../src/fieldwork/index.js"
import { Connectors } from "../../src/integrations/index.js"
import { Exporting } from "../../src/operations/index.js"
import { PaymentProviders } from "../../src/payments/index.js"
import { Artefacts } from "../../src/reporting/index.js"
import { Transport, WebhookTerms } from "../../src/webhooks/index.js"
import { builtOnce } from "../support/built-once.js"
import type { Engine, EngineServices } from "../support/describe-engines.js"
import { directory, users } from "../support/field.js"
import { ALL_KINDS } from "../support/field-ports.js"
import { scriptedGateways } from "../support/gateways.js"
import type { Call } from "./call.js"

/** What runs until it is stopped, takes another call, or needs the host's file store; none takes an id. */
export const NOT_CALLED = new Set([
  "WebhookDelivery.work",
  "Idempotency.once",
  "ExportRuns.runNext",
  "ExportRuns.runDue",
  "ExportRuns.purge"
])

type Provided = EngineServices | Services | CurrentOrganization | CurrentUser
type Method = (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, unknown, CurrentOrganization | CurrentUser>

export const services = servicesLayer.pipe(Layer.provide(storesLayer))
const transport = webhooks()
const provider = scriptedProvider()
const { connector } = scriptedConnector("xero")
const environment = Layer.mergeAll(
  Layer.succeed(UserDirectory, {
    find: (ids) => Effect.succeed(directory.filter(({ id }) => ids.includes(id))),
    inRole: (role) => Effect.succeed(directory.filter((user) => user.role === role))
  }),
  Layer.succeed(CurrentUser, users.central_ops),
  // Only whether there is one is asked here.
  Layer.succeed(Exporting, {} as never),
  Layer.succeed(Secrets, secrets({ current: "k", keys: { k: randomBytes(32) } })),
  // Nothing goes out: what a receiver says is no matter here.
  Layer.succeed(Transport, { ...transport.transport, send: () => Effect.succeed({ status: 200, body: "", retry_after: null }) }),
  Layer.succeed(WebhookTerms, transport.terms),
  scriptedGateways().layer,
  Layer.succeed(Artefacts, { of: async () => ALL_KINDS }),
  Layer.succeed(Connectors, new Map([[connector.provider, connector]])),
  Layer.succeed(PaymentProviders, new Map([[provider.name, provider]])),
  Layer.succeed(DocumentPrinters, {
    print: () => Effect.succeed({ bytes: new Uint8Array(), content_type: "application/pdf" })
  } as never)
)

/** Every method of every service, by its name. */
export const methodsOf = (context: Context.Context<Services>): ReadonlyMap<string, Method> =>
  new Map(
    [...context.unsafeMap].flatMap(([key, service]) =>
      Object.entries(service as Readonly<Record<string, unknown>>)
        .filter(([, member]) => typeof member === "function")
        .map(([name, member]) => [`${String(key).replace("billwright/", "")}.${name}`, member as Method] as const)
    )
  )

/** A call by the user who may make it. */
export const acting = ({ user = users.central_ops }: Call, ask: () => ReturnType<Method>) =>
  Effect.provideService(Effect.suspend(ask), CurrentUser, user)

export const open = (engine: Engine) => {
  const clock = testClock("2025-01-01T00:00:00Z")
  const around = <A, E, R>(work: Effect.Effect<A, E, R>) => work.pipe(Effect.provide(environment), Effect.provide(clock.layer))
  const built = builtOnce(engine, services, around)
  const on = <A, E>(organization: OrganizationId, work: Effect.Effect<A, E, Provided>) =>
    engine.run(
      around(Effect.provideService(Effect.provide(work, built), CurrentOrganization, organization)) as Effect.Effect<A, E, EngineServices>
    )
  return { clock, on }
}
