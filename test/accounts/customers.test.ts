import { Effect, Layer, TestClock, TestContext } from "effect"
import { describe, expect, it } from "vitest"
import { storesLayer } from "../../adapters/sql/stores.js"
import { BillingEntities, Customers, Organizations } from "../../src/accounts/index.js"
import { CurrentOrganization, OrganizationId } from "../../src/core/index.js"
import { Events } from "../../src/metering/index.js"
import { accountsLayer } from "../support/accounts.js"
import { catalogLayer, makeMetric } from "../support/catalog.js"
import { describeEngines } from "../support/describe-engines.js"
import { nobodyBills } from "../support/metering.js"

const eventsLayer = Events.layer.pipe(Layer.provide(nobodyBills), Layer.provide(storesLayer))

describeEngines("customers", (engine) => {
  const customers = <A, E, R>(use: (service: typeof Customers.Service) => Effect.Effect<A, E, R>) =>
    Effect.flatMap(Customers, use).pipe(Effect.provide(accountsLayer))
  const entities = <A, E, R>(use: (service: typeof BillingEntities.Service) => Effect.Effect<A, E, R>) =>
    Effect.flatMap(BillingEntities, use).pipe(Effect.provide(accountsLayer))
  const elsewhere = async () => Effect.provideService(CurrentOrganization, await engine.newOrganization())

  it("a new customer has the organization's currency and zone, and no terms of its own", async () => {
    const customer = await engine.run(customers((service) => service.create({ external_id: "plain", name: "Plain" })))
    expect(customer).toMatchObject({
      organization_id: engine.organization,
      currency: "EUR",
      timezone: "UTC",
      email: null,
      invoice_grace_period: null,
      net_payment_term: null,
      apply_credit_notes_automatically: true,
      billing_metadata: {},
      billing_entity_id: null
    })
    expect(await engine.run(customers((service) => service.get({ id: customer.id })))).toEqual(customer)
    expect(await engine.run(customers((service) => service.get({ external_id: "plain" })))).toEqual(customer)
  })

  it("a customer of a billing entity has that entity's currency and zone", async () => {
    const there = await elsewhere()
    const made = await engine.run(
      Effect.gen(function* () {
        const entity = yield* entities((service) =>
          service.create({ code: "no", name: "Acme AS", currency: "NOK", timezone: "Europe/Oslo" })
        )
        return yield* customers((service) => service.create({ external_id: "ola", name: "Ola", billing_entity_id: entity.id }))
      }).pipe(there)
    )
    expect(made).toMatchObject({ currency: "NOK", timezone: "Europe/Oslo" })
  })

  it("everything that is given comes back as it was given", async () => {
    const given = {
      external_id: "full",
      name: "Łódź 漢字 👍 'quoted' \"x\"",
      email: "a@example.com",
      currency: "KWD",
      timezone: "Asia/Kathmandu",
      billing_metadata: { nested: { list: [1, "two", null, true] }, "key with space": "0.10" },
      invoice_grace_period: 0,
      net_payment_term: 14,
      apply_credit_notes_automatically: false
    }
    const customer = await engine.run(customers((service) => service.create(given)))
    expect(customer).toMatchObject(given)
    expect(await engine.run(customers((service) => service.get({ id: customer.id })))).toEqual(customer)
  })

  it("an external id is taken within the organization only", async () => {
    const create = customers((service) => service.create({ external_id: "twice", name: "Twice" }))
    await engine.run(create)
    expect(await engine.fail(create)).toMatchObject({ _tag: "ExternalIdTaken", external_id: "twice" })
    const there = await elsewhere()
    await expect(engine.run(create.pipe(there))).resolves.toMatchObject({ external_id: "twice" })
  })

  it("another organization's customer answers like a missing one", async () => {
    const there = await elsewhere()
    const foreign = await engine.run(customers((service) => service.create({ external_id: "foreign", name: "F" })).pipe(there))
    for (const id of [foreign.id, "00000000-0000-7000-8000-000000000000", "no id at all"]) {
      expect(await engine.fail(customers((service) => service.get({ id })))).toMatchObject({ _tag: "CustomerNotFound", id })
      expect(await engine.fail(customers((service) => service.update({ id }, { name: "mine" })))).toMatchObject({
        _tag: "CustomerNotFound",
        id
      })
    }
    expect(await engine.run(customers((service) => service.load([foreign.id])))).toEqual(new Map())
    expect(await engine.run(customers((service) => service.get({ id: foreign.id })).pipe(there))).toEqual(foreign)
  })

  it.each([
    [{ external_id: "x", name: "" }, "name"],
    [{ external_id: "x", name: "x".repeat(256) }, "name"],
    [{ external_id: "\u0000", name: "x" }, "external_id"],
    [{ external_id: "x", name: "x", email: "nobody" }, "email"],
    [{ external_id: "x", name: "x", timezone: "Mars/Base" }, "timezone"],
    [{ external_id: "x", name: "x", net_payment_term: -1 }, "net_payment_term"],
    [{ external_id: "x", name: "x", invoice_grace_period: 1.5 }, "invoice_grace_period"],
    [{ external_id: "x", name: "x", billing_metadata: { big: "x".repeat(70_000) } }, "billing_metadata"],
    [{ external_id: "x", name: "x", nickname: "y" }, "nickname"]
  ])("input that breaks a rule is refused with its field: %j", async (input, field) => {
    expect(await engine.fail(customers((service) => service.create(input as never)))).toMatchObject({ _tag: "InvalidInput", field })
  })

  it("an unknown currency and an unknown billing entity have errors of their own", async () => {
    expect(await engine.fail(customers((service) => service.create({ external_id: "x", name: "x", currency: "ZZZ" })))).toMatchObject({
      _tag: "UnknownCurrency",
      code: "ZZZ"
    })
    const id = "01890000-0000-7000-8000-000000000000"
    expect(await engine.fail(customers((service) => service.create({ external_id: "x", name: "x", billing_entity_id: id })))).toMatchObject(
      {
        _tag: "BillingEntityNotFound",
        id
      }
    )
  })

  it("an update changes what it names; null clears, left out stays", async () => {
    const before = await engine.run(
      customers((service) => service.create({ external_id: "changing", name: "Old", email: "old@example.com", net_payment_term: 10 }))
    )
    const after = await engine.run(customers((service) => service.update({ id: before.id }, { name: "New", email: null })))
    expect(after).toEqual({ ...before, name: "New", email: null, updated_at: after.updated_at })
    expect(await engine.run(customers((service) => service.get({ id: before.id })))).toEqual(after)
  })

  it("many customers are loaded with one statement, those that are not there left out", async () => {
    const made = await engine.run(
      Effect.forEach(["m1", "m2"], (external_id) => customers((service) => service.create({ external_id, name: external_id })))
    )
    const missing = "00000000-0000-7000-8000-000000000000"
    const loaded = await engine.run(customers((service) => service.load([...made.map((one) => one.id), missing, made[0]!.id])))
    expect([...loaded.values()].map((one) => one.external_id).sort()).toEqual(["m1", "m2"])
    expect([...(await engine.run(customers((service) => service.loadExternal(["m2", "none"])))).keys()]).toEqual(["m2"])
  })

  describe("pages", () => {
    it.each(["created_at:desc", "created_at:asc", "name:asc", "name:desc", "external_id:asc"])(
      "are a partition of the list, %s, while rows of equal time and name arrive",
      async (order_by) => {
        const there = await elsewhere()
        const make = (i: number) => customers((service) => service.create({ external_id: `c${i}`, name: `name ${i % 3}` }))
        // All of one instant: only the id tells them apart.
        await engine.run(Effect.forEach([...Array(11).keys()], make).pipe(there, Effect.provide(TestContext.TestContext)))
        const seen: Array<string> = []
        let after: string | null = null
        do {
          const page: { items: ReadonlyArray<{ external_id: string }>; next: string | null; total: number | null } = await engine.run(
            customers((service) => service.list({ order_by, limit: 4, after, total: true })).pipe(there)
          )
          expect(page.total).toBe(11)
          seen.push(...page.items.map((one) => one.external_id))
          after = page.next
        } while (after !== null)
        expect(seen.length).toBe(11)
        expect(new Set(seen).size).toBe(11)
      }
    )

    it("hold what the filter lets through", async () => {
      const there = await elsewhere()
      await engine.run(
        Effect.forEach(["a", "b"], (external_id) => customers((service) => service.create({ external_id, name: "n" }))).pipe(there)
      )
      const page = await engine.run(customers((service) => service.list({ external_id: "b" })).pipe(there))
      expect(page.items.map((one) => one.external_id)).toEqual(["b"])
      expect(page.next).toBeNull()
    })

    it.each([
      [{ limit: 0 }, "limit"],
      [{ limit: 1001 }, "limit"],
      [{ order_by: "email:asc" }, "order_by"],
      [{ order_by: "name" }, "order_by"],
      [{ after: "not a cursor" }, "after"],
      [{ after: btoa(JSON.stringify(["created_at:desc", "yesterday", "01890000-0000-7000-8000-000000000000"])) }, "after"],
      [{ after: btoa(JSON.stringify(["name:asc", "x", "01890000-0000-7000-8000-000000000000"])) }, "after"],
      [{ billing_entity_id: "x" }, "billing_entity_id"]
    ])("refuse what is out of range: %j", async (input, field) => {
      expect(await engine.fail(customers((service) => service.list(input)))).toMatchObject({ _tag: "InvalidInput", field })
    })
  })

  it("times are those of the clock service", async () => {
    const made = await engine.run(
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2024, 1, 29, 12))
        return yield* customers((service) => service.create({ external_id: "leap", name: "Leap" }))
      }).pipe(Effect.provide(TestContext.TestContext))
    )
    expect(made.created_at.epochMillis).toBe(Date.UTC(2024, 1, 29, 12))
    expect(await engine.run(customers((service) => service.get({ id: made.id })))).toEqual(made)
  })

  it("an organization is made without a current one, and changes itself", async () => {
    const { api_key: _, ...made } = await engine.run(
      Effect.flatMap(Organizations, (service) =>
        service.create({ name: "Neu GmbH", default_currency: "CHF", timezone: "Europe/Zurich" })
      ).pipe(Effect.provide(accountsLayer))
    )
    const itself = Effect.provideService(CurrentOrganization, made.id)
    const changed = await engine.run(
      Effect.flatMap(Organizations, (service) =>
        service.update({ portal_accent_color: "#00ff00", logo_url: "https://example.com/l.png" })
      ).pipe(Effect.provide(accountsLayer), itself)
    )
    expect(changed).toEqual({
      ...made,
      portal_accent_color: "#00ff00",
      logo_url: "https://example.com/l.png",
      updated_at: changed.updated_at
    })
    expect(await engine.run(Effect.flatMap(Organizations, (service) => service.get()).pipe(Effect.provide(accountsLayer), itself))).toEqual(
      changed
    )
    const nobody = OrganizationId.make("00000000-0000-7000-8000-000000000000")
    const get = Effect.flatMap(Organizations, (service) => service.get()).pipe(Effect.provide(accountsLayer))
    expect(await engine.fail(get.pipe(Effect.provideService(CurrentOrganization, nobody)))).toMatchObject({ _tag: "OrganizationNotFound" })
  })
})

describeEngines("a customer's external id", (engine) => {
  const customers = <A, E, R>(use: (service: typeof Customers.Service) => Effect.Effect<A, E, R>) =>
    Effect.flatMap(Customers, use).pipe(Effect.provide(catalogLayer))
  const rename = (external_id: string) => customers((service) => service.update({ external_id }, { external_id: `${external_id}-2` }))

  it("can change until events name it", async () => {
    await engine.run(customers((service) => service.create({ external_id: "quiet", name: "Quiet" })))
    expect((await engine.run(rename("quiet"))).external_id).toBe("quiet-2")
    await engine.run(customers((service) => service.create({ external_id: "busy", name: "Busy" })))
    await engine.run(makeMetric("energy"))
    const event = { transaction_id: "1", external_customer_id: "busy", code: "energy", timestamp: "2025-01-01T00:00:00Z" }
    await engine.run(Effect.flatMap(Events, (events) => events.ingest([event])).pipe(Effect.provide(eventsLayer)))
    expect(await engine.fail(rename("busy"))).toMatchObject({ _tag: "Immutable", field: "external_id" })
    // The same one again is no change.
    await engine.run(customers((service) => service.update({ external_id: "busy" }, { external_id: "busy", name: "Still busy" })))
  })
})
