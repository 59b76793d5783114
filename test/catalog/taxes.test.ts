import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { BillingEntities, Customers } from "../../src/accounts/index.js"
import { type ApplyTaxInput, Plans, Taxes, TaxTable, taxLevel } from "../../src/catalog/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { catalogLayer, makeMetric } from "../support/catalog.js"
import { describeEngines } from "../support/describe-engines.js"

describe("the level of a fee's taxes", () => {
  const all = { line: ["l"], charge: ["c"], plan: ["p"], customer: ["u"], billing_entity: ["b"], organization: ["o"] }

  it("is the first that has any, whole", () => {
    const levels = ["line", "charge", "plan", "customer", "billing_entity", "organization"] as const
    const left: Partial<Record<(typeof levels)[number], ReadonlyArray<string>>> = { ...all }
    for (const level of levels) {
      expect(taxLevel(left)).toEqual({ level, taxes: all[level] })
      left[level] = []
    }
    expect(taxLevel(left)).toEqual({ level: null, taxes: [] })
  })
})

describeEngines("taxes", (engine) => {
  const taxes = <A, E, R>(use: (service: typeof Taxes.Service) => Effect.Effect<A, E, R>) =>
    Effect.flatMap(Taxes, use).pipe(Effect.provide(catalogLayer))

  const tenant = async () => {
    const organization = await engine.newOrganization()
    const here = Effect.provideService(CurrentOrganization, organization)
    await engine.run(makeMetric("energy").pipe(here))
    const made = Effect.gen(function* () {
      const entity = yield* (yield* BillingEntities).create({ code: "e", name: "E" })
      const customer = yield* (yield* Customers).create({ external_id: "c", name: "C" })
      const plan = yield* (yield* Plans).create({
        code: "p",
        name: "P",
        interval: "monthly",
        charges: [{ metric_code: "energy", charge_model: "standard", properties: { amount: "1" } }],
        commitment: { amount_cents: 1n }
      })
      return { entity, customer, plan, charge: plan.charges[0]!, commitment: plan.commitment! }
    }).pipe(Effect.provide(catalogLayer))
    const rows = await engine.run(made.pipe(here))
    return {
      ...rows,
      here
    }
  }

  it.each([
    ["0.2000", "0.2"],
    ["0.0875", "0.0875"],
    ["9.9999", "9.9999"],
    ["0", "0"]
  ])("a rate of %s is kept as %s", async (rate, kept) => {
    const { here } = await tenant()
    const made = await engine.run(taxes((service) => service.create({ code: "t", name: "T", rate })).pipe(here))
    expect(made.rate).toBe(kept)
    expect(await engine.run(taxes((service) => service.get({ code: "t" })).pipe(here))).toEqual(made)
  })

  it.each(["10", "-0.1", "0.00001", "20%", "", "1e-1", ".2", 0.2])("a rate of %s is refused", async (rate) => {
    const create = taxes((service) => service.create({ code: "t", name: "T", rate: rate as string }))
    expect(await engine.fail(create)).toMatchObject({ _tag: "InvalidInput", field: "rate" })
  })

  it("a code is taken within the organization", async () => {
    const { here } = await tenant()
    const create = taxes((service) => service.create({ code: "t", name: "T", rate: "0.1" })).pipe(here)
    await engine.run(create)
    expect(await engine.fail(create)).toMatchObject({ _tag: "CodeTaken", code: "t" })
  })

  it("the lookup gives each fee the first level that has any, of many rows in one statement", async () => {
    const { charge, commitment, customer, entity, here, plan } = await tenant()
    const create = (code: string, rate: string, applied_to_organization = false) =>
      taxes((service) => service.create({ code, name: code, rate, applied_to_organization }))
    const apply = (tax_code: string, taxable_type: ApplyTaxInput["taxable_type"], taxable_id: string) =>
      taxes((service) => service.apply({ tax_code, taxable_type, taxable_id }))
    await engine.run(
      Effect.all([create("org", "0.1", true), create("a", "0.2"), create("b", "0.05"), create("other", "0.5")], { discard: true }).pipe(
        here
      )
    )
    const load = Effect.flatMap(TaxTable, (table) =>
      table.load({
        customer_ids: [customer.id],
        plan_ids: [plan.id],
        charge_ids: [charge.id],
        commitment_ids: [commitment.id],
        billing_entity_ids: [entity.id]
      })
    ).pipe(Effect.provide(catalogLayer), here)
    const fee = { charge_id: charge.id, plan_id: plan.id, customer_id: customer.id, billing_entity_id: entity.id }
    const codes = async (of: Parameters<Awaited<ReturnType<typeof lookup>>["of"]>[0] = fee) =>
      (await lookup()).of(of).map((tax) => [tax.code, tax.rate])
    const lookup = () => engine.run(load)

    expect(await codes()).toEqual([["org", "0.1"]])
    await engine.run(apply("other", "billing_entity", entity.id).pipe(here))
    expect(await codes()).toEqual([["other", "0.5"]])
    await engine.run(apply("b", "customer", customer.id).pipe(here))
    expect(await codes()).toEqual([["b", "0.05"]])
    await engine.run(apply("a", "plan", plan.id).pipe(here))
    expect(await codes()).toEqual([["a", "0.2"]])
    await engine.run(Effect.all([apply("b", "charge", charge.id), apply("a", "charge", charge.id)], { discard: true }).pipe(here))
    expect(await codes()).toEqual([
      ["b", "0.05"],
      ["a", "0.2"]
    ])
    // A base fee has no charge: its plan's level.
    expect(await codes({ plan_id: plan.id, customer_id: customer.id })).toEqual([["a", "0.2"]])
    await engine.run(apply("other", "commitment", commitment.id).pipe(here))
    expect(await codes({ commitment_id: commitment.id, plan_id: plan.id, customer_id: customer.id })).toEqual([["other", "0.5"]])
  })

  it("a new rate holds for what is calculated later; the application keeps what it was", async () => {
    const { customer, here } = await tenant()
    await engine.run(taxes((service) => service.create({ code: "t", name: "T", rate: "0.2" })).pipe(here))
    const on = { taxable_type: "customer", taxable_id: customer.id } as const
    await engine.run(taxes((service) => service.apply({ tax_code: "t", ...on })).pipe(here))
    await engine.run(taxes((service) => service.update({ code: "t" }, { rate: "0.25", description: "since 2025" })).pipe(here))
    const lookup = await engine.run(
      Effect.flatMap(TaxTable, (table) => table.load({ customer_ids: [customer.id] })).pipe(Effect.provide(catalogLayer), here)
    )
    expect(lookup.of({ customer_id: customer.id }).map((tax) => tax.rate)).toEqual(["0.25"])
    expect((await engine.run(taxes((service) => service.applied(on)).pipe(here))).map((applied) => applied.tax_rate)).toEqual(["0.2"])
  })

  it("a tax is applied once each, taken off, and applied again", async () => {
    const { customer, here } = await tenant()
    await engine.run(taxes((service) => service.create({ code: "t", name: "T", rate: "0.2" })).pipe(here))
    const on = { tax_code: "t", taxable_type: "customer", taxable_id: customer.id } as const
    const apply = taxes((service) => service.apply(on)).pipe(here)
    const remove = taxes((service) => service.remove(on)).pipe(here)
    await engine.run(apply)
    expect(await engine.fail(apply)).toMatchObject({ _tag: "AlreadyApplied", taxable_id: customer.id })
    await engine.run(remove)
    expect(await engine.fail(remove)).toMatchObject({ _tag: "AppliedTaxNotFound" })
    await engine.run(apply)
  })

  it("tells what a tax is applied to, and how often each is", async () => {
    const { customer, entity, here } = await tenant()
    for (const code of ["t", "u"]) await engine.run(taxes((service) => service.create({ code, name: code, rate: "0.2" })).pipe(here))
    const apply = (taxable_type: ApplyTaxInput["taxable_type"], taxable_id: string) =>
      engine.run(taxes((service) => service.apply({ tax_code: "t", taxable_type, taxable_id })).pipe(here))
    await apply("customer", customer.id)
    await apply("billing_entity", entity.id)
    const applied = await engine.run(taxes((service) => service.applied({ tax_code: "t" })).pipe(here))
    expect(applied.map(({ taxable_id, taxable_type }) => [taxable_type, taxable_id])).toEqual([
      ["customer", customer.id],
      ["billing_entity", entity.id]
    ])
    expect(await engine.run(taxes((service) => service.applicationCounts()).pipe(here))).toMatchObject([
      { code: "t", applications: 2 },
      { code: "u", applications: 0 }
    ])
    expect(await engine.fail(taxes((service) => service.applied({ tax_code: "v" })).pipe(here))).toMatchObject({ _tag: "TaxNotFound" })
  })

  it("what a tax is to be applied to must be of the organization", async () => {
    const [one, other] = [await tenant(), await tenant()]
    await engine.run(taxes((service) => service.create({ code: "t", name: "T", rate: "0.2" })).pipe(one.here))
    for (const [taxable_type, taxable_id, tag] of [
      ["customer", other.customer.id, "CustomerNotFound"],
      ["plan", other.plan.id, "PlanNotFound"],
      ["charge", other.charge.id, "ChargeNotFound"],
      ["commitment", other.commitment.id, "CommitmentNotFound"],
      ["billing_entity", other.entity.id, "BillingEntityNotFound"],
      ["customer", "no id", "CustomerNotFound"]
    ] as const) {
      const apply = taxes((service) => service.apply({ tax_code: "t", taxable_type, taxable_id })).pipe(one.here)
      expect(await engine.fail(apply)).toMatchObject({ _tag: tag, id: taxable_id })
    }
    const unknown = taxes((service) => service.apply({ tax_code: "u", taxable_type: "customer", taxable_id: one.customer.id }))
    expect(await engine.fail(unknown.pipe(one.here))).toMatchObject({ _tag: "TaxNotFound" })
  })
})
