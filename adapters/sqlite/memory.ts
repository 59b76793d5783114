/** An organization's rows in a database in memory: what `simulate` runs on, whatever engine the host is on. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { type TableRows, writeTables } from "../sql/copy.js"
import { Dialect } from "../sql/dialect.js"
import { asStorage } from "../sql/failure.js"
import { migrate } from "../sql/migrate.js"
import type { MemoryCopy } from "../sql/sandbox.js"
import { layer } from "./client.js"

/**
 * Runs work without the triggers, which guard how rows come about and would refuse documents that are final already. Those of the audit log
 * stay away: nothing that is tried out is logged.
 */
const withoutTriggers = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const storage = asStorage(yield* Dialect, "copy: triggers")
    const triggers = yield* sql<{ name: string; sql: string }>`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`.pipe(storage)
    for (const { name } of triggers) yield* sql.unsafe(`DROP TRIGGER ${name}`).pipe(storage)
    const done = yield* work
    for (const trigger of triggers.filter(({ name }) => !name.startsWith("audit_of_"))) yield* sql.unsafe(trigger.sql).pipe(storage)
    return done
  })

const fill = (tables: ReadonlyArray<TableRows>) =>
  // The database is new: no other revision can be in it, and no other text.
  Effect.zipRight(
    Effect.catchTags(migrate, { RevisionMismatch: Effect.die, MigrationChanged: Effect.die }),
    withoutTriggers(writeTables(tables))
  )

export const memoryCopy: MemoryCopy = (tables) =>
  Layer.effectDiscard(fill(tables)).pipe(Layer.provideMerge(layer({ filename: ":memory:", durability: "normal" })))
