/** What a version of a plan says, for many at once: what a billing run loads. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { BillableMetric } from "../metering/index.js"
import type { Charge } from "./charge.js"
import type { Commitment } from "./commitment.js"
import type { PlanNotFound } from "./errors.js"
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

/** Finds what was loaded; a ref that was not asked for is a defect. */
export type TermsLookup = (ref: PlanRef) => VersionTerms

export class PlanTerms extends Context.Tag("billwright/PlanTerms")<
  PlanTerms,
  {
    /**
     * The terms of versions, repeated refs once, with a constant number of statements.
     *
     * Fails with `PlanNotFound` where the organization has no such plan or version.
     */
    readonly load: (refs: ReadonlyArray<PlanRef>) => Effect.Effect<TermsLookup, StorageError | PlanNotFound, CurrentOrganization>
  }
>() {}
