/** Integrations: what is kept of their settings, what a test makes of them, links of customers, what a webhook leaves in the history. */
import { randomBytes } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { beforeAll, expect, it } from "vitest"
import { secrets } from "../../adapters/secrets/index.js"
import { scriptedConnector } from "../../adapters/testing/index.js"
import { type ConnectorFailure, failureOf, IntegrationLinks, Integrations, type IntegrationsShape } from "../../src/integrations/index.js"
import { AuditTrail } from "../../src/operations/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { type IntegrationHost, integrationHost } from "../support/integrations.js"

const SECRET = "sk-very-secret-4711"
const keys = { old: randomBytes(32), fresh: randomBytes(32) }

describeEngines("integrations", (engine) => {
  let failing: ConnectorFailure | undefined
  const xero = scriptedConnector("xero", { test: () => failing })
  let host: IntegrationHost
  let id: string
  const ask = <A, E, R>(call: (service: IntegrationsShape) => Effect.Effect<A, E, R>) => Effect.flatMap(Integrations, call)

  beforeAll(async () => {
    host = await integrationHost(engine, [xero], secrets({ current: "old", keys }))
    const made = await host.integration({
      integration_type: "accounting",
      provider_type: "xero",
      settings: { tenant_id: "t-1", client_secret: SECRET, unheard_of: { nested: SECRET }, pin: 471100, flag: true }
    })
    id = made.id
    expect(made).toMatchObject({
      status: "active",
      settings: { tenant_id: "t-1", client_secret: "••••4711", unheard_of: "••••", pin: "••••", flag: true }
    })
  })

  it("keeps credentials sealed, and what is no known setting counts as one", async () => {
    const rows = await host.run(
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT settings FROM integrations WHERE organization_id = ${host.organization}`)
    )
    const text = JSON.stringify(rows)
    expect(text).toContain("bw1.old.")
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain("471100")
    const { items } = await host.run(Effect.flatMap(AuditTrail, (trail) => trail.list({ resource_type: "integration" })))
    expect(items.length).toBeGreaterThan(0)
    expect(JSON.stringify(items, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain("4711")
  })

  it("keeps a credential whose mask is sent back, replaces one that is not, and refuses the mask of another", async () => {
    const updated = await host.run(
      ask((service) => service.update(id, { settings: { client_secret: "••••4711", tenant_id: "t-2", webhook_key: "hook-key-0815" } }))
    )
    expect(updated.settings).toEqual({ client_secret: "••••4711", tenant_id: "t-2", webhook_key: "••••0815" })
    await host.run(ask((service) => service.test(id)))
    const wrong = ask((service) => service.update(id, { settings: { client_secret: "••••9999" } }))
    expect(await host.fail(wrong)).toMatchObject({ _tag: "InvalidInput", field: "settings.client_secret" })
  })

  it("takes one integration of a provider, of the provider's own type", async () => {
    const second = ask((service) => service.create({ integration_type: "accounting", provider_type: "xero" }))
    expect(await host.fail(second)).toMatchObject({ _tag: "ProviderTaken", provider: "xero" })
    const mistaken = ask((service) => service.create({ integration_type: "crm", provider_type: "anrok" }))
    expect(await host.fail(mistaken)).toMatchObject({ _tag: "InvalidInput", field: "integration_type" })
  })

  it("is active or in error as its last test went, and stays inactive where it is", async () => {
    failing = failureOf("unauthorized", `refused for ${SECRET}`, { status: 401 })
    const failed = await host.run(ask((service) => service.test(id)))
    expect(failed.integration).toMatchObject({
      status: "error",
      error_details: { message: "refused for ••••", code: "unauthorized", status: 401 }
    })
    await host.run(ask((service) => service.update(id, { status: "inactive" })))
    expect((await host.run(ask((service) => service.test(id)))).integration).toMatchObject({ status: "inactive" })
    failing = undefined
    expect((await host.run(ask((service) => service.test(id)))).integration).toMatchObject({ status: "inactive", error_details: null })
    await host.run(ask((service) => service.update(id, { status: "active" })))
    const { items } = await host.run(ask((service) => service.syncHistory(id, { action: "test", status: "failed" })))
    expect(items).toHaveLength(2)
    expect(items[0]).toMatchObject({ resource_type: "integration", resource_id: id, error_message: "refused for ••••" })
  })

  it("has nothing to test with where the host registered no connector", async () => {
    const other = await host.integration({ integration_type: "tax", provider_type: "avalara" })
    expect(await host.fail(ask((service) => service.test(other.id)))).toMatchObject({
      _tag: "AdapterMissing",
      adapter: "billwright/connectors/avalara"
    })
    await host.run(ask((service) => service.delete(other.id)))
    expect(await host.fail(ask((service) => service.get(other.id)))).toMatchObject({ _tag: "IntegrationNotFound" })
  })

  it("links a customer once, until the link is taken away", async () => {
    const customer = await host.customer("linked")
    const link = await host.link(id, customer.id, "X-1")
    const again = Effect.flatMap(IntegrationLinks, (links) => links.create(id, { customer_id: customer.id, external_customer_id: "X-2" }))
    expect(await host.fail(again)).toMatchObject({ _tag: "AlreadyLinked", customer_id: customer.id })
    const listed = () =>
      host.run(Effect.flatMap(IntegrationLinks, (links) => Effect.map(links.list({ customer_id: customer.id }), ({ items }) => items)))
    expect(await listed()).toEqual([link])
    await host.run(Effect.flatMap(IntegrationLinks, (links) => links.delete(link.id)))
    expect(await listed()).toEqual([])
  })

  it("writes what a webhook says into the history, once its signature holds", async () => {
    const event = {
      id: "e-1",
      name: "INVOICE.UPDATE",
      resource_type: "invoice" as const,
      external_id: "X-9",
      external_data: { paid: true }
    }
    const request = xero.webhook([event])
    const receipt = await host.run(ask((service) => service.receive(id, request)))
    expect(receipt).toEqual({ success: true, error: null, answer: "", events: [event] })
    expect((await host.history(id)).at(-1)).toMatchObject({
      action: "webhook",
      status: "succeeded",
      external_id: "X-9",
      details: { event_id: "e-1", event: "INVOICE.UPDATE", paid: true }
    })
    const forged = ask((service) => service.receive(id, { ...request, body: "[]" }))
    expect(await host.fail(forged)).toMatchObject({ _tag: "SignatureInvalid" })
  })

  it("seals anew what is under an old key", async () => {
    const turned = host.with(secrets({ current: "fresh", keys }))
    expect(await turned.run(ask((service) => service.resealCredentials()))).toBe(1)
    expect(await turned.run(ask((service) => service.resealCredentials()))).toBe(0)
    const alone = host.with(secrets({ current: "fresh", keys: { fresh: keys.fresh } }))
    expect((await alone.run(ask((service) => service.test(id)))).answer.success).toBe(true)
  })
})
