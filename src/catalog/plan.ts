/** A plan: what a customer subscribes to. Its base amount, charges and commitment are versioned together (S8). */
import { Schema } from "effect"
import { BillingInterval, CurrencyCode, Instant, OrganizationId } from "../core/index.js"
import { Charge } from "./charge.js"
import { Commitment } from "./commitment.js"
import { PlanId } from "./plan-id.js"

/** A plan without what is versioned apart from its current base amount. */
export const Plan = Schema.Struct({
  id: PlanId,
  organization_id: OrganizationId,
  code: Schema.String,
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  interval: BillingInterval,
  /** The base fee of a full period in the current version, whole minor units. */
  amount_cents: Schema.BigIntFromSelf,
  currency: CurrencyCode,
  trial_period_days: Schema.Int,
  /** The current version, from 1: what a new subscription takes. */
  version: Schema.Int,
  created_at: Instant,
  updated_at: Instant
})
export type Plan = typeof Plan.Type

/** A plan with its current charges, in order, and its commitment. */
export const FullPlan = Schema.Struct({
  ...Plan.fields,
  charges: Schema.Array(Charge),
  commitment: Schema.NullOr(Commitment)
})
export type FullPlan = typeof FullPlan.Type
