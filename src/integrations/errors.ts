/** Errors of integrations. */
import { Schema } from "effect"

/** No such integration in this organization. */
export class IntegrationNotFound extends Schema.TaggedError<IntegrationNotFound>()("IntegrationNotFound", { id: Schema.String }) {
  override get message() {
    return `integration ${this.id} not found`
  }
}

/** No such link of a customer in this organization. */
export class IntegrationLinkNotFound extends Schema.TaggedError<IntegrationLinkNotFound>()("IntegrationLinkNotFound", {
  id: Schema.String
}) {
  override get message() {
    return `integration link ${this.id} not found`
  }
}

/** The organization has an integration with this provider. */
export class ProviderTaken extends Schema.TaggedError<ProviderTaken>()("ProviderTaken", { provider: Schema.String }) {
  override get message() {
    return `there is an integration with ${this.provider} already`
  }
}

/** The customer is linked in this integration. */
export class AlreadyLinked extends Schema.TaggedError<AlreadyLinked>()("AlreadyLinked", {
  integration_id: Schema.String,
  customer_id: Schema.String
}) {
  override get message() {
    return `customer ${this.customer_id} is linked in integration ${this.integration_id} already`
  }
}
