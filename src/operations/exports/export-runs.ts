/**
 * The worker of data exports. One is claimed in a transaction of its own, its rows are read as one state of the database has
 * them and written to the host's file store as they come, and what came of it is booked. Where the worker dies, the lease runs
 * out and the next run says so: the export has failed, its file is gone, and a new one can be asked for.
 */
import { Cause, Context, DateTime, Duration, Effect, Exit, Layer, Option, Stream } from "effect"
import { type AdapterMissing, CurrentOrganization, Ids, type StorageError, Transactor } from "../../core/index.js"
import type { ExportFileFailed } from "./errors.js"
import { type DataExport, KEPT_DAYS, pathOf } from "./export.js"
import { Exporting, type ExportSetup, setUp } from "./files.js"
import { cellsOf, type ExportRow, headerOf, jsonLineOf } from "./lines.js"
import { storedQuery } from "./query.js"
import { type ClaimedExport, DataExportStore, ExportRows } from "./store.js"

/** What a run did. */
export interface ExportRun {
  readonly completed: number
  /** Those that failed in this run, and those whose worker had died. */
  readonly failed: number
}

export interface ExportRunsShape {
  /**
   * Makes the export that waits longest, of whichever organization, and answers how it ended: `completed` or `failed`; null where
   * none waits. The operator's; not inside a transaction. Several may run at once, in as many processes as one likes.
   *
   * Fails with `AdapterMissing` where the host keeps no exports, `StorageError`.
   */
  readonly runNext: () => Effect.Effect<DataExport | null, AdapterMissing | StorageError>
  /** Makes one export after the other until none waits. */
  readonly runDue: () => Effect.Effect<ExportRun, AdapterMissing | StorageError>
  /** Deletes the files whose seven days are over; answers how many. Daily. */
  readonly purge: () => Effect.Effect<number, AdapterMissing | StorageError | ExportFileFailed>
}

/** So long may a worker be silent. */
const LEASE = Duration.minutes(2)
/** So often it tells how far it is. */
const BEAT = Duration.seconds(5)
const PURGED_AT_ONCE = 100
const DIED = "the job died"
const STOPPED = "the job was stopped"
/** So much of a message is kept. */
const LONGEST_MESSAGE = 1000

const encoder = new TextEncoder()

/** The text of a page of rows. */
const textOf = (setup: ExportSetup, { export_type, format }: DataExport): ((rows: ReadonlyArray<ExportRow>) => string) => {
  if (format === "csv") {
    const cells = cellsOf(export_type)
    return (rows) => setup.csv(rows.map(cells))
  }
  const line = jsonLineOf(export_type)
  return (rows) => rows.map(line).join("")
}

/** Percent of what was expected, the last one when the file is there. */
const percent = (written: number, expected: number): number => (expected === 0 ? 0 : Math.min(99, Math.floor((written / expected) * 100)))

const messageOf = (cause: Cause.Cause<unknown>): string => {
  if (Cause.isInterruptedOnly(cause)) return STOPPED
  const failure = Option.getOrNull(Cause.failureOption(cause))
  return failure instanceof Error ? failure.message.slice(0, LONGEST_MESSAGE) : "an unexpected error"
}

export class ExportRuns extends Context.Tag("billwright/ExportRuns")<ExportRuns, ExportRunsShape>() {
  static readonly layer: Layer.Layer<ExportRuns, never, DataExportStore | ExportRows | Transactor | Ids> = Layer.effect(
    ExportRuns,
    Effect.gen(function* () {
      const store = yield* DataExportStore
      const rows = yield* ExportRows
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const exporting = setUp(yield* Exporting)

      /** Those whose worker died: what they left is deleted as far as it can be; nobody can download it anyway. */
      const bury = Effect.fnUntraced(function* (setup: ExportSetup) {
        const dead = yield* Effect.flatMap(DateTime.now, (now) => transaction(store.failDead(DIED, now)))
        yield* Effect.forEach(dead, (one) => Effect.ignore(setup.files.remove(pathOf(one))), { discard: true })
        return dead.length
      })

      const claim = Effect.gen(function* () {
        const claim_id = yield* ids.next
        const now = yield* DateTime.now
        return yield* transaction(store.claim({ claim_id, now, until: DateTime.addDuration(now, LEASE) }))
      })

      /** Tells how far it is every few seconds, until the export is not its own any more; a word that gets lost is made up for by the next one. */
      const beating = (claimed: ClaimedExport, progress: () => number) =>
        Effect.sleep(BEAT).pipe(
          Effect.zipRight(DateTime.now),
          Effect.flatMap((now) => transaction(store.beat(claimed, { progress: progress(), now, until: DateTime.addDuration(now, LEASE) }))),
          Effect.catchTag("StorageError", () => Effect.succeed(true)),
          Effect.repeat({ while: (own) => own })
        )

      /** Writes the file; answers how many rows it has. */
      const write = Effect.fnUntraced(function* (setup: ExportSetup, claimed: ClaimedExport, path: string) {
        const query = storedQuery(claimed.export_type, claimed.filters)
        const expected = yield* rows.count(query)
        let written = 0
        const text = textOf(setup, claimed)
        const head = claimed.format === "csv" ? Stream.succeed(encoder.encode(setup.csv([headerOf(claimed.export_type)]))) : Stream.empty
        const body = Stream.map(rows.pages(query), (page) => {
          written += page.length
          return encoder.encode(text(page))
        })
        const file = setup.files.write(path, Stream.concat(head, body))
        yield* Effect.raceFirst(
          file,
          beating(claimed, () => percent(written, expected))
        )
        return written
      })

      const finish = Effect.fnUntraced(function* (claimed: ClaimedExport, file_path: string, record_count: number) {
        const completed_at = yield* DateTime.now
        const expires_at = DateTime.add(completed_at, { days: KEPT_DAYS })
        return yield* transaction(store.complete(claimed, { file_path, record_count, completed_at, expires_at }))
      })

      const giveUp = Effect.fnUntraced(function* (setup: ExportSetup, claimed: ClaimedExport, path: string, reason: string) {
        yield* Effect.ignore(setup.files.remove(path))
        yield* Effect.flatMap(DateTime.now, (now) => transaction(store.fail(claimed, reason, now)))
      })

      const make = Effect.fnUntraced(function* (setup: ExportSetup, claimed: ClaimedExport) {
        const path = pathOf(claimed)
        yield* write(setup, claimed, path).pipe(
          Effect.flatMap((written) => finish(claimed, path, written)),
          // Its lease was over, and somebody has called it failed.
          Effect.tap((own) => (own ? Effect.void : Effect.ignore(setup.files.remove(path)))),
          Effect.onExit((exit) =>
            Exit.isSuccess(exit) ? Effect.void : Effect.ignore(giveUp(setup, claimed, path, messageOf(exit.cause)))
          ),
          // What went wrong stands on the export.
          Effect.either
        )
        return (yield* store.find(claimed.id)) ?? claimed
      })

      const next = Effect.fnUntraced(function* (setup: ExportSetup) {
        const claimed = yield* claim
        if (claimed === undefined) return null
        return yield* Effect.provideService(make(setup, claimed), CurrentOrganization, claimed.organization_id)
      })

      return ExportRuns.of({
        runNext: Effect.fn("ExportRuns.runNext")(function* () {
          const setup = yield* exporting
          yield* bury(setup)
          return yield* next(setup)
        }),

        runDue: Effect.fn("ExportRuns.runDue")(function* () {
          const setup = yield* exporting
          const run = { completed: 0, failed: yield* bury(setup) }
          while (true) {
            const made = yield* next(setup)
            if (made === null) return run
            run[made.status === "completed" ? "completed" : "failed"] += 1
          }
        }),

        purge: Effect.fn("ExportRuns.purge")(function* () {
          const { files } = yield* exporting
          let purged = 0
          while (true) {
            const now = yield* DateTime.now
            const expired = yield* store.expired(now, PURGED_AT_ONCE)
            yield* Effect.forEach(expired, ({ file_path }) => (file_path === null ? Effect.void : files.remove(file_path)), {
              concurrency: 10,
              discard: true
            })
            yield* transaction(store.forget(expired, now))
            purged += expired.length
            if (expired.length < PURGED_AT_ONCE) return purged
          }
        })
      })
    })
  )
}
