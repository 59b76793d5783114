/** Errors of usage alerts. */
import { Schema } from "effect"

/** No such alert in this organization. */
export class UsageAlertNotFound extends Schema.TaggedError<UsageAlertNotFound>()("UsageAlertNotFound", { id: Schema.String }) {
  override get message() {
    return `usage alert ${this.id} not found`
  }
}
