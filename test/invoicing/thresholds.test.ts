/** Usage thresholds on both engines: who has which, what crosses them, and that each crossing and invoice happens once. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Customers } from "../../src/accounts/index.js"
import { type CurrentOrganization, Transactor } from "../../src/core/index.js"
import { type CreateThresholdInput, UsageThresholds, type UsageThresholdsShape } from "../../src/invoicing/index.js"
import { Events } from "../../src/metering/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { Usage } from "../../src/usage/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const thresholds = <A, E>(tenant: Tenant, use: (service: UsageThresholdsShape) => Effect.Effect<A, E, CurrentOrganization>) =>
  tenant.run(Effect.flatMap(UsageThresholds, use))
const refused = <A, E>(tenant: Tenant, use: (service: UsageThresholdsShape) => Effect.Effect<A, E, CurrentOrganization>) =>
  tenant.fail(Effect.flatMap(UsageThresholds, use))

describeBilling("usage thresholds", (host) => {
  /** A subscription `s` from March 2026 on: 1.00 for each kWh, 2.00 for each of the seats that were last counted. */
  const open = async (options: Parameters<typeof host.tenant>[0] = {}) => {
    const tenant = await host.tenant(options)
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("kwh", { aggregation_type: "sum", field_name: "kwh" })
    await tenant.metric("seats", { aggregation_type: "latest", field_name: "seats", recurring: true })
    const charges = [
      { metric_code: "kwh", charge_model: "standard", properties: { amount: "1" } },
      { metric_code: "seats", charge_model: "standard", properties: { amount: "2" } }
    ] as const
    await tenant.plan({ code: "p", charges: [...charges] })
    await tenant.plan({ code: "up", amount_cents: "5000", charges: [...charges] })
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    const add = (input: Partial<CreateThresholdInput> = {}) =>
      thresholds(tenant, (service) => service.create({ plan_code: "p", amount_cents: "1000", ...input }))
    const use = (kwh: string, at = "2026-03-10T00:00:00Z", count = 1) => {
      tenant.at(at)
      return tenant.ingest("kwh", at, { properties: { kwh }, count })
    }
    const seats = (value: string, at: string) => {
      tenant.at(at)
      return tenant.ingest("seats", at, { properties: { seats: value } })
    }
    const crossed = async () => (await thresholds(tenant, (service) => service.crossings())).items
    const compared = async () => (await crossed()).map((crossing) => crossing.lifetime_usage_amount_cents)
    const totals = async () => (await tenant.invoices()).map(({ invoice }) => [invoice.invoice_type, invoice.status, invoice.total_cents])
    const healthy = async () => expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
    return { add, compared, crossed, healthy, seats, tenant, totals, use }
  }

  it("names what was reached on each line, and explains it", async () => {
    const { add, seats, tenant, use } = await open()
    await add({ threshold_display_name: "First ten" })
    await seats("1", "2026-03-02T00:00:00Z")
    await use("8")
    const [document] = await tenant.invoices()
    expect(document!.fees.map(({ description }) => description)).toEqual(["kwh – First ten", "seats – First ten"])
    expect(document!.fees[0]!.properties.thresholds_cents).toEqual(["1000"])
    expect(document!.invoice).toMatchObject({ invoice_type: "progressive_billing", invoice_number: "INV-0001", total_cents: 1000n })
  })

  it("shows in current usage what of it is billed already", async () => {
    const { add, seats, tenant, use } = await open()
    const usage = async () => {
      const { amount_cents, progressive_billed_cents } = await tenant.run(
        Effect.flatMap(Usage, (service) => service.current({ external_id: "s" }))
      )
      return [amount_cents, progressive_billed_cents]
    }
    await add()
    await seats("4", "2026-03-02T00:00:00Z")
    expect(await usage()).toEqual([800n, 0n])
    await use("3")
    expect(await usage()).toEqual([1100n, 1100n])
    await use("1")
    expect(await usage()).toEqual([1200n, 1100n])
    const preview = await tenant.preview("s")
    expect(preview).toMatchObject({ progressive_billing_credit_amount_cents: 1100n, total_cents: 100n })
  })

  it("crosses each once, however many batches at once reach it", async () => {
    const { add, compared, healthy, tenant, totals, use } = await open()
    await add()
    await add({ amount_cents: "2500" })
    tenant.at("2026-03-10T00:00:00Z")
    await Promise.all(Array.from({ length: 15 }, () => tenant.ingest("kwh", "2026-03-10T00:00:00Z", { properties: { kwh: "2" } })))
    expect(await compared()).toEqual([1000n, 2600n])
    expect(await totals()).toEqual([
      ["progressive_billing", "finalized", 1000n],
      ["progressive_billing", "finalized", 1600n]
    ])
    await use("1", "2026-03-20T00:00:00Z")
    await tenant.bill("2026-04-01T00:00:00Z")
    expect((await totals()).at(-1)).toEqual(["subscription", "finalized", 500n])
    await healthy()
  })

  it("takes back crossing and invoice where the batch is not stored after all", async () => {
    const { add, crossed, tenant, totals, use } = await open()
    await add()
    const event = {
      transaction_id: "x",
      external_customer_id: "c",
      code: "kwh",
      timestamp: "2026-03-10T00:00:00Z",
      properties: { kwh: "99" }
    }
    const undone = Effect.gen(function* () {
      const events = yield* Events
      const { transaction } = yield* Transactor
      yield* transaction(Effect.zipRight(events.ingest([event]), Effect.fail("undone")))
    })
    tenant.at("2026-03-10T00:00:00Z")
    expect(await tenant.fail(undone)).toBe("undone")
    expect([await crossed(), await totals()]).toEqual([[], []])
    await use("10")
    expect((await tenant.invoices())[0]!.invoice.invoice_number).toBe("INV-0001")
  })

  it("takes a subscription's own in place of its plan's, for as long as it has some", async () => {
    const { add, compared, tenant, use } = await open()
    await add()
    const own = await thresholds(tenant, (service) =>
      service.create({ external_subscription_id: "s", amount_cents: "3000", recurring: true })
    )
    await use("20")
    expect(await compared()).toEqual([])
    await use("10")
    expect(await compared()).toEqual([3000n])
    await thresholds(tenant, (service) => service.delete(own.id))
    await use("1", "2026-03-11T00:00:00Z")
    expect(await compared()).toEqual([3000n, 3100n])
  })

  it("retires what was crossed and deletes what was not; a retired one is crossed no more and may be made again", async () => {
    const { add, compared, tenant, use } = await open()
    const [once, never] = [await add({ recurring: true }), await add({ amount_cents: "90000" })]
    await use("12")
    for (const { id } of [once, never]) await thresholds(tenant, (service) => service.delete(id))
    expect(await thresholds(tenant, (service) => service.get(once.id))).toMatchObject({ retired_at: expect.anything() })
    expect(await refused(tenant, (service) => service.get(never.id))).toMatchObject({ _tag: "UsageThresholdNotFound", id: never.id })
    expect(await refused(tenant, (service) => service.delete(once.id))).toMatchObject({ _tag: "UsageThresholdNotFound" })
    await use("12", "2026-04-10T00:00:00Z")
    expect(await compared()).toEqual([1200n])
    await add({ recurring: true })
    await use("1", "2026-04-11T00:00:00Z")
    expect(await compared()).toEqual([1200n, 1300n])
    const listed = await thresholds(tenant, (service) => service.list({ plan_id: once.plan_id! }))
    expect(listed.items.map(({ retired_at }) => retired_at === null)).toEqual([false, true])
  })

  it("is listed by amount, page by page", async () => {
    const { add, tenant } = await open()
    for (const amount_cents of ["900", "10000", "1000"]) await add({ amount_cents })
    const amounts: Array<bigint> = []
    for (let after: string | null | undefined; after !== null; ) {
      const page: { items: ReadonlyArray<{ amount_cents: bigint }>; next: string | null } = await thresholds(tenant, (service) =>
        service.list({ limit: 1, after })
      )
      amounts.push(...page.items.map((threshold) => threshold.amount_cents))
      after = page.next
    }
    expect(amounts).toEqual([900n, 1000n, 10000n])
  })

  it("does not cross a recurring one again in its period because the customer's zone moved", async () => {
    const { add, compared, tenant, use } = await open()
    await add({ recurring: true })
    await use("12")
    await tenant.run(Effect.flatMap(Customers, (service) => service.update({ external_id: "c" }, { timezone: "America/Los_Angeles" })))
    await use("12", "2026-03-20T00:00:00Z")
    expect(await compared()).toEqual([1200n])
  })

  it("gives back at an upgrade what the new plan bills, and counts it for the life", async () => {
    const { add, compared, healthy, seats, tenant, totals, use } = await open()
    await add()
    await thresholds(tenant, (service) => service.create({ plan_code: "up", amount_cents: "3000" }))
    await seats("6", "2026-03-05T00:00:00Z")
    await use("9", "2026-03-06T00:00:00Z")
    expect(await totals()).toEqual([["progressive_billing", "finalized", 1200n]])
    tenant.at("2026-03-16T00:00:00Z")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: "s" }, { plan_code: "up" })))
    // Seats go on under the new plan: the old one's closing does not bill them.
    expect((await tenant.notes()).map(({ note }) => note.total_amount_cents)).toEqual([1200n])
    await use("9", "2026-03-20T00:00:00Z")
    expect(await compared()).toEqual([1200n, 3000n])
    await tenant.bill("2026-04-01T00:00:00Z")
    await healthy()
  })

  it("gives back at the closing what was paid for what is not used: discount and tax in proportion, of the latest first", async () => {
    const { add, healthy, seats, tenant } = await open()
    await tenant.tax("vat", "0.2")
    await tenant.coupon("quarter", { coupon_type: "percentage", percentage_rate: "25" })
    await tenant.applyCoupon("quarter")
    await add()
    await seats("8", "2026-03-05T00:00:00Z")
    const [ahead] = await tenant.invoices()
    expect(ahead!.invoice).toMatchObject({ subtotal_cents: 1600n, coupons_amount_cents: 400n, tax_amount_cents: 240n, total_cents: 1440n })
    await seats("5", "2026-03-20T00:00:00Z")
    await tenant.bill("2026-04-01T00:00:00Z")
    expect((await tenant.notes()).map(({ note }) => [note.sub_total_cents, note.taxes_amount_cents])).toEqual([[450n, 90n]])
    await healthy()
  })

  it("corrects late usage once, though a part of the window was billed ahead", async () => {
    const { add, healthy, tenant, totals, use, seats } = await open()
    await add()
    await seats("6", "2026-03-05T00:00:00Z")
    await tenant.bill("2026-04-01T00:00:00Z")
    await tenant.ingest("seats", "2026-03-20T00:00:00Z", { properties: { seats: "2" } })
    await use("1", "2026-04-10T00:00:00Z")
    await tenant.bill("2026-05-01T00:00:00Z")
    expect((await tenant.notes()).map(({ note }) => [note.total_amount_cents, note.balance_amount_cents])).toEqual([[800n, 300n]])
    expect(await totals()).toEqual([
      ["progressive_billing", "finalized", 1200n],
      ["subscription", "paid", 0n],
      // 400 for the seats that are left and 100, paid by the note over 800.
      ["subscription", "paid", 500n]
    ])
    await healthy()
  })

  it("asks the database the same number of times for any number of events, subscriptions and thresholds", async () => {
    const { add, tenant } = await open()
    await tenant.subscribe("t", "p", { started_at: "2026-03-01T00:00:00Z" })
    for (const amount_cents of ["100", "200", "300"]) await add({ amount_cents })
    let transactions = 0
    const asked = (subscriptions: ReadonlyArray<string>, count: number, kwh: string) =>
      tenant.run(
        Effect.gen(function* () {
          const events = yield* Events
          const batch = subscriptions.flatMap((external_subscription_id) =>
            Array.from({ length: count }, () => ({
              transaction_id: `n${++transactions}`,
              external_customer_id: "c",
              external_subscription_id,
              code: "kwh",
              timestamp: "2026-03-10T00:00:00Z",
              properties: { kwh }
            }))
          )
          const [, statements] = yield* countStatements(events.ingest(batch))
          return statements
        })
      )
    tenant.at("2026-03-10T00:00:00Z")
    await asked(["s"], 1, "0.5")
    const [one, many] = [await asked(["s"], 1, "0.6"), await asked(["t"], 40, "0.05")]
    expect(many).toBe(one)
    const both = [await asked(["s", "t"], 1, "0.1"), await asked(["s", "t"], 50, "0.001")]
    expect(both[1]).toBe(both[0])
    expect((await tenant.invoices()).length).toBe(2)
  })

  it("refuses what has no owner or two, another currency, and the same again", async () => {
    const { add, tenant } = await open()
    const wrong = (input: Partial<CreateThresholdInput>) => refused(tenant, (service) => service.create({ amount_cents: "1000", ...input }))
    expect(await wrong({})).toMatchObject({ _tag: "InvalidInput", field: "plan_code" })
    expect(await wrong({ plan_code: "p", external_subscription_id: "s" })).toMatchObject({ _tag: "InvalidInput", field: "plan_code" })
    for (const amount_cents of ["0", "-1", "1.5"]) {
      expect(await wrong({ plan_code: "p", amount_cents })).toMatchObject({ _tag: "InvalidInput", field: "amount_cents" })
    }
    expect(await wrong({ plan_code: "p", currency: "USD" })).toMatchObject({ _tag: "CurrencyMismatch", expected: "EUR", given: "USD" })
    expect(await wrong({ plan_code: "none" })).toMatchObject({ _tag: "PlanNotFound", id: "none" })
    expect(await wrong({ external_subscription_id: "none" })).toMatchObject({ _tag: "SubscriptionNotFound", id: "none" })
    await add()
    await add({ recurring: true })
    expect(await wrong({ plan_code: "p" })).toMatchObject({ _tag: "InvalidInput", field: "amount_cents" })
    expect(await refused(tenant, (service) => service.check({ external_id: "none" }))).toMatchObject({ _tag: "SubscriptionNotFound" })
  })

  it("is nobody else's", async () => {
    const { add } = await open()
    const { id } = await add()
    const other = await host.tenant()
    expect(await refused(other, (service) => service.get(id))).toMatchObject({ _tag: "UsageThresholdNotFound", id })
    expect(await refused(other, (service) => service.delete(id))).toMatchObject({ _tag: "UsageThresholdNotFound", id })
    expect((await thresholds(other, (service) => service.list())).items).toEqual([])
  })
})
