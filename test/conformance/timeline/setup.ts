/**
 * Makes what a case starts from, in the order of its lists: that is their age. What a case says goes to the services as it
 * is (`as never`): they decode and check it, as they do for any host.
 */
import { Effect } from "effect"
import { BillingEntities, Customers, Organizations } from "../../../src/accounts/index.js"
import { type ApplyTaxInput, type FullPlan, type NewChargeInput, Plans, Taxes } from "../../../src/catalog/index.js"
import { CurrentOrganization } from "../../../src/core/index.js"
import { Coupons } from "../../../src/credits/index.js"
import { AddOns } from "../../../src/invoicing/index.js"
import { Metrics } from "../../../src/metering/index.js"
import { DunningCampaigns, PaymentMethods } from "../../../src/payments/index.js"
import {
  type AddOnSetup,
  type BillingEntitySetup,
  type ChargeSetup,
  type CouponSetup,
  type CustomerSetup,
  customersOf,
  type MetricSetup,
  type PlanSetup,
  type TimelineSetup
} from "./case.js"
import type { Names } from "./names.js"
import { addThresholds } from "./thresholds.js"

const applyTaxes = (codes: ReadonlyArray<string> | undefined, taxable_type: ApplyTaxInput["taxable_type"], taxable_id: string) =>
  Effect.gen(function* () {
    const taxes = yield* Taxes
    for (const tax_code of codes ?? []) yield* taxes.apply({ tax_code, taxable_type, taxable_id })
  })

const makeTaxes = (setup: TimelineSetup, names: Names) =>
  Effect.gen(function* () {
    const taxes = yield* Taxes
    const ofOrganization = setup.organization?.taxes ?? []
    for (const { code, rate } of setup.taxes ?? []) {
      const tax = yield* taxes.create({ code, name: code, rate, applied_to_organization: ofOrganization.includes(code) })
      names.add(tax.id, code)
    }
  })

const makeBillingEntity = ({ taxes, ...given }: BillingEntitySetup) =>
  Effect.gen(function* () {
    const entity = yield* (yield* BillingEntities).create({
      code: "issuer",
      name: "Issuer",
      invoice_prefix: "INV",
      ...given
    } as never)
    yield* applyTaxes(taxes, "billing_entity", entity.id)
  })

/** A default method of a provider whose charges end as its id says. */
export const payBy = (outcome: "succeeds" | "fails", external_customer_id: string) =>
  Effect.gen(function* () {
    const methods = yield* PaymentMethods
    const { id } = yield* methods.add({ external_customer_id, provider: "stripe", provider_payment_method_id: outcome })
    yield* methods.setDefault(id)
  })

const makeCampaign = ({ code, ...given }: Readonly<Record<string, unknown>>, names: Names) =>
  Effect.gen(function* () {
    const campaign = yield* (yield* DunningCampaigns).create({ code, name: code, ...given } as never)
    names.add(campaign.id, campaign.code)
  })

const makeCustomer = ({ id, payment_method, taxes, ...given }: CustomerSetup, names: Names) =>
  Effect.gen(function* () {
    const customer = yield* (yield* Customers).create({
      external_id: id,
      name: id,
      currency: "EUR",
      ...given
    } as never)
    names.add(customer.id, id)
    yield* applyTaxes(taxes, "customer", customer.id)
    if (payment_method != null) yield* payBy(payment_method, id)
  })

const makeMetric = (given: MetricSetup) => Effect.flatMap(Metrics, (metrics) => metrics.create({ name: given.code, ...given } as never))

const chargeInput = ({ code: _, metric, taxes: __, ...given }: ChargeSetup): NewChargeInput => ({ metric_code: metric, ...given }) as never

const makePlan = ({ charges = [], commitment, taxes, usage_thresholds, ...given }: PlanSetup, names: Names) =>
  Effect.gen(function* () {
    const { taxes: ofCommitment, ...terms } = commitment ?? {}
    const plan: FullPlan = yield* (yield* Plans).create({
      name: given.code,
      currency: "EUR",
      ...given,
      charges: charges.map(chargeInput),
      ...(commitment === undefined ? {} : { commitment: terms })
    } as never)
    names.add(plan.id, given.code)
    yield* applyTaxes(taxes, "plan", plan.id)
    for (const [index, charge] of plan.charges.entries()) {
      names.add(charge.id, charges[index]!.code)
      yield* applyTaxes(charges[index]!.taxes, "charge", charge.id)
    }
    yield* addThresholds(usage_thresholds, { plan_code: plan.code }, names)
    if (plan.commitment !== null) yield* applyTaxes(ofCommitment, "commitment", plan.commitment.id)
  })

const makeCoupon = (given: CouponSetup, names: Names) =>
  Effect.gen(function* () {
    const coupon = yield* (yield* Coupons).create({ name: given.code, ...given } as never)
    names.add(coupon.id, given.code)
  })

const makeAddOn = ({ taxes, ...given }: AddOnSetup) =>
  Effect.gen(function* () {
    const add_on = yield* (yield* AddOns).create({ name: given.code, ...given } as never)
    yield* applyTaxes(taxes, "add_on", add_on.id)
  })

const makeParts = (setup: TimelineSetup, names: Names) =>
  Effect.gen(function* () {
    yield* makeTaxes(setup, names)
    yield* makeBillingEntity(setup.billing_entity ?? {})
    for (const customer of customersOf(setup)) yield* makeCustomer(customer, names)
    for (const metric of setup.metrics ?? []) yield* makeMetric(metric)
    for (const plan of setup.plans ?? []) yield* makePlan(plan, names)
    for (const coupon of setup.coupons ?? []) yield* makeCoupon(coupon, names)
    for (const add_on of setup.add_ons ?? []) yield* makeAddOn(add_on)
    for (const campaign of setup.dunning_campaigns ?? []) yield* makeCampaign(campaign, names)
  })

/** Makes the organization with everything that the case names in it; answers its id. */
export const makeSetup = (setup: TimelineSetup, names: Names) =>
  Effect.gen(function* () {
    const organization = yield* (yield* Organizations).create({
      name: "Organization",
      default_currency: "EUR",
      ...(setup.organization?.timezone === undefined ? {} : { timezone: setup.organization.timezone })
    } as never)
    yield* Effect.provideService(makeParts(setup, names), CurrentOrganization, organization.id)
    return organization.id
  })
