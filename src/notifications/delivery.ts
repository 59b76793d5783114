/**
 * The worker of messages. What is due is claimed in one transaction, handed to its gateways outside of any, and what came of it is booked in
 * another one. Where that is cut off, what was claimed is due again once its lease is over: at least once, with the same key.
 */
import { Cause, Clock, Context, DateTime, Duration, Effect, Layer, Schema } from "effect"
import { decodeInput, Ids, Instant, type InvalidInput, instant, type StorageError, Transactor } from "../core/index.js"
import { Documents } from "../documents/index.js"
import { type Attachment, MessageGateways } from "./gateway.js"
import type { Enclosure } from "./mails/document-mail.js"
import { drawn } from "./mails/drawing.js"
import { DocumentMailStore } from "./mails/store.js"
import type { Channel, Notification } from "./notification.js"
import { applyReceipts } from "./receipts.js"
import { afterTry, type TryOutcome } from "./state.js"
import { NotificationStore, ReceiptStore } from "./store.js"

const Options = Schema.Struct({
  /** The instant of the run; the clock's unless given. */
  now: Schema.optional(Instant),
  /** Messages that are claimed at once; 100 unless given. */
  batch_size: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 500)), { default: () => 100 })
})
export type SendDueOptions = typeof Options.Encoded
const decodeOptions = decodeInput(Options)

/** What a run did. */
export interface SendRun {
  readonly tries: number
  /** Taken by their gateways; reminders of calls that fell due. */
  readonly sent: number
  /** Refused or not reached, and tried again. */
  readonly retrying: number
  /** Failed after the fourth try. */
  readonly failed: number
}

export interface NotificationDeliveryShape {
  /**
   * Sends what is due now, of all organizations: messages whose channel has a gateway here, and reminders of calls. The operator's; a job for every
   * minute; not inside a transaction. Several may run at once, in as many processes as one likes.
   *
   * Fails with `InvalidInput`, `StorageError`.
   *
   * @see decisions F5
   */
  readonly sendDue: (options?: SendDueOptions) => Effect.Effect<SendRun, InvalidInput | StorageError>
}

/** How long a gateway may take; then it counts as not reached. */
const PATIENCE = Duration.seconds(30)
/** At so many messages at once. */
const AT_ONCE = 10
/** A claim is its worker's until all of it may have taken its time, and half a minute more. */
const leaseOf = (limit: number): Duration.Duration =>
  Duration.sum(Duration.times(PATIENCE, Math.ceil(limit / AT_ONCE)), Duration.seconds(30))

/** A gateway says within a day what it says before we know of it. */
const EARLY = Duration.days(1)
const ADOPTED_AT_ONCE = 1000

const brief = (text: string): string =>
  text
    .replaceAll("\u0000", "")
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .slice(0, 1000)

type Needs = NotificationStore | DocumentMailStore | Documents | ReceiptStore | Transactor | Ids

type Enclosed = Enclosure & { readonly document_status: string }

export class NotificationDelivery extends Context.Tag("billwright/NotificationDelivery")<
  NotificationDelivery,
  NotificationDeliveryShape
>() {
  static readonly layer: Layer.Layer<NotificationDelivery, never, Needs> = Layer.effect(
    NotificationDelivery,
    Effect.gen(function* () {
      const store = yield* NotificationStore
      const mails = yield* DocumentMailStore
      const documents = yield* Documents
      const receipts = yield* ReceiptStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const gateways = yield* MessageGateways
      const channels: ReadonlyArray<Channel> = ["call", ...gateways.keys()]

      const handOver = (message: Notification, enclosed: ReadonlyArray<Enclosed>): Effect.Effect<TryOutcome> => {
        if (message.channel === "call") return Effect.succeed({ taken: true, gateway: null, gateway_message_id: null })
        const gateway = gateways.get(message.channel)!
        const outgoing = (attachments: ReadonlyArray<Attachment>) => ({
          key: message.id,
          to: message.address ?? "",
          subject: message.subject,
          body: message.body,
          provider_template: message.provider_template,
          ...(message.bcc_emails.length === 0 ? {} : { bcc: message.bcc_emails }),
          ...(attachments.length === 0 ? {} : { attachments })
        })
        return Effect.flatMap(drawn(documents, enclosed), (attachments) => gateway.send(outgoing(attachments))).pipe(
          Effect.timeoutFail({ duration: PATIENCE, onTimeout: () => new Cause.TimeoutException("no answer in time") }),
          Effect.map(
            (id): TryOutcome => ({ taken: true, gateway: gateway.name, gateway_message_id: id === "" ? null : brief(id).slice(0, 100) })
          ),
          // A gateway that breaks has not taken it: what it broke on stands in the record, and the others go out.
          Effect.catchAllCause((cause) => {
            const error = Cause.squash(cause)
            return Effect.succeed<TryOutcome>({ taken: false, error: brief(error instanceof Error ? error.message : String(error)) })
          })
        )
      }

      const book = (claim_id: string, outcomes: ReadonlyMap<string, TryOutcome>, at: DateTime.Utc) =>
        transaction(
          Effect.gen(function* () {
            const held = yield* store.lockClaimed(claim_id)
            const after = held.flatMap((message) => {
              const outcome = outcomes.get(message.id)
              return outcome === undefined ? [] : [{ ...afterTry(message, outcome, at), updated_at: at }]
            })
            yield* store.book(after)
            return after
          })
        )

      /** Receipts can be here before the id that they name: they move their message now. */
      const adopt = (now: DateTime.Utc) =>
        transaction(
          Effect.gen(function* () {
            const early = yield* receipts.early(DateTime.subtractDuration(now, EARLY), ADOPTED_AT_ONCE)
            if (early.length === 0) return
            const known = yield* store.lockAll(early.map(({ notification, organization_id }) => ({ organization_id, id: notification! })))
            const applied = known.map((message) =>
              applyReceipts(
                message,
                early.filter((one) => one.notification === message.id && one.organization_id === message.organization_id),
                now
              )
            )
            yield* receipts.save(applied.flatMap((one) => one.receipts))
            yield* store.save(applied.map(({ message }) => message))
          })
        )

      return NotificationDelivery.of({
        sendDue: Effect.fn("NotificationDelivery.sendDue")(function* (options = {}) {
          const given = yield* decodeOptions(options)
          const now = given.now ?? instant(yield* Clock.currentTimeMillis)
          const limit = given.batch_size
          const run = { tries: 0, sent: 0, retrying: 0, failed: 0 }
          while (true) {
            const claim_id = yield* ids.next
            const claim = { claim_id, now, until: DateTime.addDuration(now, leaseOf(limit)), channels, limit }
            const claimed = yield* transaction(store.claim(claim))
            // Only e-mails carry documents.
            const enclosed = yield* mails.enclosed(claimed.filter(({ channel }) => channel === "email"))
            const outcomes = yield* Effect.forEach(
              claimed,
              (message) =>
                Effect.map(
                  handOver(
                    message,
                    enclosed.filter(({ notification }) => notification === message.id)
                  ),
                  (outcome) => [message.id as string, outcome] as const
                ),
              { concurrency: AT_ONCE }
            )
            const booked = claimed.length === 0 ? [] : yield* book(claim_id, new Map(outcomes), now)
            run.tries += booked.length
            run.sent += booked.filter(({ last_error, status }) => status !== "failed" && last_error === null).length
            run.retrying += booked.filter(({ next_try_at }) => next_try_at !== null).length
            run.failed += booked.filter(({ status }) => status === "failed").length
            if (claimed.length < limit) break
          }
          yield* adopt(now)
          return run
        })
      })
    })
  )
}
