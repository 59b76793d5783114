/** Many subscriptions at once: a transaction each, one failure does not stop the rest. */
import { Effect, Either } from "effect"
import type { CurrentOrganization } from "../core/index.js"
import type { SubscriptionRef } from "./inputs.js"
import type { Subscription } from "./subscription.js"

/** What became of one of them. */
export type BulkItem<E> =
  | { readonly id: string; readonly ok: true; readonly subscription: Subscription }
  | { readonly id: string; readonly ok: false; readonly error: E }

/** In the order given, each id once. */
export interface BulkResult<E> {
  readonly items: ReadonlyArray<BulkItem<E>>
  readonly succeeded: number
  readonly failed: number
}

/** Runs a command for each id, one after the other. */
export const forEachId = <E>(
  ids: ReadonlyArray<string>,
  run: (ref: SubscriptionRef) => Effect.Effect<Subscription, E, CurrentOrganization>
): Effect.Effect<BulkResult<E>, never, CurrentOrganization> =>
  Effect.map(
    Effect.forEach([...new Set(ids)], (id) =>
      Effect.map(
        Effect.either(run({ id })),
        Either.match({
          onLeft: (error): BulkItem<E> => ({ id, ok: false, error }),
          onRight: (subscription): BulkItem<E> => ({ id, ok: true, subscription })
        })
      )
    ),
    (items) => {
      const succeeded = items.filter((item) => item.ok).length
      return { items, succeeded, failed: items.length - succeeded }
    }
  )
