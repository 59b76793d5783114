import { Effect } from "effect"
import { expect, it } from "vitest"
import { Customers } from "../../src/accounts/index.js"
import { Plans, PlanTerms, TaxTable } from "../../src/catalog/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { catalogLayer, makeMetric } from "../support/catalog.js"
import { countStatements } from "../support/count-statements.js"
import { describeEngines } from "../support/describe-engines.js"

describeEngines("what billing loads", (engine) => {
  /** Statements of loading the terms, customers and taxes of `count` plans and customers. */
  const statementsFor = async (count: number) => {
    const organization = await engine.newOrganization()
    const [, statements] = await engine.run(
      Effect.gen(function* () {
        yield* makeMetric("energy", { region: ["eu", "us"] })
        const plans = yield* Effect.forEach([...Array(count).keys()], (index) =>
          Effect.flatMap(Plans, (service) =>
            service.create({
              code: `p${index}`,
              name: "P",
              interval: "monthly",
              commitment: { amount_cents: 1n },
              charges: [
                { metric_code: "energy", charge_model: "standard", properties: { amount: "1" }, filters: [{ values: { region: "eu" } }] },
                { metric_code: "energy", charge_model: "standard", properties: { amount: "2" } }
              ]
            })
          )
        )
        const customers = yield* Effect.forEach([...Array(count).keys()], (index) =>
          Effect.flatMap(Customers, (service) => service.create({ external_id: `c${index}`, name: "C" }))
        )
        return yield* countStatements(
          Effect.gen(function* () {
            yield* (yield* PlanTerms).load(plans.map(({ id }) => ({ plan_id: id, version: 1 })))
            yield* (yield* Customers).load(customers.map(({ id }) => id))
            yield* (yield* TaxTable).load({
              customer_ids: customers.map(({ id }) => id),
              plan_ids: plans.map(({ id }) => id),
              charge_ids: plans.flatMap(({ charges }) => charges.map(({ id }) => id))
            })
            yield* (yield* Plans).list()
          })
        )
      }).pipe(Effect.provide(catalogLayer), Effect.provideService(CurrentOrganization, organization))
    )
    return statements
  }

  it("does not take more statements for more rows", async () => {
    const one = await statementsFor(1)
    expect(one).toBeGreaterThan(4)
    expect(await statementsFor(12)).toBe(one)
  })
})
