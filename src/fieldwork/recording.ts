/** Writing what was decided: rows, transitions, and the word to whoever listens, all in one transaction. */
import type { DateTime } from "effect"
import { Context, Effect, Layer } from "effect"
import { type CurrentOrganization, Ids, OrganizationId, type StorageError } from "../core/index.js"
import { type AnyStatusChanged, type FieldEvent, FieldEvents } from "./events.js"
import type { Job, Move } from "./job.js"
import type { Lead } from "./lead.js"
import { FieldStore } from "./store.js"
import type { Transition } from "./transition.js"

export interface Doing {
  /** Who acts; null for a job. */
  readonly user: string | null
  readonly now: DateTime.Utc
}

/** A change of something that is no lead, survey or installation; its row is written by who decides it. */
type OtherMove = {
  readonly [K in AnyStatusChanged["kind"]]: Pick<Extract<AnyStatusChanged, { kind: K }>, "kind" | "before" | "after"> & {
    readonly reason: string | null
  }
}[AnyStatusChanged["kind"]]

export interface RecordingShape {
  /** Writes moves of a job. Only in a transaction that holds the job's lock. */
  readonly job: (lead: Lead, moves: ReadonlyArray<Move>, doing: Doing) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Keeps and tells status changes whose rows are written elsewhere in the transaction. */
  readonly others: (lead: Lead, moves: ReadonlyArray<OtherMove>, doing: Doing) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly tell: (events: ReadonlyArray<FieldEvent>) => Effect.Effect<void, StorageError, CurrentOrganization>
}

const transitionOf = (id: string, lead: Lead, { after, before, kind, reason }: OtherMove, { now, user }: Doing): Transition => ({
  id,
  organization_id: OrganizationId.make(lead.organization_id),
  kind,
  subject: after.id,
  lead: lead.id,
  oem: lead.oem,
  from_status: before?.status ?? null,
  to_status: after.status,
  at: now,
  user_id: user,
  reason
})

const eventOf = (transition: Transition, { after, before, kind }: OtherMove, lead: Lead): AnyStatusChanged =>
  ({
    type: "status_changed",
    kind,
    id: transition.subject,
    transition_id: transition.id,
    from: transition.from_status,
    to: transition.to_status,
    at: transition.at,
    reason: transition.reason,
    user: transition.user_id,
    before,
    after,
    lead
  }) as AnyStatusChanged

/** The lead as it is after all moves. */
const leadAfter = (lead: Lead, moves: ReadonlyArray<Move>): Lead => (moves.findLast((move) => move.kind === "lead")?.after as Lead) ?? lead

export class Recording extends Context.Tag("billwright/Recording")<Recording, RecordingShape>() {
  static readonly layer: Layer.Layer<Recording, never, FieldStore | Ids> = Layer.effect(
    Recording,
    Effect.gen(function* () {
      const store = yield* FieldStore
      const ids = yield* Ids
      const { tell } = yield* FieldEvents

      const kept = Effect.fnUntraced(function* (lead: Lead, moves: ReadonlyArray<OtherMove>, doing: Doing) {
        const fresh = yield* ids.many(moves.length)
        return moves.map((move, place) => transitionOf(fresh[place]!, lead, move, doing))
      })
      const told = (transitions: ReadonlyArray<Transition>, moves: ReadonlyArray<OtherMove>, lead: Lead) =>
        tell(moves.map((move, place) => eventOf(transitions[place]!, move, lead)))

      return Recording.of({
        job: Effect.fnUntraced(function* (lead, moves, doing) {
          const transitions = yield* kept(lead, moves, doing)
          yield* store.write(moves, transitions)
          yield* told(transitions, moves, leadAfter(lead, moves))
        }),
        others: Effect.fnUntraced(function* (lead, moves, doing) {
          const transitions = yield* kept(lead, moves, doing)
          yield* store.transitions(transitions)
          yield* told(transitions, moves, lead)
        }),
        tell
      })
    })
  )
}

/** Whether an OEM or a customer may see a job: their own only. */
export const isVisibleTo = ({ id, role }: { readonly id: string; readonly role: string }, { lead }: Pick<Job, "lead">): boolean =>
  role === "oem" ? lead.oem === id : role === "customer" ? lead.customer === id : true
