/** What reaches the outside: a port, filled by `billwright/webhooks`. */
import { Context, Effect } from "effect"
import { AdapterMissing } from "../core/index.js"
import type { Answer } from "./delivery-state.js"
import type { DeliveryFailed } from "./errors.js"
import type { WebhookSigner } from "./signing.js"

/** One try. */
export interface Delivery {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** How long it may take in all. */
  readonly timeout_seconds: number
}

export interface WebhookTransport extends WebhookSigner {
  /** Why an address cannot be an endpoint's; null where it can. Looks at the text alone. */
  readonly refusal: (url: string) => string | null
  /**
   * Posts once, on a connection of its own, to nothing that is not public unless the host allows it: what counts is the address
   * that is connected to. Follows no redirect, and keeps the beginning of the answer only.
   */
  readonly send: (delivery: Delivery) => Effect.Effect<Answer, DeliveryFailed>
}

/** The transport of the host; none unless it says so. */
export class Transport extends Context.Reference<Transport>()("billwright/WebhookTransport", {
  defaultValue: (): WebhookTransport | null => null
}) {}

/** A transport, or `AdapterMissing` where the host has none. */
export const required = (transport: WebhookTransport | null): Effect.Effect<WebhookTransport, AdapterMissing> =>
  transport === null ? new AdapterMissing({ adapter: "billwright/webhooks" }) : Effect.succeed(transport)
