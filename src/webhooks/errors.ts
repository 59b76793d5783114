/** Errors of webhooks. */
import { Schema } from "effect"

/** No such endpoint in this organization. */
export class WebhookEndpointNotFound extends Schema.TaggedError<WebhookEndpointNotFound>()("WebhookEndpointNotFound", {
  id: Schema.String
}) {
  override get message() {
    return `webhook endpoint ${this.id} not found`
  }
}

/** No such webhook in this organization. */
export class WebhookNotFound extends Schema.TaggedError<WebhookNotFound>()("WebhookNotFound", { id: Schema.String }) {
  override get message() {
    return `webhook ${this.id} not found`
  }
}

/** Another endpoint of the organization has this URL. */
export class UrlTaken extends Schema.TaggedError<UrlTaken>()("UrlTaken", { url: Schema.String }) {
  override get message() {
    return `there is an endpoint at ${this.url} already`
  }
}

/** The organization has as many endpoints as it may. */
export class EndpointLimitReached extends Schema.TaggedError<EndpointLimitReached>()("EndpointLimitReached", { limit: Schema.Int }) {
  override get message() {
    return `an organization has at most ${this.limit} endpoints`
  }
}

/** A delivery got no answer; `reason` goes into the record of the attempt. */
export class DeliveryFailed extends Schema.TaggedError<DeliveryFailed>()("DeliveryFailed", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}
