/** The id of a plan, apart from its entity: charges and commitments name their plan, and a plan holds them. */
import { brandedId } from "../core/index.js"

export const PlanId = brandedId("PlanId")
export type PlanId = typeof PlanId.Type
