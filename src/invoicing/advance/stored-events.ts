/**
 * Events that were there before the plan which pays for them in advance came into force: sent before their subscription started,
 * or dated after a change of plan. They are billed when it does.
 */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { VersionTerms } from "../../catalog/index.js"
import { type CurrentOrganization, instant, StorageError } from "../../core/index.js"
import { type AcceptedEvent, EventSequence, MetricStore } from "../../metering/index.js"
import { subjectOf } from "../../rating/index.js"
import type { Subscription } from "../../subscriptions/index.js"
import type { Batch } from "../batch.js"
import type { Piece } from "../piece.js"
import { usageLife } from "../window.js"
import { AdvanceBilling } from "./event-billing.js"

/** No event is dated later. */
const LATEST = instant(Date.UTC(10_000, 0, 1) - 1)

const inAdvance = (terms: VersionTerms) => terms.charges.filter(({ charge }) => charge.pay_in_advance).map(({ metric }) => metric)

/** The metrics that a piece newly pays for in advance, each once. */
const newlyPaid = ({ after, row, work }: Piece, batch: Batch) => {
  if (work.kind !== "start" && work.plan === null) return []
  const before = work.kind === "start" ? new Set() : new Set(inAdvance(batch.termsOf(row)).map(({ id }) => id))
  const metrics = inAdvance(batch.termsOf(after)).filter(({ id }) => !before.has(id))
  return [...new Map(metrics.map((metric) => [metric.id, metric])).values()]
}

/** Bills events that are stored already. */
export class StoredEvents extends Context.Tag("billwright/StoredEvents")<
  StoredEvents,
  {
    /** Of pieces that were done, with their rows after them. No statement where no plan newly pays for a metric in advance. */
    readonly bill: (
      done: ReadonlyArray<{ readonly piece: Piece; readonly row: Subscription }>,
      batch: Batch,
      now: DateTime.Utc
    ) => Effect.Effect<void, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<StoredEvents, never, AdvanceBilling | EventSequence | MetricStore> = Layer.effect(
    StoredEvents,
    Effect.gen(function* () {
      const advance = yield* AdvanceBilling
      const metrics = yield* MetricStore
      const sequence = yield* EventSequence
      return StoredEvents.of({
        bill: Effect.fn("StoredEvents.bill")(function* (done, batch, now) {
          const asked = done.flatMap(({ piece, row }) => newlyPaid(piece, batch).map((metric) => ({ piece, row, metric })))
          if (asked.length === 0) return
          // A batch that is under way does not see the plan yet: it is waited for, so that its events are among these.
          yield* metrics.exclude([...new Set(asked.map(({ metric }) => metric.id as string))])
          const found = yield* sequence.read(
            asked.map(({ metric, piece, row }) => ({
              subject: subjectOf(usageLife(row, batch.termsOf(piece.after), batch), metric.id),
              metric: { ...metric, recurring: false },
              period: { from: piece.work.at, to: LATEST }
            }))
          )
          const events = asked.flatMap(({ metric, row }, index) =>
            found[index]!.map(
              ({ at, id, precise_total_amount_cents, properties }): AcceptedEvent => ({
                id,
                at,
                properties,
                precise_total_amount_cents,
                code: metric.code,
                external_customer_id: batch.customerOf(row).external_id,
                external_subscription_id: row.external_id
              })
            )
          )
          const rows = [...new Map(asked.map(({ row }) => [row.id, row])).values()]
          const [unbillable] = yield* advance.bill(
            rows,
            events.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
            now
          )
          // It was accepted before anybody paid for it in advance: it can be refused no more.
          if (unbillable !== undefined)
            return yield* new StorageError({ operation: "advance.bill", reason: "corrupt", cause: unbillable.error })
        })
      })
    })
  )
}
