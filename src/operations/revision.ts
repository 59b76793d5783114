/** The revision of a database's schema, as a port: what it is, how it is brought to what this package needs, and what is refused at start. */
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

/** A migration was run on the database with another text than this package has of it; `database` and `library` are the checksums of both. */
export class MigrationChanged extends Schema.TaggedError<MigrationChanged>()("MigrationChanged", {
  id: Schema.Int,
  migration: Schema.String,
  database: Schema.String,
  library: Schema.String
}) {
  override get message() {
    return `migration ${this.id} ${this.migration} was run on the database with another text than this version of billwright has: its schema is not the one that is needed`
  }
}

const SHOWN = 3

const someOf = (names: ReadonlyArray<string>): string =>
  names.length > SHOWN ? `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more` : names.join(", ")

/**
 * Row-level security of the database is not as the host says. `problem`: the host says that it is on, and it is `off` for these tables, or the role is not bound by it
 * (`bypassed`); or the host does not say so, and the role would see no row (`unannounced`).
 */
export class RowLevelSecurityMismatch extends Schema.TaggedError<RowLevelSecurityMismatch>()("RowLevelSecurityMismatch", {
  problem: Schema.Literal("off", "bypassed", "unannounced"),
  role: Schema.String,
  tables: Schema.Array(Schema.String)
}) {
  override get message() {
    const { problem, role } = this
    const tables = someOf(this.tables)
    if (problem === "off") return `row-level security is to be on, and is off for ${tables}: run SELECT billwright_row_level_security(true)`
    return problem === "bypassed"
      ? `row-level security is to be on, and does not bind the role ${role} in ${tables}: a superuser, a role with BYPASSRLS, or an owner who is not forced`
      : `row-level security binds the role ${role} in ${tables}, and the host does not say that it is on: no statement would see a row`
  }
}

export interface MigrationStatus {
  readonly id: number
  readonly name: string
  readonly applied: boolean
  /** Whether it was run with another text than this package has of it. */
  readonly changed: boolean
}

/** A trigger that a database lacks, that is switched off there, or that does something else than it should. */
export interface LooseGuard {
  readonly table: string
  readonly trigger: string
  readonly problem: "missing" | "off" | "altered"
}

export class Revision extends Context.Tag("billwright/Revision")<
  Revision,
  {
    /** Runs every migration that is missing; safe when several hosts start at once. Answers the names of what was run. */
    readonly migrate: Effect.Effect<ReadonlyArray<string>, StorageError | RevisionMismatch | MigrationChanged>
    /**
     * Fails with `RevisionMismatch` unless the database is at this package's revision, with `MigrationChanged` where a migration had another text when
     * it was run, and with `RowLevelSecurityMismatch` unless its row-level security is as the host says.
     */
    readonly require: Effect.Effect<void, StorageError | RevisionMismatch | MigrationChanged | RowLevelSecurityMismatch>
    /** Triggers that do not keep what they should: without them rows change that never do, and changes are in no audit log. */
    readonly guards: Effect.Effect<ReadonlyArray<LooseGuard>, StorageError>
    readonly status: Effect.Effect<ReadonlyArray<MigrationStatus>, StorageError>
  }
>() {}
