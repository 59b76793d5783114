/** Calls on behalf of a user of the host. */
import { Effect } from "effect"
import { CurrentActor } from "../core/index.js"

/** The audit log names the user, with what the host wants to find again. */
export const byUser = <A, E, R>(user: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(CurrentActor, ({ metadata }) =>
    Effect.provideService(effect, CurrentActor, { actor_type: "user", actor_id: user, metadata })
  )
