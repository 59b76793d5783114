/** Entitlements over both engines: definitions, guards, checks against live usage, and how fresh a check is. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Plans } from "../../src/catalog/index.js"
import { Transactor } from "../../src/core/index.js"
import {
  type CheckEntitlementInput,
  type CreateEntitlementInput,
  Entitlements,
  Features,
  type FeatureType
} from "../../src/entitlements/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const feature = (tenant: Tenant, code: string, feature_type: FeatureType) =>
  tenant.run(Effect.flatMap(Features, (features) => features.create({ code, name: code, feature_type })))
const entitle = (tenant: Tenant, plan_code: string, feature_code: string, value: CreateEntitlementInput["value"], limit_type?: "hard") =>
  tenant.run(
    Effect.flatMap(Entitlements, (entitlements) =>
      entitlements.create({ plan_code, feature_code, value, ...(limit_type === undefined ? {} : { limit_type }) })
    )
  )
const checking = (feature_code: string, input: Omit<CheckEntitlementInput, "feature_code"> = { external_customer_id: "c" }) =>
  Effect.flatMap(Entitlements, (entitlements) => entitlements.check({ feature_code, ...input }))
const check = (tenant: Tenant, feature_code: string, input?: Omit<CheckEntitlementInput, "feature_code">) =>
  tenant.run(checking(feature_code, input))
const command = (tenant: Tenant, name: "pause" | "resume" | "cancel" | "terminate", external_id: string) =>
  tenant.run(Effect.asVoid(Effect.flatMap(Subscriptions, (service) => service[name]({ external_id }) as Effect.Effect<unknown>)))

describeBilling("entitlements", (host) => {
  const open = async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    for (const code of ["basic", "pro"]) await tenant.plan({ code, amount_cents: "100" })
    return tenant
  }

  it("a feature's code is unique, its type fixed, and it is not deleted while a plan grants it", async () => {
    const tenant = await open()
    const made = await feature(tenant, "sso", "boolean")
    const service = <A, E, R>(use: (features: typeof Features.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Features, use)
    expect(await tenant.run(service((features) => features.get({ code: "sso" })))).toEqual(made)
    const again = service((features) => features.create({ code: "sso", name: "x", feature_type: "custom" }))
    expect(await tenant.fail(again)).toMatchObject({ _tag: "CodeTaken", entity: "feature", code: "sso" })
    const typed = service((features) => features.update({ code: "sso" }, { feature_type: "custom" }))
    expect(await tenant.fail(typed)).toMatchObject({ _tag: "Immutable", field: "feature_type" })
    expect(await tenant.run(service((features) => features.update({ code: "sso" }, { name: "SSO" })))).toMatchObject({ name: "SSO" })

    const { id } = await entitle(tenant, "basic", "sso", true)
    await entitle(tenant, "pro", "sso", true)
    expect(await tenant.run(service((features) => features.planCounts()))).toMatchObject([{ code: "sso", plans: 2 }])
    const remove = service((features) => features.delete({ code: "sso" }))
    expect(await tenant.fail(remove)).toMatchObject({ _tag: "StillReferenced", by: "entitlements", count: 2 })
    await tenant.run(Effect.flatMap(Entitlements, (entitlements) => entitlements.delete(id)))
    // An unused plan takes what it grants with it.
    await tenant.run(Effect.flatMap(Plans, (plans) => plans.delete({ code: "pro" })))
    await tenant.run(remove)
    expect(await tenant.fail(remove)).toMatchObject({ _tag: "FeatureNotFound", id: "sso" })
    expect(await tenant.violations()).toEqual([])
  })

  it("a plan has one entitlement of a feature, of its type, copied where the target has none", async () => {
    const tenant = await open()
    await feature(tenant, "sso", "boolean")
    await feature(tenant, "seats", "quantity")
    const made = await entitle(tenant, "basic", "seats", "010", "hard")
    expect(made).toMatchObject({ value: "10", limit_type: "hard", feature_code: "seats", feature_type: "quantity" })
    const fails = (input: CreateEntitlementInput) => tenant.fail(Effect.flatMap(Entitlements, (service) => service.create(input)))
    const seats = { plan_code: "basic", feature_code: "seats", value: "5" }
    expect(await fails(seats)).toMatchObject({ _tag: "EntitlementExists", plan_id: made.plan_id, feature_id: made.feature_id })
    expect(await fails({ ...seats, plan_code: "none" })).toMatchObject({ _tag: "PlanNotFound", id: "none" })
    expect(await fails({ ...seats, feature_code: "none" })).toMatchObject({ _tag: "FeatureNotFound", id: "none" })
    expect(await fails({ ...seats, plan_code: "pro", value: "many" })).toMatchObject({ _tag: "InvalidInput", field: "value" })
    const hard = { plan_code: "pro", feature_code: "sso", value: true, limit_type: "hard" } as const
    expect(await fails(hard)).toMatchObject({ _tag: "InvalidInput", field: "limit_type" })

    await entitle(tenant, "basic", "sso", true)
    await entitle(tenant, "pro", "sso", false)
    const copy = (from_plan_code: string, to_plan_code: string) =>
      Effect.flatMap(Entitlements, (service) => service.copy({ from_plan_code, to_plan_code }))
    expect(await tenant.run(copy("basic", "pro"))).toEqual({ copied: 1, skipped: 1 })
    expect(await tenant.run(copy("basic", "pro"))).toEqual({ copied: 0, skipped: 2 })
    expect(await tenant.fail(copy("pro", "pro"))).toMatchObject({ _tag: "SamePlan" })
    const ofPlan = Effect.flatMap(Entitlements, (service) => service.ofPlan({ code: "pro" }))
    expect((await tenant.run(ofPlan)).map((one) => [one.feature_code, one.value, one.limit_type])).toEqual([
      ["seats", "10", "hard"],
      ["sso", "false", "soft"]
    ])
    await tenant.subscribe("s", "pro")
    const ofSubscription = Effect.flatMap(Entitlements, (service) => service.ofSubscription({ external_id: "s" }))
    expect(await tenant.run(ofSubscription)).toEqual(await tenant.run(ofPlan))
    const unknown = Effect.flatMap(Entitlements, (service) => service.ofSubscription({ external_id: "t" }))
    expect(await tenant.fail(unknown)).toMatchObject({ _tag: "SubscriptionNotFound", id: "t" })

    const update = Effect.flatMap(Entitlements, (service) => service.update(made.id, { value: "unlimited", limit_type: "soft" }))
    expect(await tenant.run(update)).toMatchObject({ value: "unlimited", limit_type: "soft" })
    const other = await host.tenant()
    expect(await other.fail(update)).toMatchObject({ _tag: "EntitlementNotFound", id: made.id })
    const list = Effect.flatMap(Entitlements, (service) => service.list({ plan_id: made.plan_id, order_by: "created_at:asc" }))
    expect((await tenant.run(list)).items.map(({ value }) => value)).toEqual(["unlimited", "true"])
    expect((await other.run(list)).items).toEqual([])
  })

  it("access follows the life of the subscription, and says why", async () => {
    const tenant = await open()
    await feature(tenant, "sso", "boolean")
    const answer = async () => {
      const { has_access, reason, value } = await check(tenant, "sso")
      return [has_access, value, reason]
    }
    expect(await answer()).toEqual([false, null, "customer c has no subscription"])
    await tenant.subscribe("s", "pro")
    expect(await answer()).toEqual([false, null, "no plan that is running has sso: pro"])
    await entitle(tenant, "pro", "sso", "1")
    expect(await answer()).toEqual([true, "true", 'plan pro of subscription s gives "true"'])
    await command(tenant, "pause", "s")
    expect(await answer()).toEqual([false, null, "no subscription is running: s is paused"])
    await command(tenant, "resume", "s")
    await command(tenant, "cancel", "s")
    const canceled = await check(tenant, "sso", { external_subscription_id: "s" })
    expect(canceled).toMatchObject({ has_access: true, would_deny: ["the end of subscription s at 2025-02-01T00:00:00.000Z"] })
    // The run that ends it is late; the subscription is over all the same.
    tenant.at("2025-02-01T00:00:00Z")
    expect((await check(tenant, "sso", { external_subscription_id: "s" })).has_access).toBe(false)
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await answer()).toEqual([false, null, "customer c has no subscription"])
    await tenant.subscribe("later", "pro", { started_at: "2025-03-01T00:00:00Z" })
    expect(await answer()).toEqual([false, null, "no subscription is running: later is pending"])

    expect(await tenant.fail(checking("none"))).toMatchObject({ _tag: "FeatureNotFound", id: "none" })
    expect(await tenant.fail(checking("sso", { external_customer_id: "x" }))).toMatchObject({ _tag: "CustomerNotFound", id: "x" })
    expect(await tenant.fail(checking("sso", { subscription_id: "x" }))).toMatchObject({ _tag: "SubscriptionNotFound", id: "x" })
    expect(await tenant.fail(checking("sso", {}))).toMatchObject({ _tag: "InvalidInput" })
    const two = { external_customer_id: "c", external_subscription_id: "s" }
    expect(await tenant.fail(checking("sso", two))).toMatchObject({ _tag: "InvalidInput" })
  })

  it("of several subscriptions one that grants is enough; the largest quantity and the oldest text count", async () => {
    const tenant = await open()
    for (const [code, type] of [
      ["sso", "boolean"],
      ["seats", "quantity"],
      ["support", "custom"]
    ] as const)
      await feature(tenant, code, type)
    await entitle(tenant, "basic", "sso", false)
    await entitle(tenant, "pro", "sso", true)
    await entitle(tenant, "basic", "seats", "5")
    await entitle(tenant, "pro", "seats", "50")
    await entitle(tenant, "basic", "support", "mail")
    await entitle(tenant, "pro", "support", "phone")
    await tenant.subscribe("a", "basic")
    await tenant.subscribe("b", "pro")
    expect(await check(tenant, "sso")).toMatchObject({ has_access: true, value: "true", external_subscription_id: "b" })
    // No metric is called so: only the limit is known.
    const seats = { has_access: true, value: "50", limit: "50", used: null, remaining: null, exceeded: null, plan_code: "pro" }
    expect(await check(tenant, "seats")).toMatchObject(seats)
    expect(await check(tenant, "support")).toMatchObject({ has_access: true, value: "mail", external_subscription_id: "a" })
    expect(await check(tenant, "sso", { external_subscription_id: "a" })).toMatchObject({ has_access: false, value: "false" })
    expect((await check(tenant, "seats")).grants.map((grant) => grant.value)).toEqual(["5", "50"])
  })

  it("a quantity is held against the usage of the running period: a soft limit tells, a hard one denies", async () => {
    const tenant = await open()
    await tenant.metric("calls", { aggregation_type: "sum", field_name: "n" })
    for (const code of ["calls"]) await feature(tenant, code, "quantity")
    await tenant.plan({
      code: "soft",
      amount_cents: "0",
      charges: [{ metric_code: "calls", charge_model: "standard", properties: { amount: "1" } }]
    })
    // A plan that does not price the metric limits it all the same.
    await tenant.plan({ code: "hard", amount_cents: "0" })
    await entitle(tenant, "soft", "calls", "10.5")
    await entitle(tenant, "hard", "calls", "10", "hard")
    await tenant.subscribe("s", "soft")
    await tenant.customer({ external_id: "d", name: "D" })
    await tenant.subscribe("h", "hard", { external_customer_id: "d" })
    tenant.at("2025-01-10T00:00:00Z")
    const use = (n: string, subscription: string) => tenant.ingest("calls", "2025-01-09T00:00:00Z", { properties: { n }, subscription })
    const period = { period_start: expect.anything(), period_end: expect.anything() }
    const of = (customer: string, units?: string) =>
      check(tenant, "calls", { external_customer_id: customer, ...(units === undefined ? {} : { units }) })

    expect(await of("c")).toMatchObject({ has_access: true, limit: "10.5", used: "0", remaining: "10.5", exceeded: false, ...period })
    await use("10.5", "s")
    expect(await of("c")).toMatchObject({ has_access: true, used: "10.5", remaining: "0", exceeded: false })
    await use("0.25", "s")
    expect(await of("c")).toMatchObject({ has_access: true, used: "10.75", remaining: "0", exceeded: true, limit_type: "soft" })

    await use("8", "h")
    expect(await of("d")).toMatchObject({ has_access: true, used: "8", remaining: "2", exceeded: false })
    expect((await of("d")).would_deny).toEqual(["using more than 2 more before 2025-02-01T00:00:00.000Z, the hard limit of subscription h"])
    expect(await of("d", "2")).toMatchObject({ has_access: true })
    const beyond = "plan hard of subscription h gives 10 (hard limit), 8 are used: 2 are left, 2.5 are wanted"
    expect(await of("d", "2.5")).toMatchObject({ has_access: false, reason: beyond, would_deny: [] })
    await use("2", "h")
    const reached = "plan hard of subscription h gives 10 (hard limit), 10 are used: nothing is left"
    expect(await of("d")).toMatchObject({ has_access: false, exceeded: false, remaining: "0", reason: reached })
    // The next period begins anew, however late the billing run is.
    tenant.at("2025-02-02T00:00:00Z")
    expect(await of("d")).toMatchObject({ has_access: true, used: "0", remaining: "10" })
  })

  it("one statement answers where no usage is asked, none what was just read; a commit of this process is seen at once", async () => {
    const tenant = await open()
    await feature(tenant, "sso", "boolean")
    const granted = await entitle(tenant, "pro", "sso", true)
    await tenant.subscribe("s", "pro")
    const [first, cold, warm, after, aside] = await tenant.run(
      Effect.gen(function* () {
        const entitlements = yield* Entitlements
        const ask = entitlements.check({ feature_code: "sso", external_customer_id: "c" })
        const [first, cold] = yield* countStatements(ask)
        const [, warm] = yield* countStatements(ask)
        yield* entitlements.update(granted.id, { value: false })
        const after = yield* ask
        // Inside a transaction nothing is kept: what it reads may be undone.
        const aside = yield* (yield* Transactor)
          .transaction(
            Effect.gen(function* () {
              yield* entitlements.update(granted.id, { value: true })
              const inside = yield* ask
              return yield* Effect.fail(inside.has_access)
            })
          )
          .pipe(Effect.catchAll((inside) => Effect.map(ask, ({ has_access }) => ({ inside, has_access }))))
        return [first, cold, warm, after, aside] as const
      })
    )
    expect(first.has_access).toBe(true)
    expect([cold, warm]).toEqual([1, 0])
    expect(after.has_access).toBe(false)
    expect(aside).toEqual({ inside: true, has_access: false })
  })

  it("a check takes as many statements for many subscriptions as for two, one less once a feature is known to be counted", async () => {
    const tenant = await open()
    await tenant.metric("calls", { aggregation_type: "count" })
    await feature(tenant, "calls", "quantity")
    await entitle(tenant, "pro", "calls", "10", "hard")
    const statements = () => tenant.run(Effect.map(countStatements(checking("calls")), ([, count]) => count))
    await tenant.subscribe("a", "pro")
    const unknown = await statements()
    await tenant.subscribe("b", "pro")
    const two = await statements()
    expect(two).toBe(unknown - 1)
    for (const external_id of ["d", "e", "f"]) await tenant.subscribe(external_id, "pro")
    expect(await statements()).toBe(two)
  })

  it("what another process commits is seen within a second", async () => {
    const tenant = await open()
    await feature(tenant, "sso", "boolean")
    await entitle(tenant, "pro", "sso", true)
    await tenant.subscribe("s", "pro")
    tenant.at("2025-01-10T00:00:00.000Z")
    const seen = await tenant.run(
      Effect.gen(function* () {
        const ask = checking("sso")
        const before = (yield* ask).has_access
        // A statement of its own, as another process would commit it.
        yield* (yield* SqlClient.SqlClient)`UPDATE entitlements SET value = 'false' WHERE organization_id = ${tenant.organization}`
        tenant.at("2025-01-10T00:00:00.999Z")
        const meanwhile = (yield* ask).has_access
        tenant.at("2025-01-10T00:00:01.000Z")
        return [before, meanwhile, (yield* ask).has_access]
      })
    )
    expect(seen).toEqual([true, true, false])
  })

  it("the doctor names a value that is none of its type", async () => {
    const tenant = await open()
    await feature(tenant, "seats", "quantity")
    const { id } = await entitle(tenant, "pro", "seats", "5")
    await tenant.run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`UPDATE entitlements SET value = 'many' WHERE organization_id = ${tenant.organization}`
      )
    )
    expect(await tenant.violations()).toEqual([{ code: "M9", table: "entitlements", id, reason: "value is many, of a quantity feature" }])
  })
})
