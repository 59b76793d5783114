/** An organization with everything that the commands need: plans, taxes, coupons, an add-on, a customer. */
import { Effect } from "effect"
import { BillingEntities, Customers, Organizations } from "../../src/accounts/index.js"
import { Plans, Taxes } from "../../src/catalog/index.js"
import { CurrentOrganization, type OrganizationId } from "../../src/core/index.js"
import { Coupons } from "../../src/credits/index.js"
import { AddOns } from "../../src/invoicing/index.js"
import { Metrics } from "../../src/metering/index.js"
import { PING, PLANS, type PlanCode, UNTAXED } from "./reference.js"

interface SetUp {
  readonly organization: OrganizationId
  /** Codes of plans by their ids. */
  readonly plans: ReadonlyMap<string, PlanCode>
}

const makeTaxes = Effect.gen(function* () {
  const taxes = yield* Taxes
  yield* taxes.create({ code: "vat", name: "VAT", rate: "0.19", applied_to_organization: true })
  yield* taxes.create({ code: "reduced", name: "Reduced", rate: "0.055" })
  yield* taxes.create({ code: UNTAXED, name: "None", rate: "0" })
})

const makeMetrics = Effect.gen(function* () {
  const metrics = yield* Metrics
  yield* metrics.create({ code: "units", name: "Units", aggregation_type: "sum", field_name: "value" })
  yield* metrics.create({ code: "seats", name: "Seats", aggregation_type: "latest", field_name: "value", recurring: true })
  yield* metrics.create({ code: "pings", name: "Pings", aggregation_type: "count" })
})

const makePlans = Effect.gen(function* () {
  const service = yield* Plans
  const plans = new Map<string, PlanCode>()
  for (const [code, { base, seats, units }] of Object.entries(PLANS)) {
    const { id } = yield* service.create({
      code,
      name: code,
      interval: "monthly",
      amount_cents: BigInt(base),
      commitment: code === "large" ? { amount_cents: "3000" } : null,
      charges: [
        { metric_code: "units", charge_model: "standard", properties: { amount: `0.${`${units}`.padStart(2, "0")}` } },
        { metric_code: "seats", charge_model: "standard", properties: { amount: `${seats / 100}` } },
        { metric_code: "pings", charge_model: "standard", properties: { amount: `0.0${PING}` }, pay_in_advance: true }
      ]
    })
    plans.set(id, code as PlanCode)
  }
  return plans
})

const makeCoupons = Effect.gen(function* () {
  const coupons = yield* Coupons
  const fixed = (cents: string) => ({ coupon_type: "fixed_amount" as const, amount_cents: cents, amount_currency: "EUR" })
  yield* coupons.create({ code: "tenth", name: "Tenth", coupon_type: "percentage", percentage_rate: "10", frequency: "forever" })
  yield* coupons.create({ code: "fixed", name: "Fixed", ...fixed("700") })
  yield* coupons.create({ code: "welcome", name: "Welcome", ...fixed("9999"), reusable: false })
  yield* coupons.create({
    code: "twice",
    name: "Twice",
    coupon_type: "percentage",
    percentage_rate: "33.33",
    frequency: "recurring",
    frequency_duration: 2
  })
})

export const setUp = (grace: number) =>
  Effect.gen(function* () {
    const { id } = yield* (yield* Organizations).create({ name: "Organization", default_currency: "EUR" })
    const parts = Effect.gen(function* () {
      yield* (yield* BillingEntities).create({ code: "e", name: "E", invoice_prefix: "INV", invoice_grace_period: grace })
      yield* (yield* Customers).create({ external_id: "c", name: "C", currency: "EUR" })
      yield* makeTaxes
      yield* makeMetrics
      yield* makeCoupons
      yield* (yield* AddOns).create({ code: "visit", name: "Visit", amount_cents: "4500" })
      return yield* makePlans
    })
    const plans = yield* Effect.provideService(parts, CurrentOrganization, id)
    return { organization: id, plans } satisfies SetUp
  })
