/** The ports to where exports are kept, and to the rows that they write. */
import { Context, type DateTime, type Effect, type Stream } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { DataExport, ExportStatus, ExportType } from "./export.js"
import type { ExportRow } from "./lines.js"
import type { ExportQuery } from "./query.js"

type Read<A> = Effect.Effect<A, StorageError, CurrentOrganization>

/** An export that is somebody's: only they may write to it, until the lease is over. */
export interface ClaimedExport extends DataExport {
  readonly claim_id: string
}

/** What becomes of a claimed export. */
export interface ExportDone {
  readonly file_path: string
  readonly record_count: number
  readonly completed_at: DateTime.Utc
  readonly expires_at: DateTime.Utc
}

export interface DataExportStoreShape {
  readonly insert: (row: DataExport) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Read<DataExport | undefined>
  readonly page: (
    filter: { readonly export_type?: ExportType | undefined; readonly status?: ExportStatus | undefined },
    request: PageRequest
  ) => Read<PageRows<DataExport>>
  /** Of every organization: the one that waits longest and that nobody else is claiming becomes `processing`, until `until` the caller's. */
  readonly claim: (terms: {
    readonly claim_id: string
    readonly now: DateTime.Utc
    readonly until: DateTime.Utc
  }) => Effect.Effect<ClaimedExport | undefined, StorageError>
  /** Tells how far it is and extends the lease; false where it is not the caller's any more. */
  readonly beat: (
    claimed: ClaimedExport,
    beat: { readonly progress: number; readonly now: DateTime.Utc; readonly until: DateTime.Utc }
  ) => Effect.Effect<boolean, StorageError>
  /** Ends it; false where it is not the caller's any more. */
  readonly complete: (claimed: ClaimedExport, done: ExportDone) => Effect.Effect<boolean, StorageError>
  readonly fail: (claimed: ClaimedExport, error_message: string, now: DateTime.Utc) => Effect.Effect<boolean, StorageError>
  /** Of every organization: those whose lease is over fail; answers them. */
  readonly failDead: (error_message: string, now: DateTime.Utc) => Effect.Effect<ReadonlyArray<DataExport>, StorageError>
  /** Of every organization: exports whose file is to be deleted, at most `limit`. */
  readonly expired: (now: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<DataExport>, StorageError>
  /** Their files are gone. */
  readonly forget: (exports: ReadonlyArray<DataExport>, now: DateTime.Utc) => Effect.Effect<void, StorageError>
}

export class DataExportStore extends Context.Tag("billwright/DataExportStore")<DataExportStore, DataExportStoreShape>() {}

export interface ExportRowsShape {
  readonly count: (query: ExportQuery) => Read<number>
  /**
   * All rows of a query, newest first, some thousands at a time, as one state of the database has them whoever writes meanwhile.
   * Reads on a connection of its own, in no transaction of the caller's; given back with the stream's end.
   */
  readonly pages: (query: ExportQuery) => Stream.Stream<ReadonlyArray<ExportRow>, StorageError, CurrentOrganization>
}

export class ExportRows extends Context.Tag("billwright/ExportRows")<ExportRows, ExportRowsShape>() {}
