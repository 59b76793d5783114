/** Rows that the cases write. */
import { DateTime, Effect } from "effect"
import { type BillingEntity, BillingEntityId, type Customer, CustomerId } from "../../../src/accounts/index.js"
import {
  type Charge,
  ChargeFilterId,
  ChargeId,
  type Commitment,
  CommitmentId,
  type FullPlan,
  PlanId,
  type Tax,
  TaxId
} from "../../../src/catalog/index.js"
import { CurrencyCode, CurrentOrganization, Ids, TimeZone } from "../../../src/core/index.js"
import { type BillableMetric, MetricFilterId, MetricId } from "../../../src/metering/index.js"

/** What every row has: a fresh id, the organization, and the clock's time. */
const base = Effect.gen(function* () {
  const now = yield* DateTime.now
  const id = yield* Effect.flatMap(Ids, (ids) => ids.next)
  return { id, organization_id: yield* CurrentOrganization, created_at: now, updated_at: now }
})

export const customer = (given: Partial<Customer> = {}) =>
  Effect.map(
    base,
    (row): Customer => ({
      ...row,
      id: CustomerId.make(row.id),
      external_id: row.id,
      name: "Ångström & Søn 👍",
      email: null,
      currency: CurrencyCode.make("EUR"),
      timezone: TimeZone.make("Asia/Kathmandu"),
      billing_metadata: { list: [1, "two", null, { deep: true }] },
      invoice_grace_period: 0,
      net_payment_term: null,
      apply_credit_notes_automatically: false,
      billing_entity_id: null,
      ...given
    })
  )

export const billingEntity = (given: Partial<BillingEntity> = {}) =>
  Effect.map(
    base,
    (row): BillingEntity => ({
      ...row,
      id: BillingEntityId.make(row.id),
      code: row.id,
      name: "Entity",
      legal_name: "Entity Ltd",
      address_line1: "1 High Street",
      address_line2: null,
      city: null,
      state: null,
      country: "NO",
      zip_code: null,
      tax_id: null,
      email: null,
      currency: CurrencyCode.make("NOK"),
      timezone: TimeZone.make("Europe/Oslo"),
      document_locale: "nb",
      invoice_prefix: row.id.slice(-20),
      next_invoice_number: 9_007_199_254_740_993n,
      invoice_grace_period: 3,
      net_payment_term: 30,
      invoice_footer: null,
      rounding_mode: "half_even",
      is_default: false,
      ...given
    })
  )

export const metric = Effect.gen(function* () {
  const row = yield* base
  const filter = yield* Effect.flatMap(Ids, (ids) => ids.next)
  const made: BillableMetric = {
    ...row,
    id: MetricId.make(row.id),
    code: row.id,
    name: "Energy",
    description: null,
    aggregation_type: "sum",
    field_name: "kwh",
    recurring: false,
    expression: null,
    value_mode: null,
    rounding_function: null,
    rounding_precision: null,
    filters: [{ id: MetricFilterId.make(filter), key: "region", values: ["eu", "us", "[odd]"] }]
  }
  return made
})

/** A plan with one charge on a metric, two filters on it, and a commitment. */
export const plan = (priced: BillableMetric, given: Partial<FullPlan> = {}) =>
  Effect.gen(function* () {
    const row = yield* base
    const [charge_id, first, second, commitment_id] = yield* Effect.flatMap(Ids, (ids) => ids.many(4))
    const plan_id = PlanId.make(row.id)
    const charge: Charge = {
      ...row,
      id: ChargeId.make(charge_id!),
      plan_id,
      billable_metric_id: priced.id,
      charge_model: "standard",
      properties: { amount: "0.000000000000001" },
      pay_in_advance: false,
      invoiceable: true,
      prorated: false,
      min_amount_cents: 100n,
      invoice_display_name: null,
      position: 0,
      retired_at: null,
      filters: [
        { id: first, values: { region: ["us", "[odd]"] }, properties: { amount: "2" }, invoice_display_name: "Abroad" },
        { id: second, values: { region: ["[odd]"] }, properties: {}, invoice_display_name: null }
      ].map((filter) => ({ ...filter, id: ChargeFilterId.make(filter.id!), charge_id: ChargeId.make(charge_id!) }))
    }
    const commitment: Commitment = {
      ...row,
      id: CommitmentId.make(commitment_id!),
      plan_id,
      commitment_type: "minimum_commitment",
      amount_cents: 5_000_000_000_000_000n,
      counts: "charges",
      invoice_display_name: "Minimum"
    }
    const made: FullPlan = {
      ...row,
      id: plan_id,
      code: row.id,
      name: "Plan",
      description: null,
      interval: "semiannual",
      amount_cents: 4_900n,
      currency: CurrencyCode.make("KWD"),
      trial_period_days: 14,
      version: 1,
      charges: [charge],
      commitment,
      ...given
    }
    return made
  })

export const tax = (given: Partial<Tax> = {}) =>
  Effect.map(
    base,
    (row): Tax => ({
      ...row,
      id: TaxId.make(row.id),
      code: row.id,
      name: "Tax",
      description: null,
      rate: "0.0875",
      category: null,
      applied_to_organization: false,
      provider_type: null,
      ...given
    })
  )
