import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { type CreatePlanInput, type FullPlan, Plans, PlanTerms, type UpdatePlanInput } from "../../src/catalog/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { catalogLayer, makeMetric } from "../support/catalog.js"
import { describeEngines } from "../support/describe-engines.js"

const graduated = {
  charge_model: "graduated",
  properties: {
    graduated_ranges: [
      { from_value: "0", to_value: "100", per_unit_amount: "1.95", flat_amount: "5" },
      { from_value: "101", to_value: null, per_unit_amount: "0.000000000000001", flat_amount: "0" }
    ]
  }
} as const

describeEngines("plans", (engine) => {
  const plans = <A, E, R>(use: (service: typeof Plans.Service) => Effect.Effect<A, E, R>) =>
    Effect.flatMap(Plans, use).pipe(Effect.provide(catalogLayer))
  const terms = (plan: FullPlan, versions: ReadonlyArray<number>) =>
    Effect.flatMap(PlanTerms, (service) => service.load(versions.map((version) => ({ plan_id: plan.id, version })))).pipe(
      Effect.provide(catalogLayer),
      Effect.map((of) => versions.map((version) => of({ plan_id: plan.id, version })))
    )
  const get = (plan: FullPlan) => plans((service) => service.get({ id: plan.id }))
  const update = (plan: FullPlan, input: UpdatePlanInput) => plans((service) => service.update({ id: plan.id }, input))

  /** A tenant with the metrics `energy` (filters region, kind) and `sessions`. */
  const tenant = async () => {
    const organization = await engine.newOrganization()
    const here = Effect.provideService(CurrentOrganization, organization)
    await engine.run(makeMetric("energy", { region: ["eu", "us", "[odd]"], kind: ["ac", "dc"] }).pipe(here))
    await engine.run(makeMetric("sessions").pipe(here))
    const subscribe = (plan: FullPlan) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const at = "2025-01-01T00:00:00.000Z"
        const id = "01890000-0000-7000-8000-00000000c001"
        yield* sql`INSERT INTO customers (id, organization_id, external_id, name, currency, timezone, billing_metadata,
          apply_credit_notes_automatically, created_at, updated_at)
          VALUES (${id}, ${organization}, 'c', 'c', 'EUR', 'UTC', '{}', ${sql.literal("1 = 1")}, ${at}, ${at})`
        yield* sql`INSERT INTO subscriptions (id, organization_id, external_id, customer_id, plan_id, plan_version, status, billing_time,
          pay_in_advance, trial_period_days, subscription_at, anchor_date, on_termination_action, starts_at, created_at, updated_at)
          VALUES (${id}, ${organization}, 's', ${id}, ${plan.id}, ${plan.version}, 'pending', 'calendar', ${sql.literal("1 = 0")}, 0,
            ${at}, '2025-01-01', 'skip', ${at}, ${at}, ${at})`
      }).pipe(here, engine.run)
    const rows = (table: string, columns: string) =>
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`SELECT ${sql.literal(columns)} FROM ${sql.literal(table)} WHERE organization_id = ${organization} ORDER BY id`
      ).pipe(here, engine.run)
    return {
      here,
      subscribe,
      rows,
      run: <A, E>(effect: Effect.Effect<A, E, any>) => engine.run(effect.pipe(here) as never) as Promise<A>,
      fail: <A, E>(effect: Effect.Effect<A, E, any>) => engine.fail(effect.pipe(here) as never) as Promise<E>
    }
  }

  const full: CreatePlanInput = {
    code: "full",
    name: "Full",
    interval: "semiannual",
    amount_cents: "4900",
    currency: "NOK",
    trial_period_days: 14,
    charges: [
      {
        metric_code: "energy",
        ...graduated,
        min_amount_cents: 1000n,
        invoice_display_name: "Energy used",
        filters: [
          {
            values: { region: "eu" },
            properties: { graduated_ranges: [{ from_value: "0", to_value: null, per_unit_amount: "2", flat_amount: "0" }] }
          },
          { values: { region: ["us", "[odd]"], kind: ["*"] }, invoice_display_name: "Abroad" },
          { values: { region: "[odd]" } }
        ]
      },
      {
        metric_code: "sessions",
        charge_model: "package",
        properties: { amount: "5.00", package_size: "10", free_units: "0" },
        pay_in_advance: true,
        invoiceable: false
      }
    ],
    commitment: { amount_cents: 5000n, counts: "charges", invoice_display_name: "Minimum" }
  }

  it("a plan is made with its charges, their filters and its commitment, and read as it was made", async () => {
    const { run } = await tenant()
    const plan = await run(plans((service) => service.create(full)))
    expect(plan).toMatchObject({ interval: "semiannual", amount_cents: 4900n, currency: "NOK", trial_period_days: 14, version: 1 })
    expect(
      plan.charges.map((charge) => [
        charge.position,
        charge.charge_model,
        charge.min_amount_cents,
        charge.pay_in_advance,
        charge.invoiceable
      ])
    ).toEqual([
      [0, "graduated", 1000n, false, true],
      [1, "package", 0n, true, false]
    ])
    expect(plan.charges[0]!.filters.map((filter) => filter.values)).toEqual([
      { region: ["eu"] },
      { region: ["us", "[odd]"], kind: ["*"] },
      { region: ["[odd]"] }
    ])
    expect(plan.commitment).toMatchObject({ amount_cents: 5000n, counts: "charges", invoice_display_name: "Minimum" })
    expect(await run(get(plan))).toEqual(plan)
    const [version] = await run(terms(plan, [1]))
    expect(version!.charges.map(({ charge }) => charge)).toEqual(plan.charges)
    expect(version!.charges.map(({ metric }) => metric.code)).toEqual(["energy", "sessions"])
    expect(version).toMatchObject({ amount_cents: 4900n, commitment: plan.commitment })
  })

  it("a plan that names nothing more is free of charge, in the organization's currency, without trial", async () => {
    const { run } = await tenant()
    const plan = await run(plans((service) => service.create({ code: "p", name: "P", interval: "monthly" })))
    expect(plan).toMatchObject({ amount_cents: 0n, currency: "EUR", trial_period_days: 0, charges: [], commitment: null })
  })

  it.each([
    [
      { charge_model: "standard", properties: {} },
      { _tag: "InvalidChargeProperties", charge: 1, path: "properties.amount" }
    ],
    [
      { charge_model: "standard", properties: { amount: 1 } },
      { _tag: "InvalidChargeProperties", charge: 1, path: "properties.amount" }
    ],
    [
      { charge_model: "flat", properties: {} },
      { _tag: "InvalidChargeProperties", charge: 1, path: "charge_model" }
    ],
    [
      { charge_model: "standard", properties: { amount: "1" }, filters: [{ values: { region: "mars" } }] },
      { _tag: "InvalidChargeProperties", charge: 1, path: "filters[0].values.region" }
    ],
    [
      {
        charge_model: "standard",
        properties: { amount: "1" },
        filters: [{ values: { region: "eu" } }, { values: { region: ["eu", "us"] } }]
      },
      { _tag: "InvalidChargeProperties", charge: 1, path: "filters[1].values" }
    ],
    [
      { metric_code: "none", charge_model: "standard", properties: { amount: "1" } },
      { _tag: "MetricNotFound", code: "none" }
    ],
    [
      { metric_code: "energy", billable_metric_id: "x", charge_model: "standard", properties: { amount: "1" } },
      { _tag: "InvalidInput", field: "charges[1]" }
    ],
    [{ id: "01890000-0000-7000-8000-00000000ffff" }, { _tag: "ChargeNotFound" }],
    [
      { charge_model: "standard", properties: { amount: "1" }, colour: "red" },
      { _tag: "InvalidInput", field: "charges[1].colour" }
    ]
  ])("nothing is written where one charge is wrong: %j", async (charge, error) => {
    const { fail, rows, run } = await tenant()
    const wrong = { ...full, code: "wrong", charges: [full.charges![1]!, { metric_code: "energy", ...charge }] } as CreatePlanInput
    expect(await fail(plans((service) => service.create(wrong)))).toMatchObject(error)
    expect(await rows("charges", "id")).toEqual([])
    expect(await rows("plans", "id")).toEqual([])
    await run(plans((service) => service.create({ ...full, code: "wrong" })))
  })

  it("a code is taken within the organization only", async () => {
    const [one, other] = [await tenant(), await tenant()]
    await one.run(plans((service) => service.create(full)))
    await other.run(plans((service) => service.create(full)))
    expect(await one.fail(plans((service) => service.create(full)))).toMatchObject({ _tag: "CodeTaken", code: "full" })
  })

  it.each([
    [{ amount_cents: -1n }, "amount_cents"],
    [{ amount_cents: 1.5 }, "amount_cents"],
    [{ amount_cents: "1.5" }, "amount_cents"],
    [{ interval: "daily" }, "interval"],
    [{ trial_period_days: -1 }, "trial_period_days"],
    [{ commitment: { amount_cents: 1 } }, "commitment.amount_cents"]
  ])("input that breaks a rule is refused with its field: %o", async (input, field) => {
    const { fail } = await tenant()
    expect(await fail(plans((service) => service.create({ code: "x", name: "X", interval: "monthly", ...input } as never)))).toMatchObject({
      _tag: "InvalidInput",
      field
    })
  })

  it("a change of anything that is billed makes a new version; what was before stays readable", async () => {
    const { run } = await tenant()
    const before = await run(plans((service) => service.create(full)))
    const dearer = await run(update(before, { amount_cents: 5900n }))
    expect(dearer).toMatchObject({ version: 2, amount_cents: 5900n })
    expect(dearer.charges.map((charge) => charge.id)).toEqual(before.charges.map((charge) => charge.id))
    const [first, second] = await run(terms(before, [1, 2]))
    expect([first!.amount_cents, second!.amount_cents]).toEqual([4900n, 5900n])
    expect(first!.charges.map(({ charge }) => charge)).toEqual(before.charges)
  })

  it("a change of names, or none at all, makes no new version", async () => {
    const { run } = await tenant()
    const before = await run(plans((service) => service.create(full)))
    const renamed = await run(update(before, { name: "Renamed", description: "d", amount_cents: 4900n }))
    expect(renamed).toMatchObject({ version: 1, name: "Renamed" })
    const same = await run(update(before, { charges: before.charges.map(({ id }) => ({ id })) }))
    expect(same.version).toBe(1)
  })

  it("a property that is taken away is a change like one that is added", async () => {
    const { run } = await tenant()
    const priced = (properties: { amount: string; min_price?: string }) => ({ charge_model: "standard", properties }) as const
    const plan = await run(
      plans((service) =>
        service.create({
          code: "s",
          name: "S",
          interval: "monthly",
          charges: [{ metric_code: "sessions", ...priced({ amount: "1", min_price: "5" }) }]
        })
      )
    )
    const { id } = plan.charges[0]!
    expect((await run(update(plan, { charges: [{ id, ...priced({ amount: "1" }) }] }))).version).toBe(2)
    expect((await run(update(plan, { charges: [{ id, ...priced({ amount: "1", min_price: "5" }) }] }))).version).toBe(3)
  })

  it("charges state the whole set: changed by id, added without, those left out leave the plan", async () => {
    const { rows, run, subscribe } = await tenant()
    const before = await run(plans((service) => service.create(full)))
    await subscribe(before)
    const [energy, sessions] = before.charges
    const after = await run(
      update(before, {
        charges: [
          { metric_code: "sessions", charge_model: "standard", properties: { amount: "7" } },
          {
            id: energy!.id,
            min_amount_cents: 2000n,
            filters: [{ id: energy!.filters[1]!.id, values: { region: "us" } }, { values: { region: "eu", kind: "dc" } }]
          }
        ]
      })
    )
    expect(after.version).toBe(2)
    expect(after.charges.map((charge) => [charge.id === energy!.id, charge.position, charge.min_amount_cents])).toEqual([
      [false, 0, 0n],
      [true, 1, 2000n]
    ])
    expect(after.charges[1]!.properties).toEqual(energy!.properties)
    expect(
      after.charges[1]!.filters.map((filter) => [filter.id === energy!.filters[1]!.id, filter.values, filter.invoice_display_name])
    ).toEqual([
      [true, { region: ["us"] }, "Abroad"],
      [false, { region: ["eu"], kind: ["dc"] }, null]
    ])
    expect(await run(get(before))).toEqual(after)
    // A subscription has the first version: what left the plan is retired, and that version says what it said.
    const retired = await rows("charges", "id, retired_at")
    expect(retired.filter((row) => (row as { retired_at: unknown }).retired_at !== null).map((row) => (row as { id: string }).id)).toEqual([
      sessions!.id
    ])
    const [first] = await run(terms(before, [1]))
    expect(first!.charges.map(({ charge }) => charge)).toEqual(before.charges)
  })

  it("what nobody was ever billed by is deleted when it leaves the plan", async () => {
    const { rows, run } = await tenant()
    const before = await run(plans((service) => service.create(full)))
    const after = await run(update(before, { charges: [], commitment: null }))
    expect(after).toMatchObject({ version: 2, charges: [], commitment: null })
    for (const table of ["charges", "charge_filters", "charge_filter_values", "commitments"]) expect(await rows(table, "id")).toEqual([])
  })

  it("a commitment can be added, changed and ended, keeping its id while it lasts", async () => {
    const { run, subscribe } = await tenant()
    const plan = await run(plans((service) => service.create({ code: "c", name: "C", interval: "monthly" })))
    await subscribe(plan)
    const added = await run(update(plan, { commitment: { amount_cents: 100n } }))
    const changed = await run(update(plan, { commitment: { amount_cents: 200n } }))
    expect(changed.commitment).toMatchObject({ id: added.commitment!.id, amount_cents: 200n, counts: "all" })
    expect((await run(update(plan, { commitment: null }))).commitment).toBeNull()
    const again = await run(update(plan, { commitment: { amount_cents: 300n } }))
    expect(again.version).toBe(5)
    const versions = await run(terms(plan, [1, 2, 3, 4, 5]))
    expect(versions.map((version) => version.commitment?.amount_cents)).toEqual([undefined, 100n, 200n, undefined, 300n])
  })

  it("interval never changes, the currency not once there was a subscription", async () => {
    const { fail, run, subscribe } = await tenant()
    const plan = await run(plans((service) => service.create(full)))
    expect(await fail(update(plan, { interval: "monthly" }))).toMatchObject({ _tag: "Immutable", field: "interval" })
    expect((await run(update(plan, { interval: "semiannual", currency: "SEK" }))).currency).toBe("SEK")
    await subscribe(plan)
    expect(await fail(update(plan, { currency: "NOK" }))).toMatchObject({ _tag: "Immutable", field: "currency" })
  })

  it("the metric of a charge is fixed", async () => {
    const { fail, run } = await tenant()
    const plan = await run(plans((service) => service.create(full)))
    const charges = [{ id: plan.charges[0]!.id, metric_code: "sessions" }] as never
    expect(await fail(update(plan, { charges }))).toMatchObject({ _tag: "Immutable", field: "charges[0].billable_metric_id" })
  })

  it("another organization's plan, and a version that is not there, answer like missing ones", async () => {
    const [one, other] = [await tenant(), await tenant()]
    const plan = await one.run(plans((service) => service.create(full)))
    expect(await other.fail(get(plan))).toMatchObject({ _tag: "PlanNotFound", id: plan.id })
    expect(await other.fail(update(plan, { name: "x" }))).toMatchObject({ _tag: "PlanNotFound" })
    expect(await other.fail(terms(plan, [1]))).toMatchObject({ _tag: "PlanNotFound" })
    expect(await one.fail(terms(plan, [2]))).toMatchObject({ _tag: "PlanNotFound" })
    expect(await one.fail(plans((service) => service.get({ id: "no id" })))).toMatchObject({ _tag: "PlanNotFound" })
  })

  it("lists hold whole plans, page by page", async () => {
    const { run } = await tenant()
    const made = []
    for (const code of ["a", "b", "c"]) made.push(await run(plans((service) => service.create({ ...full, code }))))
    const first = await run(plans((service) => service.list({ limit: 2, order_by: "code:asc", total: true })))
    expect(first.items).toEqual(made.slice(0, 2))
    expect(first.total).toBe(3)
    const second = await run(plans((service) => service.list({ limit: 2, order_by: "code:asc", after: first.next })))
    expect([second.items, second.next]).toEqual([made.slice(2), null])
  })

  it("a stored version cannot be changed", async () => {
    const { here, run } = await tenant()
    await run(plans((service) => service.create(full)))
    const change = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE plan_versions SET amount_cents = 1`)
    expect(String(((await engine.fail(change.pipe(here))) as { cause?: unknown }).cause)).toContain("never changes")
  })
})
