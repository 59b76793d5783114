/**
 * The worker of the outbox. Webhooks are claimed in one transaction, posted outside of any, all at once, and what came of it is
 * booked in another one. Where that is cut off, what was claimed is due again once its lease is over, with the same id and the
 * same bytes: at least once, and no endpoint waits for another one.
 */
import { Clock, Context, DateTime, Deferred, Duration, Effect, Layer, Queue, Random, Schema, type Scope } from "effect"
import {
  type AdapterMissing,
  decodeInput,
  Ids,
  Instant,
  type InvalidInput,
  instant,
  type SecretBox,
  Secrets,
  type StorageError,
  Transactor
} from "../core/index.js"
import { afterTry, type ClaimedWebhook, type Tried, verdictsOf } from "./delivery-state.js"
import { DeliveryFailed } from "./errors.js"
import { signingKeys } from "./keys.js"
import { type SigningKey, signatureHeader, signedContent } from "./signing.js"
import { SigningKeyStore, WebhookStore } from "./store.js"
import { type DeliveryTerms, WebhookTerms } from "./terms.js"
import { required, Transport, type WebhookTransport } from "./transport.js"

const Options = Schema.Struct({
  /** The instant of the run; the clock's unless given. */
  now: Schema.optional(Instant),
  /** Webhooks that are claimed at once; 500 unless given. */
  batch_size: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 1000)), { default: () => 500 })
})
export type DeliveryOptions = typeof Options.Encoded
const decodeOptions = decodeInput(Options)

const WorkOptions = Schema.Struct({
  /** Milliseconds between two looks for what is due; 500 unless given. */
  every_ms: Schema.optionalWith(Schema.Int.pipe(Schema.between(10, 60_000)), { default: () => 500 }),
  /** Webhooks that may be under way at once; 2,000 unless given. */
  most_under_way: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 100_000)), { default: () => 2000 })
})
export type WorkOptions = typeof WorkOptions.Encoded
const decodeWork = decodeInput(WorkOptions)

const PurgeOptions = Schema.Struct({ now: Schema.optional(Instant) })
type PurgeOptions = typeof PurgeOptions.Encoded
const decodePurge = decodeInput(PurgeOptions)

/** What a run did. */
export interface DeliveryRun {
  readonly attempts: number
  readonly succeeded: number
  /** Tries that failed, and are repeated. */
  readonly retrying: number
  /** Webhooks that failed for good. */
  readonly failed: number
  /** Webhooks of inactive endpoints, which fail without a try. */
  readonly skipped: number
}

type Running = Effect.Effect<DeliveryRun, InvalidInput | AdapterMissing | StorageError>

export interface WebhookDeliveryShape {
  /**
   * Delivers what is due now, of all organizations, and waits for the answers. The operator's; not inside a transaction. Several
   * may run at once, in as many processes as one likes: each webhook is one's only.
   *
   * Fails with `AdapterMissing` where the host has set up no webhooks, `InvalidInput`, `StorageError`.
   */
  readonly deliverDue: (options?: DeliveryOptions) => Running
  /**
   * Delivers for as long as it runs, and waits for no receiver before it looks again: interrupt it to end it; what is under way
   * then is tried again later. A database that cannot be reached is tried again.
   */
  readonly work: (options?: WorkOptions) => Effect.Effect<never, InvalidInput | AdapterMissing>
  /** Deletes webhooks that are over and older than the retention, with their attempts; answers how many. */
  readonly purge: (options?: PurgeOptions) => Effect.Effect<number, InvalidInput | StorageError>
}

/** Beside what a try may take at most, so much passes before somebody else may take it up. */
const LEASE_BEYOND_TIMEOUT = Duration.seconds(30)

/** Who takes longer than this to answer gets nothing more meanwhile. */
const PATIENCE = Duration.seconds(2)

/** So much of what may be under way is left to endpoints that answer. */
const KEPT_FREE = 0.25

const CLAIMED_AT_ONCE = 500
const BOOKED_AT_ONCE = 250
const PURGED_AT_ONCE = 1000

type Keys = Readonly<Record<"hmac" | "ed25519", ReadonlyArray<SigningKey>>>
type Book = (tried: Tried) => Effect.Effect<boolean, StorageError>

const nowOf = (given: DateTime.Utc | undefined): Effect.Effect<DateTime.Utc> =>
  given === undefined ? Effect.map(Clock.currentTimeMillis, instant) : Effect.succeed(given)

/** The headers of one try: a fresh timestamp and signature, the same id. */
const headersOf = (transport: WebhookTransport, keys: ReadonlyArray<SigningKey>, id: string, body: Uint8Array, now: DateTime.Utc) => {
  const timestamp = String(Math.floor(now.epochMillis / 1000))
  return {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "billwright-webhooks",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatureHeader(transport, keys, signedContent(id, timestamp, body))
  }
}

export class WebhookDelivery extends Context.Tag("billwright/WebhookDelivery")<WebhookDelivery, WebhookDeliveryShape>() {
  static readonly layer: Layer.Layer<WebhookDelivery, never, WebhookStore | SigningKeyStore | Transactor | Ids> = Layer.effect(
    WebhookDelivery,
    Effect.gen(function* () {
      const store = yield* WebhookStore
      const keyStore = yield* SigningKeyStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const terms: DeliveryTerms = yield* WebhookTerms
      const box: SecretBox = yield* Secrets
      const setUp = required(yield* Transport)

      /** Claims of endpoints that answered last, and apart from them one each of those that did not, or never were asked. */
      const claim = Effect.fnUntraced(function* (now: DateTime.Utc, limit: number, limit_of_others: number) {
        const until = DateTime.addDuration(now, Duration.sum(Duration.seconds(terms.timeout_seconds), LEASE_BEYOND_TIMEOUT))
        const common = {
          claim_id: yield* ids.next,
          now,
          until,
          patience: DateTime.subtractDuration(until, PATIENCE),
          abandoned: DateTime.addDuration(now, LEASE_BEYOND_TIMEOUT)
        }
        return yield* transaction(
          Effect.gen(function* () {
            const skipped = yield* store.skip(now, limit)
            const claimed = yield* store.claim({ ...common, limit, per_endpoint: terms.concurrency, answering: true })
            if (limit_of_others <= 0) return { skipped, claimed, others: 0 }
            const others = yield* store.claim({ ...common, limit: limit_of_others, per_endpoint: 1, answering: false })
            return { skipped, claimed: [...claimed, ...others], others: others.length }
          })
        )
      })

      /** The keys of the organizations of what was claimed; null where they cannot be opened. */
      const keysOf = Effect.fnUntraced(function* (claimed: ReadonlyArray<ClaimedWebhook>, now: DateTime.Utc) {
        if (claimed.length === 0) return new Map<string, Keys | null>()
        const stored = yield* keyStore.load([...new Set(claimed.map(({ organization_id }) => organization_id))])
        const opened = yield* Effect.forEach(stored, (keys) =>
          Effect.map(
            Effect.catchTag(signingKeys(keys, box, now), "SecretUnreadable", () => Effect.succeed(null)),
            (found) => [keys.organization_id as string, found] as const
          )
        )
        return new Map<string, Keys | null>(opened)
      })

      const attempt = Effect.fnUntraced(function* (
        transport: WebhookTransport,
        claimed: ClaimedWebhook,
        keys: Keys | null,
        at: DateTime.Utc | undefined
      ) {
        const own = keys?.[claimed.signature_algo] ?? []
        const now = yield* nowOf(at)
        const body = new TextEncoder().encode(claimed.payload)
        const refusal = transport.refusal(claimed.url)
        const posted =
          refusal !== null
            ? new DeliveryFailed({ reason: refusal })
            : own.length === 0
              ? new DeliveryFailed({ reason: "there is no key to sign with" })
              : transport.send({
                  url: claimed.url,
                  headers: headersOf(transport, own, claimed.id, body, now),
                  body,
                  timeout_seconds: terms.timeout_seconds
                })
        const outcome = yield* Effect.either(posted)
        return afterTry(claimed, outcome, terms, yield* nowOf(at), yield* Random.next)
      })

      const bookAll = Effect.fnUntraced(function* (tries: ReadonlyArray<Tried>) {
        const fresh = yield* ids.many(tries.length)
        return yield* transaction(
          Effect.gen(function* () {
            const booked = yield* store.book(tries.map((tried, index) => ({ ...tried, attempt_id: fresh[index]! })))
            const own = tries.filter(({ claimed }) => booked.has(claimed.id))
            const last = own.reduce((at, { attempted_at }) => DateTime.max(at, attempted_at), instant(0))
            yield* store.judge(verdictsOf(own, terms, last), last)
            return booked
          })
        )
      })

      /** Books tries as they come in, those that came in meanwhile together; answers whether the webhook was still ours. */
      const booking: Effect.Effect<Book, never, Scope.Scope> = Effect.gen(function* () {
        const queue = yield* Queue.unbounded<{ readonly tried: Tried; readonly done: Deferred.Deferred<boolean, StorageError> }>()
        yield* Effect.forkScoped(
          Effect.forever(
            Effect.flatMap(Queue.takeBetween(queue, 1, BOOKED_AT_ONCE), (chunk) => {
              const batch = [...chunk]
              return Effect.matchEffect(bookAll(batch.map(({ tried }) => tried)), {
                onFailure: (error) => Effect.forEach(batch, ({ done }) => Deferred.fail(done, error), { discard: true }),
                onSuccess: (booked) =>
                  Effect.forEach(batch, ({ done, tried }) => Deferred.succeed(done, booked.has(tried.claimed.id)), { discard: true })
              })
            })
          )
        )
        return (tried) =>
          Effect.gen(function* () {
            const done = yield* Deferred.make<boolean, StorageError>()
            yield* Queue.offer(queue, { tried, done })
            return yield* Deferred.await(done)
          })
      })

      const deliverDue = Effect.fn("WebhookDelivery.deliverDue")(function* (options: DeliveryOptions = {}) {
        const { batch_size, now: given } = yield* decodeOptions(options)
        const transport = yield* setUp
        return yield* Effect.scoped(
          Effect.gen(function* () {
            const book = yield* booking
            const run = { attempts: 0, succeeded: 0, retrying: 0, failed: 0, skipped: 0 }
            while (true) {
              const now = yield* nowOf(given)
              const { claimed, skipped } = yield* claim(now, batch_size, batch_size)
              run.skipped += skipped
              if (claimed.length === 0 && skipped === 0) return run
              const keys = yield* keysOf(claimed, now)
              yield* Effect.forEach(
                claimed,
                (one) =>
                  Effect.gen(function* () {
                    const tried = yield* attempt(transport, one, keys.get(one.organization_id) ?? null, given)
                    run.attempts += 1
                    if (!(yield* book(tried))) return
                    run[tried.status === "pending" ? "retrying" : tried.status] += 1
                  }),
                { concurrency: "unbounded", discard: true }
              )
            }
          })
        )
      })

      const work = Effect.fn("WebhookDelivery.work")(function* (options: WorkOptions = {}) {
        const { every_ms, most_under_way } = yield* decodeWork(options)
        const transport = yield* setUp
        return yield* Effect.scoped(
          Effect.gen(function* () {
            const book = yield* booking
            const underWay = { all: 0, others: 0 }
            const one = (claimed: ClaimedWebhook, keys: Keys | null) =>
              attempt(transport, claimed, keys, undefined).pipe(
                Effect.flatMap(book),
                // Its lease runs out, and it is tried again.
                Effect.catchTag("StorageError", (error) => Effect.logWarning("a delivery was not recorded", error)),
                Effect.ensuring(
                  Effect.sync(() => {
                    underWay.all -= 1
                    if (claimed.answering_since === null) underWay.others -= 1
                  })
                )
              )
            const look = Effect.gen(function* () {
              const room = Math.min(CLAIMED_AT_ONCE, most_under_way - underWay.all)
              if (room <= 0) return false
              const room_of_others = Math.ceil(most_under_way * (1 - KEPT_FREE)) - underWay.others
              const now = yield* nowOf(undefined)
              const { claimed, others } = yield* claim(now, room, Math.min(room, room_of_others))
              const keys = yield* keysOf(claimed, now)
              underWay.all += claimed.length
              underWay.others += others
              yield* Effect.forEach(claimed, (webhook) => Effect.forkScoped(one(webhook, keys.get(webhook.organization_id) ?? null)), {
                discard: true
              })
              return claimed.length > 0
            }).pipe(Effect.catchTag("StorageError", (error) => Effect.as(Effect.logWarning("webhooks could not be claimed", error), false)))
            return yield* Effect.forever(Effect.flatMap(look, (more) => (more ? Effect.yieldNow() : Effect.sleep(every_ms))))
          })
        )
      })

      return WebhookDelivery.of({
        deliverDue,
        work,
        purge: Effect.fn("WebhookDelivery.purge")(function* (options = {}) {
          const { now } = yield* decodePurge(options)
          const before = DateTime.subtract(yield* nowOf(now), { days: terms.retention_days })
          let purged = 0
          while (true) {
            const gone = yield* transaction(store.purge(before, PURGED_AT_ONCE))
            purged += gone
            if (gone < PURGED_AT_ONCE) return purged
          }
        })
      })
    })
  )
}
