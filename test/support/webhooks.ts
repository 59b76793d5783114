/** A host that sends webhooks, over an engine's database: every service, a clock that tests set, and receivers of this machine allowed. */
import { randomBytes } from "node:crypto"
import { Effect, Layer } from "effect"
import { secrets } from "../../adapters/secrets/index.js"
import { storesLayer } from "../../adapters/sql/stores.js"
import { type TestClock, testClock } from "../../adapters/testing/index.js"
import { type WebhookOptions, webhooks } from "../../adapters/webhooks/index.js"
import { BillingEntities, Customers } from "../../src/accounts/index.js"
import { servicesLayer } from "../../src/client/services.js"
import { CurrentOrganization, type OrganizationId, type SecretBox, Secrets } from "../../src/core/index.js"
import { Transport, type WebhookAttempt, WebhookDelivery, WebhookEndpoints, Webhooks, WebhookTerms } from "../../src/webhooks/index.js"
import { builtOnce } from "./built-once.js"
import type { Engine, EngineServices } from "./describe-engines.js"

const services = servicesLayer.pipe(Layer.provide(storesLayer))
type Provided = Layer.Layer.Success<typeof services> | EngineServices

const secretBox = (): SecretBox => secrets({ current: "k1", keys: { k1: randomBytes(32) } })

const hostOf = (engine: Engine, organization: OrganizationId, clock: TestClock, options: WebhookOptions, box: SecretBox) => {
  const setup = webhooks({ allowPrivate: true, timeout_seconds: 1, ...options })
  const around = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provide(clock.layer),
      Effect.provideService(Secrets, box),
      Effect.provideService(Transport, setup.transport),
      Effect.provideService(WebhookTerms, setup.terms)
    )
  const built = builtOnce(engine, services, around)
  const here = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) =>
    around(Effect.provideService(Effect.provide(effect, built), CurrentOrganization, organization))
  const run = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) => engine.run(here(effect))
  const fail = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) => engine.fail(here(effect))
  return {
    organization,
    run,
    fail,
    at: (time: string) => clock.set(time),
    endpoint: (url: string, signature_algo: "hmac" | "ed25519" = "hmac") =>
      run(Effect.flatMap(WebhookEndpoints, (service) => service.create({ url, signature_algo }))),
    getEndpoint: (id: string) => run(Effect.flatMap(WebhookEndpoints, (service) => service.get(id))),
    /** Something to tell. */
    customer: (external_id: string) => run(Effect.flatMap(Customers, (customers) => customers.create({ external_id, name: external_id }))),
    deliver: () => run(Effect.flatMap(WebhookDelivery, (delivery) => delivery.deliverDue())),
    /** All webhooks, in order of creation. */
    all: () =>
      run(
        Effect.flatMap(Webhooks, (service) => Effect.map(service.list({ order_by: "created_at:asc", limit: 1000 }), ({ items }) => items))
      ),
    attempts: (id: string): Promise<ReadonlyArray<WebhookAttempt>> =>
      run(Effect.flatMap(Webhooks, (service) => Effect.map(service.attempts(id), ({ items }) => items)))
  }
}

/** A tenant of its own with the billing entity `main`. */
export const webhookHost = async (engine: Engine, options: WebhookOptions = {}, box = secretBox()) => {
  const clock = testClock("2025-01-01T00:00:00Z")
  const organization = await engine.newOrganization()
  const host = hostOf(engine, organization, clock, options, box)
  await host.run(Effect.flatMap(BillingEntities, (entities) => entities.create({ code: "main", name: "Acme", invoice_prefix: "INV" })))
  return {
    ...host,
    /** The same with other keys for secrets. */
    with: (other: SecretBox) => hostOf(engine, organization, clock, options, other)
  }
}
