/** Push messages to browsers by Web Push with VAPID: `billwright/messaging/push`. */
import type { LookupFunction } from "node:net"
import { Effect, Predicate } from "effect"
import webPush from "web-push"
import type { MessageGateway } from "../../../src/notifications/index.js"
import { PATIENCE_MILLIS, revealed, type Secret } from "../../shared/options.js"
import { urlRefusal } from "../../webhooks/guard.js"
import { sender } from "../../webhooks/sender.js"
import { failed } from "../shared/sending.js"

export type { Secret } from "../../shared/options.js"

export interface PushOptions {
  /** Who sends: `mailto:…` or an https address. */
  readonly subject: string
  /** The key pair of the host, base64url: `npx web-push generate-vapid-keys` makes one. */
  readonly publicKey: string
  readonly privateKey: Secret
  /** How long a push service keeps a message for a browser that is away, in seconds; a day unless given. */
  readonly ttl?: number
  /** What the gateway is called among the host's; `web_push` unless given. */
  readonly name?: string
  /** Lets subscriptions be in private and local networks, without TLS: for tests. */
  readonly allowPrivate?: boolean
  /** How names are looked up: the system's way unless given. */
  readonly lookup?: LookupFunction
  readonly timeoutMillis?: number
}

interface Subscription {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** A user's push address: the JSON of their browser's `PushSubscription`. */
const subscriptionOf = (address: string): Subscription | null => {
  try {
    const { endpoint, keys }: { readonly endpoint?: unknown; readonly keys?: unknown } = JSON.parse(address)
    if (typeof endpoint !== "string" || !Predicate.isRecord(keys)) return null
    const { auth, p256dh } = keys
    return typeof auth === "string" && typeof p256dh === "string" ? { endpoint, keys: { auth, p256dh } } : null
  } catch {
    return null
  }
}

/** Pushes `{ id, body }` as JSON, encrypted for the browser, to public push services only. */
export const push = (options: PushOptions): MessageGateway => {
  const { allowPrivate = false, lookup, name = "web_push", publicKey, subject, ttl = 86_400 } = options
  const guard = { allowPrivate, ports: [443] }
  const post = sender({ ...guard, lookup, ca: undefined })
  return {
    name,
    channel: "push",
    send: ({ body, key, to }) =>
      Effect.gen(function* () {
        const subscription = subscriptionOf(to)
        if (subscription === null) return yield* failed(name, "the address is no push subscription")
        const refusal = urlRefusal(subscription.endpoint, guard)
        if (refusal !== null) return yield* failed(name, refusal)
        const request = yield* Effect.try({
          try: () =>
            webPush.generateRequestDetails(subscription, JSON.stringify({ id: key, body }), {
              vapidDetails: { subject, publicKey, privateKey: revealed(options.privateKey) },
              TTL: ttl
            }),
          catch: () => failed(name, "the message could not be encrypted for the subscription")
        })
        const headers = Object.fromEntries(Object.entries(request.headers).map(([header, value]) => [header, String(value)]))
        const answer = yield* post({
          url: request.endpoint,
          headers,
          body: request.body ?? new Uint8Array(),
          timeout_seconds: (options.timeoutMillis ?? PATIENCE_MILLIS) / 1000
        }).pipe(Effect.mapError(({ reason }) => failed(name, reason)))
        if (answer.status < 200 || answer.status >= 300) return yield* failed(name, `refused with ${answer.status}`)
        // Push services say nothing more about a message.
        return key
      }),
    readWebhook: null
  }
}
