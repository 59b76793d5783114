/** Entitlements: each value is one of its feature's type, in its one spelling, and only a quantity has a hard limit (M9). Pure. */
import { type FeatureType, isValueOf } from "../../entitlements/index.js"
import type { Violation } from "./violation.js"

export interface RawEntitlement {
  readonly id: string
  readonly feature_type: FeatureType
  readonly value: string
  readonly limit_type: string
}

/** What does not hold of an entitlement. */
export const checkEntitlement = ({ feature_type, id, limit_type, value }: RawEntitlement): ReadonlyArray<Violation> => [
  ...(isValueOf(feature_type, value)
    ? []
    : [{ code: "M9" as const, table: "entitlements", id, reason: `value is ${value.slice(0, 40)}, of a ${feature_type} feature` }]),
  ...(limit_type === "soft" || feature_type === "quantity"
    ? []
    : [{ code: "M9" as const, table: "entitlements", id, reason: `limit_type is ${limit_type}, of a ${feature_type} feature` }])
]
