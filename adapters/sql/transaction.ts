/**
 * The `Transactor` over a SqlClient. Written here rather than taken from the client because a BEGIN or COMMIT that fails
 * must stay a typed, retryable error and never a defect, and because siblings inside one transaction must keep their
 * savepoints apart.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { Context, Effect, Exit, Layer, Option, Schedule, Scope } from "effect"
import { Commits, CurrentOrganization, StorageError, Transactor, type UnitOfWork } from "../../src/core/index.js"
import { auditedTables } from "../../src/operations/index.js"
import { Dialect, type DialectShape } from "./dialect.js"
import { storageError } from "./failure.js"
import { remembered } from "./remembered.js"
import { type Pass, through } from "./through.js"

/** What a transaction has written so far. */
interface Written {
  /** Whether a statement wrote a table that is audited. */
  audited: boolean
}

/** The transaction that a fiber is in: siblings take `turn` before they open a savepoint. */
class OpenTransaction extends Context.Tag("billwright/sql/OpenTransaction")<
  OpenTransaction,
  { readonly connection: Connection; readonly depth: number; readonly turn: Effect.Semaphore; readonly written: Written }
>() {}

/** Whether the caller's transaction has written what is audited. */
export const hasAuditedWrites: Effect.Effect<boolean> = Effect.map(
  Effect.serviceOption(OpenTransaction),
  Option.match({ onNone: () => false, onSome: ({ written }) => written.audited })
)

const WRITE = /\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)/gi

const writesAudited = remembered(
  (statement) =>
    !/^\s*(?:CREATE|DROP)\b/.test(statement) &&
    [...statement.matchAll(WRITE)].some(([, table]) => table! in auditedTables || table === "billwright_changes")
)

/** A transaction's connection, which notes whether it writes what is audited. `first` runs before the first such statement. */
const noting = (connection: Connection, written: Written, first: string | undefined): Connection => {
  const pass: Pass = (statement, run) => {
    if (written.audited || !writesAudited(statement)) return run(statement)
    written.audited = true
    return first === undefined ? run(statement) : Effect.zipRight(connection.executeUnprepared(first, [], undefined), run(statement))
  }
  return through(connection, pass, true)
}

/** A connection whose first statement gets a mark; the transaction is open from there on. */
const opening = (
  connection: Connection,
  mark: (statement: string) => string
): { readonly connection: Connection; readonly isOpen: () => boolean } => {
  let open = false
  const marked = (statement: string): string => {
    if (open) return statement
    open = true
    return mark(statement)
  }
  return { connection: through(connection, (statement, run) => Effect.suspend(() => run(marked(statement))), false), isOpen: () => open }
}

/** Takes work out of the transaction that its caller has open: it is about another database. */
export const outsideTransactions = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(
    work,
    (context: Context.Context<R>) =>
      Context.omit(SqlClient.TransactionConnection, OpenTransaction)(context as Context.Context<unknown>) as Context.Context<R>
  )

/** Tells that something may have been committed. */
const counted = Effect.flatMap(Effect.serviceOption(CurrentOrganization), (organization) =>
  Effect.map(Commits, (commits) => commits.add(Option.getOrNull(organization)))
)

/** Whether the caller has a transaction open, ours or one of the client. */
export const insideTransaction: Effect.Effect<boolean> = Effect.map(Effect.context<never>(), (context) =>
  Option.isSome(Context.getOption(context, SqlClient.TransactionConnection))
)

type TransactionServices = OpenTransaction | SqlClient.TransactionConnection

const RETRIES = 5

const retryable = (error: unknown): boolean => error instanceof StorageError && (error.reason === "conflict" || error.reason === "busy")

const retries = { while: retryable, times: RETRIES, schedule: Schedule.jittered(Schedule.exponential("10 millis")) }

/** Nothing is made ready for what nearly always succeeds: the retries begin with the failure that there was. */
const again = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.catchIf(work, retryable, (error) => {
    let first = true
    const attempt = Effect.suspend(() => {
      if (!first) return work
      first = false
      return Effect.fail(error)
    })
    return Effect.retry(attempt, retries)
  })

const make = (sql: SqlClient.SqlClient, dialect: DialectShape): UnitOfWork => {
  const run = (connection: Connection, statement: string) =>
    Effect.mapError(connection.executeUnprepared(statement, [], undefined), (error) =>
      storageError(dialect, statement.toLowerCase(), error.cause)
    )

  const within = <A, E, R>(connection: Connection, depth: number, written: Written, work: Effect.Effect<A, E, R>) =>
    Effect.mapInputContext(
      work,
      (context: Context.Context<Exclude<R, TransactionServices>>) =>
        context.pipe(
          Context.add(SqlClient.TransactionConnection, [connection, depth] as const),
          Context.add(OpenTransaction, { connection, depth, turn: Effect.unsafeMakeSemaphore(1), written })
        ) as Context.Context<R>
    )

  /** Postgres answers the COMMIT of a transaction in which a statement had failed with ROLLBACK, and with no failure. */
  const commit = (connection: Connection, statement: string) =>
    Effect.flatMap(
      Effect.mapError(connection.executeRaw(statement, []), (error) => storageError(dialect, statement.toLowerCase(), error.cause)),
      (answer) =>
        (answer as { readonly command?: unknown } | null | undefined)?.command === "ROLLBACK"
          ? storageError(dialect, statement.toLowerCase(), new Error("a statement of the transaction had failed: nothing was committed"))
          : Effect.void
    )

  const inside = <A, E, R>(
    connection: Connection,
    depth: number,
    statements: { readonly begin: string; readonly commit: string; readonly rollback: string },
    written: Written,
    work: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | StorageError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        yield* run(connection, statements.begin)
        const exit = yield* Effect.exit(restore(within(connection, depth, written, work)))
        if (Exit.isSuccess(exit)) {
          yield* Effect.tapError(commit(connection, statements.commit), () => Effect.ignore(run(connection, statements.rollback)))
        } else {
          // A rollback that fails means that the connection is gone, and with it the transaction: the first failure is the news.
          yield* Effect.ignore(run(connection, statements.rollback))
        }
        return yield* exit
      })
    )

  const outermost = <A, E, R>(
    begin: string,
    ended: Effect.Effect<void>,
    work: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | StorageError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Scope.make(), (scope) =>
        Effect.mapError(restore(Scope.extend(sql.reserve, scope)), (error) => storageError(dialect, "begin", error.cause)).pipe(
          Effect.flatMap((connection) => {
            const written: Written = { audited: false }
            const statements = { begin, commit: dialect.commit, rollback: dialect.rollback }
            return restore(inside(noting(connection, written, dialect.markChanges), 0, statements, written, work))
          }),
          Effect.onExit((exit) => Scope.close(scope, exit)),
          // Before anybody else has a turn, and after a COMMIT without an answer too.
          Effect.ensuring(ended),
          // Not interruptible: what was committed is answered.
          Effect.zipLeft(dialect.breathe)
        )
      )
    ).pipe(again)

  /** Work on one state of the database over a connection whose first statement opens the transaction. Who asked does not wait for its end. */
  const glance =
    (mark: (statement: string) => string) =>
    <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E | StorageError, R> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const scope = yield* Scope.make()
          const reserved = yield* restore(Scope.extend(sql.reserve, scope)).pipe(
            Effect.mapError((error) => storageError(dialect, "begin", error.cause)),
            Effect.onError(() => Scope.close(scope, Exit.void))
          )
          const { connection, isOpen } = opening(reserved, mark)
          const written: Written = { audited: false }
          const exit = yield* Effect.exit(restore(within(connection, 0, written, work)))
          // Nothing was written: how it ends matters to nobody, and the connection goes back once it has.
          const end = isOpen() ? Effect.ignore(run(reserved, Exit.isSuccess(exit) ? dialect.commit : dialect.rollback)) : Effect.void
          yield* Effect.forkDaemon(Effect.ensuring(end, Scope.close(scope, exit)))
          return yield* exit
        })
      ).pipe(again)

  const join = <A, E, R>(
    open: Context.Tag.Service<OpenTransaction>,
    work: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | StorageError, R> => {
    const depth = open.depth + 1
    const name = `billwright_${depth}`
    return open.turn.withPermits(1)(
      inside(
        open.connection,
        depth,
        {
          begin: `SAVEPOINT ${name}`,
          commit: `RELEASE SAVEPOINT ${name}`,
          rollback: `ROLLBACK TO SAVEPOINT ${name}`
        },
        open.written,
        work
      )
    )
  }

  type Outermost = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>

  const either =
    (begin: Outermost): Outermost =>
    (work) =>
      Effect.flatMap(Effect.serviceOption(OpenTransaction), (open) => (Option.isSome(open) ? join(open.value, work) : begin(work)))

  return {
    transaction: either((work) => outermost(dialect.begin, counted, work)),
    snapshot: either(
      dialect.opensSnapshot === undefined
        ? (work) => outermost(dialect.beginSnapshot, Effect.void, work)
        : glance(remembered((statement) => dialect.opensSnapshot + statement))
    ),
    isOpen: dialect.lent ? Effect.succeed(true) : Effect.map(Effect.serviceOption(OpenTransaction), Option.isSome)
  }
}

/** The unit of work over the client in the environment. */
export const transactorLayer: Layer.Layer<Transactor, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  Transactor,
  Effect.gen(function* () {
    return Transactor.of(make(yield* SqlClient.SqlClient, yield* Dialect))
  })
)
