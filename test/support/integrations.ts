/** A host with connectors, over an engine's database: every service, a clock that tests set, a key for secrets. */
import { randomBytes } from "node:crypto"
import { Effect, Layer } from "effect"
import { secrets } from "../../adapters/secrets/index.js"
import { storesLayer } from "../../adapters/sql/stores.js"
import { type ScriptedConnector, testClock } from "../../adapters/testing/index.js"
import { BillingEntities, Customers } from "../../src/accounts/index.js"
import { servicesLayer } from "../../src/client/services.js"
import { CurrentOrganization, type SecretBox, Secrets } from "../../src/core/index.js"
import {
  type Connector,
  Connectors,
  type CreateIntegrationInput,
  IntegrationLinks,
  IntegrationSyncs,
  Integrations
} from "../../src/integrations/index.js"
import { Doctor } from "../../src/operations/index.js"
import { builtOnce } from "./built-once.js"
import type { Engine, EngineServices } from "./describe-engines.js"

const services = servicesLayer.pipe(Layer.provide(storesLayer))
type Provided = Layer.Layer.Success<typeof services> | EngineServices | CurrentOrganization

const integrationBox = (): SecretBox => secrets({ current: "k1", keys: { k1: randomBytes(32) } })

/** A tenant of its own with the billing entity `main`. */
export const integrationHost = async (
  engine: Engine,
  scripted: ReadonlyArray<ScriptedConnector | { readonly connector: Connector }>,
  box = integrationBox()
) => {
  const clock = testClock("2025-01-01T00:00:00Z")
  const organization = await engine.newOrganization()
  const connectors = new Map(scripted.map(({ connector }) => [connector.provider, connector]))
  const over = (sealing: SecretBox) => {
    const around = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      effect.pipe(Effect.provide(clock.layer), Effect.provideService(Secrets, sealing), Effect.provideService(Connectors, connectors))
    const built = builtOnce(engine, services, around)
    const here = <A, E>(effect: Effect.Effect<A, E, Provided>) =>
      around(Effect.provideService(Effect.provide(effect, built), CurrentOrganization, organization))
    return {
      run: <A, E>(effect: Effect.Effect<A, E, Provided>) => engine.run(here(effect)),
      fail: <A, E>(effect: Effect.Effect<A, E, Provided>) => engine.fail(here(effect))
    }
  }
  const { fail, run } = over(box)
  await run(Effect.flatMap(BillingEntities, (entities) => entities.create({ code: "main", name: "Acme", invoice_prefix: "INV" })))
  return {
    organization,
    run,
    fail,
    at: (time: string) => clock.set(time),
    /** The same with other keys for secrets. */
    with: over,
    integration: (input: CreateIntegrationInput) => run(Effect.flatMap(Integrations, (service) => service.create(input))),
    get: (id: string) => run(Effect.flatMap(Integrations, (service) => service.get(id))),
    history: (id: string) =>
      run(
        Effect.flatMap(Integrations, (service) =>
          Effect.map(service.syncHistory(id, { order_by: "created_at:asc", limit: 1000 }), ({ items }) => items)
        )
      ),
    customer: (external_id: string) => run(Effect.flatMap(Customers, (customers) => customers.create({ external_id, name: external_id }))),
    link: (id: string, customer_id: string, external_customer_id: string) =>
      run(Effect.flatMap(IntegrationLinks, (links) => links.create(id, { customer_id, external_customer_id }))),
    sync: () => run(Effect.flatMap(IntegrationSyncs, (syncs) => syncs.syncDue())),
    mappings: (id: string) =>
      run(
        Effect.flatMap(Integrations, (service) =>
          Effect.map(service.mappings(id, { order_by: "created_at:asc", limit: 1000 }), ({ items }) => items)
        )
      ),
    violations: () => run(Effect.flatMap(Doctor, (doctor) => Effect.map(doctor.check(), (report) => report.violations)))
  }
}

export type IntegrationHost = Awaited<ReturnType<typeof integrationHost>>
