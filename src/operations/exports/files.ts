/** The port to where the files of exports are kept; `billwright/exports` has a folder, and writes CSV. */
import { Context, Effect, type Stream } from "effect"
import { AdapterMissing } from "../../core/index.js"
import type { ExportFileFailed } from "./errors.js"

export interface ExportFiles {
  /** Stores a file of its chunks, in place of one that is there. A file that was cut off is no file: it is never read, whatever happened. */
  readonly write: <E, R>(path: string, chunks: Stream.Stream<Uint8Array, E, R>) => Effect.Effect<void, E | ExportFileFailed, R>
  /** A file's chunks. Fails where there is none. */
  readonly read: (path: string) => Stream.Stream<Uint8Array, ExportFileFailed>
  /** Deletes a file; one that is not there is none the less gone. */
  readonly remove: (path: string) => Effect.Effect<void, ExportFileFailed>
}

/** What `createBilling` takes as `exports`. */
export interface ExportSetup {
  readonly files: ExportFiles
  /** Rows as RFC 4180 has them: commas, quotes where they are needed, CRLF behind every row. */
  readonly csv: (rows: ReadonlyArray<ReadonlyArray<string>>) => string
}

/** Where exports go; nowhere unless the host says so. */
export class Exporting extends Context.Reference<Exporting>()("billwright/Exporting", {
  defaultValue: (): ExportSetup | null => null
}) {}

/** A setup, or `AdapterMissing` where the host has none. */
export const setUp = (setup: ExportSetup | null): Effect.Effect<ExportSetup, AdapterMissing> =>
  setup === null ? new AdapterMissing({ adapter: "billwright/exports" }) : Effect.succeed(setup)
