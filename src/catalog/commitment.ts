/** A minimum commitment: what a plan's customer pays at least for a period (P13). */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"
import { PlanId } from "./plan-id.js"

export const CommitmentId = brandedId("CommitmentId")
export type CommitmentId = typeof CommitmentId.Type

/** What counts towards it: base fee and charges, or charges only. */
export const CommitmentCounts = Schema.Literal("all", "charges")
export type CommitmentCounts = typeof CommitmentCounts.Type

export const Commitment = Schema.Struct({
  id: CommitmentId,
  organization_id: OrganizationId,
  plan_id: PlanId,
  commitment_type: Schema.Literal("minimum_commitment"),
  /** Whole minor units of the plan's currency, for a full period. */
  amount_cents: Schema.BigIntFromSelf,
  counts: CommitmentCounts,
  invoice_display_name: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type Commitment = typeof Commitment.Type
