import { type Context, Deferred, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { BillingEntities } from "../../src/accounts/index.js"
import { Taxes } from "../../src/catalog/index.js"
import { type CurrentOrganization, Transactor } from "../../src/core/index.js"
import { Billing, Invoices } from "../../src/invoicing/index.js"
import { Events } from "../../src/metering/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

type Services = Billing | Events | CurrentOrganization

describeBilling("late usage", (host) => {
  const open = async (options: Parameters<typeof host.tenant>[0] = {}) => {
    const tenant = await host.tenant(options)
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    await tenant.metric("level", { aggregation_type: "latest", field_name: "value" })
    await tenant.plan({
      code: "p",
      charges: [
        { charge_model: "standard", properties: { amount: "0.10" }, metric_code: "calls" },
        { charge_model: "standard", properties: { amount: "1" }, metric_code: "level" }
      ],
      commitment: { amount_cents: "1000" }
    })
    await tenant.plan({ code: "plain", charges: [{ charge_model: "standard", properties: { amount: "0.004" }, metric_code: "calls" }] })
    return tenant
  }

  const fees = async (tenant: Tenant) =>
    (await tenant.invoices()).map(({ fees, invoice }) => [
      invoice.status,
      fees.map((fee) => [fee.properties.reason ?? fee.fee_type, fee.amount_cents])
    ])
  const notes = async (tenant: Tenant) => (await tenant.notes()).map(({ note }) => note.total_amount_cents)

  it("is billed once, whatever comes after, and nothing when nothing came", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "plain")
    await tenant.ingest("calls", "2025-01-10T00:00:00Z")
    await tenant.bill("2025-02-01T00:00:00Z")
    await tenant.ingest("calls", "2025-01-11T00:00:00Z")
    await tenant.bill("2025-03-01T00:00:00Z")
    await tenant.bill("2025-04-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["paid", [["charge", 0n]]],
      ["finalized", [["late_usage", 1n]]]
    ])
  })

  it("bears the taxes of the issuer that the draft names, and is priced as its window was", async () => {
    const tenant = await open({ grace: 3 })
    const taxed = (code: string, rate: string, entity: string) =>
      tenant.run(
        Effect.gen(function* () {
          const taxes = yield* Taxes
          yield* taxes.create({ code, name: code, rate })
          yield* taxes.apply({ tax_code: code, taxable_type: "billing_entity", taxable_id: entity })
        })
      )
    const entities = <A, E>(of: (service: Context.Tag.Service<BillingEntities>) => Effect.Effect<A, E, CurrentOrganization>) =>
      tenant.run(Effect.flatMap(BillingEntities, of))
    const main = await entities((service) => service.get({ code: "main" }))
    const second = await entities((service) => service.create({ code: "second", name: "Second", invoice_prefix: "SEC" }))
    await taxed("ten", "0.1", main.id)
    await taxed("twenty", "0.2", second.id)
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 200 })
    await tenant.bill("2025-02-01T00:00:00Z")
    await tenant.finalizeDue("2025-02-04T00:00:00Z")
    await tenant.ingest("calls", "2025-01-11T00:00:00Z", { count: 10 })
    await tenant.bill("2025-03-01T00:00:00Z")
    const draft = (await tenant.invoices())[1]!.invoice.id
    await tenant.run(Effect.flatMap(Invoices, (service) => service.update(draft, { billing_entity_id: second.id })))
    await tenant.finalizeDue("2025-03-04T00:00:00Z")
    const billed = (await tenant.invoices()).map(({ fees }) =>
      fees.map((fee) => [fee.properties.reason ?? fee.fee_type, fee.amount_cents, fee.taxes_amount_cents])
    )
    expect(billed).toEqual([
      [["charge", 2000n, 200n]],
      [
        ["commitment", 1000n, 200n],
        ["late_usage", 100n, 20n]
      ]
    ])
    expect(await tenant.violations()).toEqual([])
  })

  it("lowers a true-up with a note over the difference, and never raises one", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 20 })
    await tenant.ingest("level", "2025-01-20T00:00:00Z", { properties: { value: "5" } })
    await tenant.bill("2025-02-01T00:00:00Z")
    await tenant.ingest("calls", "2025-01-11T00:00:00Z", { count: 10 })
    await tenant.bill("2025-03-01T00:00:00Z")
    await tenant.ingest("level", "2025-01-25T00:00:00Z", { properties: { value: "2" } })
    await tenant.bill("2025-04-01T00:00:00Z")
    expect((await fees(tenant)).map(([, each]) => each)).toEqual([
      [
        ["charge", 200n],
        ["charge", 500n],
        ["commitment", 300n]
      ],
      [
        ["commitment", 1000n],
        ["late_usage", 100n]
      ],
      [["commitment", 1000n]]
    ])
    expect(await notes(tenant)).toEqual([100n, 300n])
  })

  describe("with a grace period", () => {
    it("of a window after a draft's own waits for the next invoice, though that draft becomes final first", async () => {
      const tenant = await open({ grace: 40 })
      await tenant.subscribe("s", "plain")
      await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 250 })
      await tenant.bill("2025-02-01T00:00:00Z")
      // February has nothing to bill, and so no invoice, when it is closed.
      await tenant.bill("2025-03-01T00:00:00Z")
      await tenant.ingest("calls", "2025-02-20T00:00:00Z", { count: 500 })
      await tenant.finalizeDue("2025-03-15T00:00:00Z")
      await tenant.ingest("calls", "2025-03-16T00:00:00Z", { count: 750 })
      await tenant.bill("2025-04-01T00:00:00Z")
      await tenant.finalizeAll()
      expect((await fees(tenant)).map(([, each]) => each)).toEqual([
        [["charge", 100n]],
        [
          ["charge", 300n],
          ["late_usage", 200n]
        ]
      ])
    })

    it("a draft absorbs its own, and corrects the windows before it when it becomes final", async () => {
      const tenant = await open({ grace: 5 })
      await tenant.subscribe("s", "p")
      await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 200 })
      await tenant.bill("2025-02-01T00:00:00Z")
      await tenant.finalizeDue("2025-02-06T00:00:00Z")
      await tenant.bill("2025-03-01T00:00:00Z")
      await tenant.ingest("calls", "2025-02-10T00:00:00Z", { count: 150 })
      await tenant.ingest("calls", "2025-01-11T00:00:00Z", { count: 10 })
      const [, draft] = await tenant.invoices()
      const refreshed = await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.refresh(draft!.invoice.id)))
      expect(refreshed.fees.map((fee) => [fee.properties.reason ?? fee.fee_type, fee.amount_cents])).toEqual([
        ["charge", 1500n],
        ["late_usage", 100n]
      ])
      await tenant.ingest("calls", "2025-01-12T00:00:00Z", { count: 10 })
      await tenant.finalizeDue("2025-03-06T00:00:00Z")
      await tenant.bill("2025-04-01T00:00:00Z")
      expect(await fees(tenant)).toEqual([
        ["finalized", [["charge", 2000n]]],
        [
          "finalized",
          [
            ["charge", 1500n],
            ["late_usage", 200n]
          ]
        ],
        ["draft", [["commitment", 1000n]]]
      ])
    })

    it("what is left to a draft is not billed by the invoice after it too", async () => {
      const tenant = await open({ grace: 40 })
      await tenant.subscribe("s", "plain")
      await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 1000 })
      await tenant.bill("2025-02-01T00:00:00Z")
      const [first] = await tenant.invoices()
      await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.finalize(first!.invoice.id)))
      await tenant.ingest("calls", "2025-02-10T00:00:00Z", { count: 1000 })
      await tenant.bill("2025-03-01T00:00:00Z")
      await tenant.ingest("calls", "2025-01-11T00:00:00Z", { count: 1000 })
      await tenant.ingest("calls", "2025-03-10T00:00:00Z", { count: 1000 })
      await tenant.bill("2025-04-01T00:00:00Z")
      await tenant.finalizeDue("2025-07-01T00:00:00Z")
      expect(await fees(tenant)).toEqual([
        ["finalized", [["charge", 400n]]],
        [
          "finalized",
          [
            ["charge", 400n],
            ["late_usage", 400n]
          ]
        ],
        ["finalized", [["charge", 400n]]]
      ])
    })
  })

  it("of an ended subscription is billed by the next run, of one that was skipped never", async () => {
    const tenant = await open()
    for (const id of ["s", "t"]) await tenant.subscribe(id, "plain")
    await tenant.bill("2025-02-01T00:00:00Z")
    for (const [id, on_termination_action] of [
      ["s", "generate_invoice"],
      ["t", "skip"]
    ] as const) {
      tenant.at("2025-02-10T00:00:00Z")
      await tenant.run(Effect.flatMap(Subscriptions, (service) => service.terminate({ external_id: id }, { on_termination_action })))
    }
    for (const subscription of ["s", "t"]) {
      await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 1000, subscription })
      await tenant.ingest("calls", "2025-02-05T00:00:00Z", { count: 500, subscription })
      await tenant.ingest("calls", "2025-02-10T00:00:00Z", { count: 500, subscription })
    }
    expect(await tenant.bill("2025-02-11T00:00:00Z")).toMatchObject({ pieces: 2, invoices: 2, issued: 2 })
    expect(await fees(tenant)).toEqual([
      [
        "finalized",
        [
          ["late_usage", 400n],
          ["late_usage", 200n]
        ]
      ],
      ["finalized", [["late_usage", 400n]]]
    ])
    expect(await tenant.bill("2025-02-12T00:00:00Z")).toMatchObject({ pieces: 0 })
  })

  describe("an event that comes while its window is closed", () => {
    const bill = Effect.flatMap(Billing, (billing) => billing.billDue())
    const ingest = Effect.flatMap(Events, (events) =>
      events.ingest(
        ["a", "b", "c"].map((transaction_id) => {
          return { transaction_id, external_customer_id: "c", code: "calls", timestamp: "2025-01-31T23:59:59Z" }
        })
      )
    )

    /** Runs `second` while the transaction of `first` has done its work and is not committed; answers the counts of all fees. */
    const interleaved = async <A, B>(
      first: Effect.Effect<A, unknown, Services>,
      second: Effect.Effect<B, unknown, Services>
    ): Promise<ReadonlyArray<number>> => {
      const tenant = await open()
      await tenant.subscribe("s", "plain")
      tenant.at("2025-02-01T00:00:00Z")
      await tenant.run(
        Effect.gen(function* () {
          const { transaction } = yield* Transactor
          const done = yield* Deferred.make<void>()
          const open = transaction(Effect.zipRight(first, Effect.zipRight(Deferred.succeed(done, undefined), Effect.sleep("150 millis"))))
          yield* Effect.all([open, Effect.zipRight(Deferred.await(done), second)], { concurrency: "unbounded" })
        }) as Effect.Effect<void, unknown, never>
      )
      await tenant.bill("2025-03-01T00:00:00Z")
      return (await tenant.invoices()).flatMap(({ fees }) => fees.map((fee) => fee.events_count))
    }

    it("is in the window where it was first: who closes it waits", async () => {
      expect(await interleaved(ingest, bill)).toEqual([3])
    })

    it("is late where the closing was first: it waits, and is billed with the next", async () => {
      expect(await interleaved(bill, ingest)).toEqual([3])
    })
  })
})
