/** Who else hears what a transaction tells, before it commits: a port that a floor above fills. */
import { Context, Effect } from "effect"
import type { StorageError } from "../core/index.js"
import type { Happening } from "./event.js"

/** Is told what happened in organizations that are followed; what it writes is committed with it. Nobody unless somebody says so. */
export class Followers extends Context.Reference<Followers>()("billwright/Followers", {
  defaultValue: (): ((happenings: ReadonlyArray<Happening>) => Effect.Effect<void, StorageError>) => () => Effect.void
}) {}
