/** Errors of usage thresholds. */
import { Schema } from "effect"

/** No such threshold in this organization. */
export class UsageThresholdNotFound extends Schema.TaggedError<UsageThresholdNotFound>()("UsageThresholdNotFound", { id: Schema.String }) {
  override get message() {
    return `usage threshold ${this.id} not found`
  }
}
