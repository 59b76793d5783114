/** The service of data exports: ask for one, look how far it is, fetch its file. A worker makes it (`export-runs.ts`). */
import { Context, DateTime, Effect, Layer, Stream } from "effect"
import {
  type AdapterMissing,
  CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { DataExportNotFound, ExportExpired, type ExportFileFailed, ExportNotReady } from "./errors.js"
import { type DataExport, DataExportId, ListExports, type ListExportsInput } from "./export.js"
import { Exporting, setUp } from "./files.js"
import { type CreateExportInput, createQuery, type ExportInput, estimateQuery, storedFilters } from "./query.js"
import { DataExportStore, ExportRows } from "./store.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** A file on its way to who asked for it. */
export interface ExportDownload {
  /** Of the export's type and id: no text of anybody is in it. */
  readonly file_name: string
  readonly media_type: string
  /** To be read once. */
  readonly content: ReadableStream<Uint8Array>
}

export interface DataExportsShape {
  /**
   * Asks for an export; the next run of the worker makes it.
   *
   * Fails with `InvalidInput` (an unknown type, a filter that the type does not have), `AdapterMissing` where the host keeps no exports.
   */
  readonly create: (input: CreateExportInput) => Call<DataExport, InvalidInput | AdapterMissing>
  /** How many rows it would have now; nothing is made. Fails with `InvalidInput`. */
  readonly estimate: (input: ExportInput) => Call<number, InvalidInput>
  /** Fails with `DataExportNotFound`. */
  readonly get: (id: string) => Call<DataExport, DataExportNotFound>
  /** By type and status. */
  readonly list: (input?: ListExportsInput) => Call<Page<DataExport>, InvalidInput>
  /**
   * The file, for 7 days from its completion.
   *
   * Fails with `DataExportNotFound`, `ExportNotReady`, `ExportExpired`, `AdapterMissing`; the stream itself where the file store fails.
   */
  readonly download: (id: string) => Call<ExportDownload, DataExportNotFound | ExportNotReady | ExportExpired | AdapterMissing>
}

const MEDIA_TYPES = { csv: "text/csv; charset=utf-8; header=present", jsonl: "application/jsonl" }

const decodeList = decodeInput(ListExports)

const contentOf = (chunks: Stream.Stream<Uint8Array, ExportFileFailed>): ReadableStream<Uint8Array> => Stream.toReadableStream(chunks)

export class DataExports extends Context.Tag("billwright/DataExports")<DataExports, DataExportsShape>() {
  static readonly layer: Layer.Layer<DataExports, never, DataExportStore | ExportRows | Transactor | Ids> = Layer.effect(
    DataExports,
    Effect.gen(function* () {
      const store = yield* DataExportStore
      const rows = yield* ExportRows
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const exporting = setUp(yield* Exporting)

      const find = Effect.fnUntraced(function* (id: string) {
        const found = isUuid(id) ? yield* store.find(id) : undefined
        return found === undefined ? yield* new DataExportNotFound({ id }) : found
      })

      return DataExports.of({
        create: Effect.fn("DataExports.create")(function* (input) {
          const { format, query } = yield* createQuery(input)
          yield* exporting
          const now = yield* DateTime.now
          const row: DataExport = {
            id: DataExportId.make(yield* ids.next),
            organization_id: yield* CurrentOrganization,
            export_type: query.export_type,
            format,
            status: "pending",
            filters: storedFilters(query),
            file_path: null,
            record_count: 0,
            progress: 0,
            error_message: null,
            started_at: null,
            completed_at: null,
            expires_at: null,
            created_at: now,
            updated_at: now
          }
          yield* transaction(store.insert(row))
          return row
        }),

        estimate: Effect.fn("DataExports.estimate")(function* (input) {
          return yield* rows.count(yield* estimateQuery(input))
        }),

        get: Effect.fn("DataExports.get")(find),

        list: Effect.fn("DataExports.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        }),

        download: Effect.fn("DataExports.download")(function* (id) {
          const { export_type, expires_at, file_path, format, status } = yield* find(id)
          if (status !== "completed") return yield* new ExportNotReady({ id, status })
          const now = yield* DateTime.now
          if (file_path === null || expires_at === null || DateTime.lessThanOrEqualTo(expires_at, now))
            return yield* new ExportExpired({ id })
          const { files } = yield* exporting
          return { file_name: `${export_type}-${id}.${format}`, media_type: MEDIA_TYPES[format], content: contentOf(files.read(file_path)) }
        })
      })
    })
  )
}
