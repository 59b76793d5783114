/** Errors of features and entitlements. */
import { Schema } from "effect"

/** No such feature in this organization; `id` is the id or code that was asked for. */
export class FeatureNotFound extends Schema.TaggedError<FeatureNotFound>()("FeatureNotFound", { id: Schema.String }) {
  override get message() {
    return `feature ${this.id} not found`
  }
}

/** No such entitlement in this organization. */
export class EntitlementNotFound extends Schema.TaggedError<EntitlementNotFound>()("EntitlementNotFound", { id: Schema.String }) {
  override get message() {
    return `entitlement ${this.id} not found`
  }
}

/** The plan has an entitlement of this feature already; there is one for each. */
export class EntitlementExists extends Schema.TaggedError<EntitlementExists>()("EntitlementExists", {
  plan_id: Schema.String,
  feature_id: Schema.String
}) {
  override get message() {
    return `plan ${this.plan_id} already has an entitlement of feature ${this.feature_id}`
  }
}
