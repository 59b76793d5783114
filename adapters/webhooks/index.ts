/** Webhooks on Node: `billwright/webhooks`. What signs and sends them for hosts, and what verifies them for receivers. */
import type { LookupFunction } from "node:net"
import { type DeliveryTerms, defaultTerms, type WebhookTransport } from "../../src/webhooks/index.js"
import { urlRefusal } from "./guard.js"
import { sender } from "./sender.js"
import { signer } from "./signer.js"

export { SignatureInvalid } from "../../src/core/index.js"
export { type DeliveryTerms, defaultRetries, patientRetries, type RetrySchedule, type WebhookBody } from "../../src/webhooks/index.js"
export { readWebhook, type VerifyOptions, verify, type WebhookHeaders } from "./verify.js"

export interface WebhookOptions extends Partial<DeliveryTerms> {
  /**
   * Lets endpoints be in private and local networks, on any port, and without TLS. For tests, and for hosts whose tenants are
   * trusted: an endpoint is a request from inside your network to wherever it says.
   */
  readonly allowPrivate?: boolean
  /** The ports that endpoints may have; 443 and 8443 unless given. */
  readonly ports?: ReadonlyArray<number>
  /** How names are looked up: the system's way unless given. */
  readonly lookup?: LookupFunction
  /** Certificate authorities beside the system's, PEM. */
  readonly ca?: string
}

/** What `createBilling` takes as `webhooks`. */
export interface WebhookSetup {
  readonly transport: WebhookTransport
  readonly terms: DeliveryTerms
}

/** Sends webhooks: to public https addresses only, unless told otherwise. */
export const webhooks = (options: WebhookOptions = {}): WebhookSetup => {
  const { allowPrivate = false, ca, lookup, ports = [443, 8443], ...terms } = options
  const guard = { allowPrivate, ports }
  return {
    transport: { ...signer, refusal: (url) => urlRefusal(url, guard), send: sender({ ...guard, lookup, ca }) },
    terms: { ...defaultTerms, ...terms }
  }
}
