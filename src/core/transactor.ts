/** The unit of work as a port: one transaction of the host's database, joined when one is already open. */
import { Context, type Effect } from "effect"
import type { StorageError } from "./errors.js"

export interface UnitOfWork {
  /**
   * Runs `work` in one transaction: everything it wrote is committed together, or nothing is. Nested calls join the outer
   * transaction. The outermost one is repeated a few times on serialization failures and deadlocks.
   *
   * Fails with what `work` fails with (rolled back), or `StorageError`.
   */
  readonly transaction: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>
  /** Runs reads that must see one state of the database (REPEATABLE READ on Postgres). */
  readonly snapshot: <A, E, R>(read: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>
  /** Whether the caller is inside a transaction, the host's own included: what is read there may never be committed. */
  readonly isOpen: Effect.Effect<boolean>
}

export class Transactor extends Context.Tag("billwright/Transactor")<Transactor, UnitOfWork>() {}
