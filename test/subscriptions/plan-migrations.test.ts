/** Running subscriptions move to their plan's current version with their next period, on both engines (S8). */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { type MigratePlanInput, Plans } from "../../src/catalog/index.js"
import { Doctor } from "../../src/operations/index.js"
import { type CreateSubscriptionInput, Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const migrate = (tenant: Tenant, input: MigratePlanInput = {}) =>
  tenant.run(Effect.flatMap(Plans, (plans) => plans.migrate({ code: "p" }, input)))

const subscription = (tenant: Tenant, external_id: string) =>
  tenant.run(Effect.flatMap(Subscriptions, (service) => service.get({ external_id })))

describeBilling("plans.migrate", (host) => {
  /** A plan at 1000 with calls at 1, and subscriptions of it since the 1st of March; then it costs 2000, and calls 3. */
  const open = async (subscriptions: Readonly<Record<string, Partial<CreateSubscriptionInput>>>) => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    const charge = { metric_code: "calls", charge_model: "standard", properties: { amount: "1" } } as const
    const plan = await tenant.plan({ code: "p", amount_cents: "1000", charges: [charge] })
    const ids: Record<string, string> = {}
    for (const [external_id, input] of Object.entries(subscriptions))
      ids[external_id] = (await tenant.subscribe(external_id, "p", input)).id
    tenant.at("2026-03-10T00:00:00Z")
    const change = { amount_cents: "2000", charges: [{ id: plan.charges[0]!.id, ...charge, properties: { amount: "3" } }] }
    await tenant.run(Effect.flatMap(Plans, (plans) => plans.update({ code: "p" }, change)))
    return { tenant, ids }
  }

  const feesOf = async (tenant: Tenant, subscription_id: string | undefined) =>
    (await tenant.invoices())
      .filter(({ invoice }) => invoice.subscription_id === subscription_id)
      .map(({ fees }) => fees.map((fee) => fee.amount_cents))

  it("bills the running period by the version that it began with, and the next one by the new", async () => {
    const { ids, tenant } = await open({ arrears: {}, advance: { pay_in_advance: true } })
    for (const name of ["arrears", "advance"]) await tenant.ingest("calls", "2026-03-20T00:00:00Z", { subscription: name })
    const { failed, items, succeeded } = await migrate(tenant)
    expect({ failed, succeeded }).toEqual({ failed: 0, succeeded: 2 })
    for (const item of items) {
      expect(item).toMatchObject({ ok: true, from_version: 1, to_version: 2 })
      expect(item.ok && item.effective_at?.toJSON()).toBe("2026-04-01T00:00:00.000Z")
    }
    expect(await subscription(tenant, "arrears")).toMatchObject({ plan_version: 1, migrates_to_version: 2, previous_plan_id: null })
    await tenant.bill("2026-04-01T00:00:00Z")
    for (const name of ["arrears", "advance"]) await tenant.ingest("calls", "2026-04-20T00:00:00Z", { subscription: name })
    await tenant.bill("2026-05-01T00:00:00Z")
    expect(await subscription(tenant, "arrears")).toMatchObject({ plan_version: 2, migrates_to_version: null })
    expect(await feesOf(tenant, ids.arrears)).toEqual([
      [1000n, 100n],
      [2000n, 300n]
    ])
    // In advance the base fee is the next period's.
    expect(await feesOf(tenant, ids.advance)).toEqual([[1000n], [2000n, 100n], [2000n, 300n]])
    expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })

  it("moves what has not started at once", async () => {
    const { ids, tenant } = await open({ later: { started_at: "2026-04-01T00:00:00Z" } })
    expect((await migrate(tenant)).items).toMatchObject([{ id: ids.later, ok: true, from_version: 1, to_version: 2 }])
    expect(await subscription(tenant, "later")).toMatchObject({ plan_version: 2, migrates_to_version: null })
  })

  it("answers for each that is named, and one that fails stops none", async () => {
    const { ids, tenant } = await open({ a: {}, over: {}, elsewhere: {} })
    await tenant.plan({ code: "q" })
    const other = (await tenant.subscribe("other", "q")).id
    const foreign = (await open({ s: {} })).ids.s!
    tenant.at("2026-03-11T00:00:00Z")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.terminate({ external_id: "over" })))
    const { failed, items, succeeded } = await migrate(tenant, {
      subscription_ids: [other, ids.a!, "nonsense", ids.over!, foreign, ids.a!]
    })
    expect({ failed, succeeded }).toEqual({ failed: 4, succeeded: 1 })
    expect(items).toMatchObject([
      { id: other, ok: false, error: { _tag: "SubscriptionNotFound" } },
      { id: ids.a, ok: true },
      { id: "nonsense", ok: false, error: { _tag: "SubscriptionNotFound" } },
      { id: ids.over, ok: false, error: { _tag: "InvalidTransition", action: "migrate" } },
      { id: foreign, ok: false, error: { _tag: "SubscriptionNotFound" } }
    ])
    expect((await subscription(tenant, "elsewhere")).migrates_to_version).toBeNull()
    // All the rest: those that have it coming, or are over, are not asked again.
    expect((await migrate(tenant)).items.map(({ id }) => id)).toEqual([ids.elsewhere])
    expect((await migrate(tenant)).items).toEqual([])
    expect((await migrate(tenant, { subscription_ids: [ids.a!] })).items).toMatchObject([{ ok: true, from_version: 1, to_version: 2 }])
  })

  it("refuses an empty list, a long one, and an unknown plan", async () => {
    const { tenant } = await open({})
    for (const subscription_ids of [[], Array.from({ length: 101 }, (_, n) => String(n))]) {
      const migration = Effect.flatMap(Plans, (plans) => plans.migrate({ code: "p" }, { subscription_ids }))
      expect(await tenant.fail(migration)).toMatchObject({ _tag: "InvalidInput", field: "subscription_ids" })
    }
    expect(await tenant.fail(Effect.flatMap(Plans, (plans) => plans.migrate({ code: "x" })))).toMatchObject({ _tag: "PlanNotFound" })
  })

  it("bills what was due before by the version that it was due under", async () => {
    const { ids, tenant } = await open({ s: {} })
    tenant.at("2026-05-10T00:00:00Z")
    const { items } = await migrate(tenant)
    expect(items).toMatchObject([{ ok: true, from_version: 1, to_version: 2 }])
    expect(items[0]!.ok && items[0]!.effective_at?.toJSON()).toBe("2026-06-01T00:00:00.000Z")
    expect(await feesOf(tenant, ids.s)).toEqual([[1000n], [1000n]])
    await tenant.bill("2026-07-01T00:00:00Z")
    expect(await feesOf(tenant, ids.s)).toEqual([[1000n], [1000n], [1000n], [2000n]])
  })

  it("changes nothing for one that ends first, and leaves a downgrade its target", async () => {
    const { tenant } = await open({ ends: {}, down: {} })
    await tenant.plan({ code: "small", amount_cents: "10" })
    await tenant.run(
      Effect.gen(function* () {
        const subscriptions = yield* Subscriptions
        yield* subscriptions.cancel({ external_id: "ends" })
        yield* subscriptions.changePlan({ external_id: "down" }, { plan_code: "small" })
      })
    )
    const { items } = await migrate(tenant)
    expect(items.map((item) => item.ok && (item.effective_at?.toJSON() ?? null))).toContain(null)
    // Calling the downgrade off leaves the migration.
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.cancelPlanChange({ external_id: "down" })))
    await tenant.bill("2026-04-01T00:00:00Z")
    expect(await subscription(tenant, "down")).toMatchObject({ plan_version: 2, migrates_to_version: null })
    expect(await subscription(tenant, "ends")).toMatchObject({ status: "terminated", plan_version: 1, migrates_to_version: null })
  })

  it("takes no more statements for more subscriptions", async () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`s${n}`, {}]))
    const counts = []
    for (const count of [2, 20]) {
      const { tenant } = await open(many(count))
      const [{ succeeded }, statements] = await tenant.run(countStatements(Effect.flatMap(Plans, (plans) => plans.migrate({ code: "p" }))))
      expect(succeeded).toBe(count)
      counts.push(statements)
    }
    expect(counts[0]).toEqual(counts[1])
  })
})
