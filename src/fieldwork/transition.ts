/** Transitions: every status change of every thing, kept for good; reports are counted from them. */
import { Schema } from "effect"
import { Instant, OrganizationId } from "../core/index.js"

export const FieldKind = Schema.Literal("lead", "survey", "installation", "closure_pack", "emergency", "payout")
export type FieldKind = typeof FieldKind.Type

export const Transition = Schema.Struct({
  id: Schema.String,
  organization_id: OrganizationId,
  kind: FieldKind,
  /** The lead, survey, installation, … that changed. */
  subject: Schema.String,
  /** The lead around it, and that lead's OEM. */
  lead: Schema.String,
  oem: Schema.String,
  from_status: Schema.NullOr(Schema.String),
  to_status: Schema.String,
  at: Instant,
  /** Who did it; null for a job. */
  user_id: Schema.NullOr(Schema.String),
  reason: Schema.NullOr(Schema.String)
})
export type Transition = typeof Transition.Type

/** As it is kept: its place in the life of its subject, from 1, and whether it is the first entry into its status (F2). */
export interface KeptTransition extends Transition {
  readonly sequence: number
  readonly is_first: boolean
}
