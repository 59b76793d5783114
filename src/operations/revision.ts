/** The revision of a database's schema, as a port: what it is, and how it is brought to what this package needs. */
import { Context, type Effect, Schema } from "effect"
import type { StorageError } from "../core/index.js"

/** The database has another revision than this package: which, and which one is wanted. */
export class RevisionMismatch extends Schema.TaggedError<RevisionMismatch>()("RevisionMismatch", {
  database: Schema.Int,
  library: Schema.Int
}) {
  override get message() {
    return this.database < this.library
      ? `the database is at revision ${this.database}, this version of billwright needs ${this.library}: run migrate`
      : `the database is at revision ${this.database}, newer than ${this.library}, which this version of billwright knows`
  }
}

export interface MigrationStatus {
  readonly id: number
  readonly name: string
  readonly applied: boolean
}

export class Revision extends Context.Tag("billwright/Revision")<
  Revision,
  {
    /** Runs every migration that is missing; safe when several hosts start at once. Answers the names of what was run. */
    readonly migrate: Effect.Effect<ReadonlyArray<string>, StorageError | RevisionMismatch>
    /** Fails with `RevisionMismatch` unless the database is at this package's revision. */
    readonly require: Effect.Effect<void, StorageError | RevisionMismatch>
    readonly status: Effect.Effect<ReadonlyArray<MigrationStatus>, StorageError>
  }
>() {}
