/** What a version of a plan says. */
import type { BillableMetric } from "../metering/index.js"
import type { Charge } from "./charge.js"
import type { Commitment } from "./commitment.js"
import type { Plan } from "./plan.js"
import type { PlanId } from "./plan-id.js"

/** A version of a plan. */
export interface PlanRef {
  readonly plan_id: string
  readonly version: number
}

/** A charge with the metric that it prices; the metric with its filters, the charge with its own, oldest first. */
export interface ChargeTerms {
  readonly charge: Charge
  readonly metric: BillableMetric
}

export interface VersionTerms {
  readonly plan_id: PlanId
  readonly version: number
  readonly plan: Plan
  /** The base amount of this version, whole minor units; `plan.amount_cents` is the current one's. */
  readonly amount_cents: bigint
  /** In plan order. */
  readonly charges: ReadonlyArray<ChargeTerms>
  readonly commitment: Commitment | null
}
