/** Trying something out: everything that work writes is undone, and what it came to is answered. */
import { Effect } from "effect"
import type { StorageError } from "./errors.js"
import type { UnitOfWork } from "./transactor.js"

class Undone<A> {
  constructor(readonly value: A) {}
}

/**
 * Runs `work` in a transaction, or a part of the open one, that is always rolled back: no trace is left of it.
 *
 * Fails with what `work` fails with, or `StorageError`.
 */
export const rehearse = <A, E, R>(unit: UnitOfWork, work: Effect.Effect<A, E, R>): Effect.Effect<A, E | StorageError, R> =>
  unit.transaction(Effect.flatMap(work, (value) => Effect.fail(new Undone(value)))).pipe(
    Effect.catchIf(
      (error): error is Undone<A> => error instanceof Undone,
      (undone) => Effect.succeed(undone.value)
    )
  ) as Effect.Effect<A, E | StorageError, R>
