/** The service of webhooks: what was told, what became of it, and another try by hand. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  byId,
  type CurrentOrganization,
  decodeInput,
  type InvalidInput,
  type InvalidTransition,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { retriedByHand } from "./delivery-state.js"
import { WebhookNotFound } from "./errors.js"
import { WebhookStore } from "./store.js"
import { ListAttempts, type ListAttemptsInput, ListWebhooks, type ListWebhooksInput, type Webhook, type WebhookAttempt } from "./webhook.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface WebhooksShape {
  /** Fails with `WebhookNotFound`. */
  readonly get: (id: string) => Call<Webhook, WebhookNotFound>
  /** By endpoint, type, status and object. */
  readonly list: (input?: ListWebhooksInput) => Call<Page<Webhook>, InvalidInput>
  /** The tries of a webhook. Fails with `WebhookNotFound`, `InvalidInput`. */
  readonly attempts: (id: string, input?: ListAttemptsInput) => Call<Page<WebhookAttempt>, WebhookNotFound | InvalidInput>
  /**
   * Has a failed one tried once more, with the next delivery run: the same id and the same bytes.
   *
   * Fails with `WebhookNotFound`, `InvalidTransition` on one that has not failed.
   */
  readonly retry: (id: string) => Call<Webhook, WebhookNotFound | InvalidTransition>
}

const decodeList = decodeInput(ListWebhooks)
const decodeAttempts = decodeInput(ListAttempts)

export class Webhooks extends Context.Tag("billwright/Webhooks")<Webhooks, WebhooksShape>() {
  static readonly layer: Layer.Layer<Webhooks, never, WebhookStore | Transactor> = Layer.effect(
    Webhooks,
    Effect.gen(function* () {
      const store = yield* WebhookStore
      const { transaction } = yield* Transactor

      const by = byId((id) => new WebhookNotFound({ id }))
      const find = by(store.find)

      return Webhooks.of({
        get: Effect.fn("Webhooks.get")(find),

        list: Effect.fn("Webhooks.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          const { webhook_endpoint_id: endpoint, object_id: object } = given
          // A malformed id names nothing.
          if ([endpoint, object].some((id) => id !== undefined && !isUuid(id))) return pageOf<Webhook>(request, { rows: [], total: 0 })
          return pageOf(request, yield* store.page(given, request))
        }),

        attempts: Effect.fn("Webhooks.attempts")(function* (id, input = {}) {
          const request = yield* pageRequest({ order_by: "created_at:asc", ...(yield* decodeAttempts(input)) }, ["created_at"])
          yield* find(id)
          return pageOf(request, yield* store.pageAttempts(id, request))
        }),

        retry: Effect.fn("Webhooks.retry")(function* (id) {
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const webhook = yield* by(store.lock)(id)
              yield* retriedByHand(webhook)
              yield* store.retry(id, now)
              return yield* find(id)
            })
          )
        })
      })
    })
  )
}
