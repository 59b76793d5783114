/**
 * The outbox: what a transaction has to tell, as webhooks that are committed with it or not at all. Nothing is made where nobody
 * listens: a transaction asks once which endpoints are active, and then writes all its webhooks in one statement, its last one.
 */
import { Context, DateTime, Effect, FiberRef, Layer } from "effect"
import { CurrentOrganization, Ids, type OrganizationId, type StorageError, Transactor, type UnitOfWork } from "../core/index.js"
import { catalogue } from "./catalogue.js"
import { bodyOf, type Happening, isTold } from "./event.js"
import { Followers } from "./followers.js"
import { type Listeners, WebhookStore } from "./store.js"
import { WebhookTerms } from "./terms.js"
import { type Webhook, WebhookId } from "./webhook.js"

/** A write of rows, and what it has to tell. */
export interface Announcement<B, A, E, R> {
  readonly organization_id: OrganizationId
  /** What is read before the write, to be compared with. */
  readonly before: Effect.Effect<B, StorageError, CurrentOrganization>
  readonly write: Effect.Effect<A, E, R>
  readonly events: (before: B, written: A) => Effect.Effect<ReadonlyArray<Happening>, StorageError, CurrentOrganization>
}

const hears = ({ endpoints, followed }: Listeners): boolean => endpoints.length > 0 || followed

/** What a transaction has to tell so far. */
interface Gathered {
  readonly listeners: Map<string, Listeners>
  readonly events: Array<Happening>
}

export class Outbox extends Context.Tag("billwright/Outbox")<
  Outbox,
  {
    /** Writes, and where an endpoint is active gathers what there is to tell, in one transaction. */
    readonly announcing: <B, A, E, R>(announcement: Announcement<B, A, E, R>) => Effect.Effect<A, E | StorageError, R>
  }
>() {
  /** The outbox, and the unit of work under which its webhooks are written: right before the outermost transaction commits. */
  static readonly layer: Layer.Layer<Outbox | Transactor, never, WebhookStore | Transactor | Ids> = Layer.effectContext(
    Effect.gen(function* () {
      const store = yield* WebhookStore
      const unit = yield* Transactor
      const ids = yield* Ids
      const { retries } = yield* WebhookTerms
      const follow = yield* Followers
      const open = FiberRef.unsafeMake<Gathered | null>(null)

      const send = Effect.fnUntraced(function* ({ events: happenings, listeners }: Gathered) {
        if (happenings.length === 0) return
        const events = happenings.filter(isTold)
        const followed = happenings.filter((event) => listeners.get(event.organization_id)?.followed === true)
        if (followed.length > 0) yield* follow(followed)
        const copies = events.flatMap((event) =>
          (listeners.get(event.organization_id)?.endpoints ?? []).map((endpoint) => ({ event, endpoint }))
        )
        if (copies.length === 0) return
        const now = yield* DateTime.now
        const fresh = (yield* ids.many(events.length + copies.length))[Symbol.iterator]()
        const eventIds = new Map(events.map((event) => [event, fresh.next().value as string]))
        yield* store.enqueue(
          copies.map(({ endpoint, event }): Webhook => {
            const id = WebhookId.make(fresh.next().value as string)
            return {
              id,
              organization_id: event.organization_id,
              webhook_endpoint_id: endpoint,
              event_id: eventIds.get(event)!,
              webhook_type: event.type,
              object_type: catalogue[event.type].object_type,
              object_id: event.object_id,
              payload: bodyOf(event, id, now),
              status: "pending",
              retries: 0,
              max_retries: retries.seconds.length,
              last_retried_at: null,
              http_status: null,
              response: null,
              error_message: null,
              next_attempt_at: now,
              created_at: now,
              updated_at: now
            }
          })
        )
      })

      const outermost = <A, E, R>(work: Effect.Effect<A, E, R>) =>
        unit.transaction(
          Effect.suspend(() => {
            const gathered: Gathered = { listeners: new Map(), events: [] }
            return Effect.zipLeft(
              Effect.locally(work, open, gathered),
              Effect.suspend(() => send(gathered))
            )
          })
        )

      /** A part of a transaction that is undone has nothing to tell. */
      const nested = <A, E, R>(outer: Gathered, work: Effect.Effect<A, E, R>) =>
        unit.transaction(
          Effect.suspend(() => {
            const gathered: Gathered = { listeners: outer.listeners, events: [] }
            return Effect.tap(Effect.locally(work, open, gathered), () => {
              outer.events.push(...gathered.events)
            })
          })
        )

      const transaction: UnitOfWork["transaction"] = (work) =>
        Effect.flatMap(FiberRef.get(open), (outer) => (outer === null ? outermost(work) : nested(outer, work)))

      const gather = <B, A, E, R>(
        gathered: Gathered,
        { before, events, organization_id, write }: Announcement<B, A, E, R>
      ): Effect.Effect<A, E | StorageError, R> =>
        Effect.gen(function* () {
          let listeners = gathered.listeners.get(organization_id)
          if (listeners === undefined) {
            listeners = yield* store.listeners(organization_id)
            gathered.listeners.set(organization_id, listeners)
          }
          if (!hears(listeners)) return yield* write
          const here = Effect.provideService(CurrentOrganization, organization_id)
          const known = yield* here(before)
          const written = yield* write
          gathered.events.push(...(yield* here(events(known, written))))
          return written
        })

      const announcing = <B, A, E, R>(announcement: Announcement<B, A, E, R>): Effect.Effect<A, E | StorageError, R> =>
        Effect.flatMap(FiberRef.get(open), (gathered) =>
          gathered !== null
            ? gather(gathered, announcement)
            : Effect.flatMap(store.listeners(announcement.organization_id), (listeners) =>
                // Nobody listens: the write is a statement of its own, as it was meant.
                !hears(listeners) ? announcement.write : transaction(announcing(announcement))
              )
        )

      return Context.make(Outbox, Outbox.of({ announcing })).pipe(Context.add(Transactor, Transactor.of({ ...unit, transaction })))
    })
  )
}
