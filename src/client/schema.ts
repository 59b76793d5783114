/** The schema of a database, for hosts and for the command: run, shown, printed. */
import { Effect, Layer } from "effect"
import { Ids } from "../core/index.js"
import { type LooseGuard, type MigrationStatus, Revision } from "../operations/index.js"
import type { Database } from "./database.js"
import { rejection } from "./face.js"

const ask = async <A, E>(database: Database, question: (revision: typeof Revision.Service) => Effect.Effect<A, E>): Promise<A> => {
  const exit = await Effect.runPromiseExit(
    Effect.flatMap(Revision, question).pipe(Effect.provide(Layer.provide(database.layer, Ids.layer)))
  )
  if (exit._tag === "Success") return exit.value
  throw rejection(exit.cause)
}

/** Runs the migrations that are missing; answers their names. Rejects with a `BillingError`. */
export const migrateDatabase = (database: Database): Promise<ReadonlyArray<string>> => ask(database, (revision) => revision.migrate)

/** Every migration, and whether the database has it. Rejects with a `BillingError`. */
export const migrationsOf = (database: Database): Promise<ReadonlyArray<MigrationStatus>> => ask(database, (revision) => revision.status)

/**
 * Triggers that the database lacks, or that are off or altered there: what they keep is kept no more. The command `doctor` tells them. Rejects with a
 * `BillingError`.
 */
export const guardsOf = (database: Database): Promise<ReadonlyArray<LooseGuard>> => ask(database, (revision) => revision.guards)
