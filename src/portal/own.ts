/** What the areas of the portal share: the customer's own rows, where any other's id answers like a missing one. */
import { Effect } from "effect"
import { SubscriptionNotFound } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { Subscription, Subscriptions } from "../subscriptions/index.js"
import { CurrentCustomer } from "./session.js"

export type Own<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization | CurrentCustomer>

/** A method of a service, on behalf of the current customer. */
export type Through<F, E2 = never> = F extends (...args: infer A) => Effect.Effect<infer B, infer E, infer R>
  ? (...args: A) => Effect.Effect<B, E | E2, R | CurrentCustomer>
  : never

/** Where what was asked for cannot be told, it is null; that the database does not answer is a failure all the same. */
export const orNothing = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A | null, Extract<E, StorageError>, R> =>
  Effect.catchAll(effect, (error) =>
    error._tag === "StorageError" ? Effect.fail(error as Extract<E, StorageError>) : Effect.succeed(null)
  )

/** What can fail with nothing but the database: any other failure is a bug. */
export const certainly = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, Extract<E, StorageError>, R> =>
  Effect.catchAll(effect, (error) => (error._tag === "StorageError" ? Effect.fail(error as Extract<E, StorageError>) : Effect.die(error)))

/** A row if it is the current customer's. */
export const owned = <A, E, R, N>(
  read: Effect.Effect<A, E, R>,
  ownerOf: (row: A) => string | null,
  missing: () => N
): Effect.Effect<A, E | N, R | CurrentCustomer> =>
  Effect.flatMap(CurrentCustomer, (customer) =>
    Effect.flatMap(read, (row): Effect.Effect<A, N> => (ownerOf(row) === customer ? Effect.succeed(row) : Effect.fail(missing())))
  )

/** How a customer names a subscription of theirs. */
export type OwnSubscriptionRef = { readonly id: string } | { readonly external_id: string }

export const ownSubscription =
  (subscriptions: typeof Subscriptions.Service) =>
  (ref: OwnSubscriptionRef): Own<Subscription, SubscriptionNotFound> =>
    owned(
      subscriptions.get(ref),
      (row) => row.customer_id,
      () => new SubscriptionNotFound({ id: "id" in ref ? ref.id : ref.external_id })
    )
