/** The doctor that asks only what may have changed says what the doctor says: of what is sound, of what is planted, and of what was put right. */
import { SqlClient } from "@effect/sql/SqlClient"
import { DateTime, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { testClock } from "../../adapters/testing/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { Doctor } from "../../src/operations/index.js"
import { hostOn } from "../conformance/timeline/host.js"
import { watchingDoctor, watchTables } from "../support/watching-doctor.js"
import { type Command, performCommand } from "./commands/index.js"
import { engines } from "./engines.js"
import type { Run } from "./performing.js"
import { emptyModel } from "./reference.js"
import { setUp } from "./set-up.js"

const START = Date.UTC(2025, 0, 9, 10, 30)

const COMMANDS: ReadonlyArray<Command> = [
  { op: "subscribe", large: false, advance: true, trial: 0 },
  { op: "wallet", credits: 300, priority: 1, tens: false, days: null },
  { op: "coupon", pick: 3 },
  { op: "ingest", pick: 0, metric: "units", values: [5, 7], back: 0 },
  { op: "wait", hours: 0, toBoundary: true },
  { op: "days" },
  { op: "bill" }
]

/** What somebody does with a shell, and how it is put right. */
const FAULTS: ReadonlyArray<readonly [table: string, planted: string, righted: string | null]> = [
  ["wallets", "balance_cents = balance_cents + 1", "balance_cents = balance_cents - 1"],
  ["applied_coupons", "frequency_duration_remaining = 2", "frequency_duration_remaining = 1"],
  ["daily_usages", "events_count = events_count + 1", "events_count = events_count - 1"],
  // A log only grows: the last one.
  ["audit_chains", "position = position + 1", null]
]

describe.each(["sqlite", "postgres"] as const)("the doctor that watches which tables are written (%s)", (name) => {
  it("says what the doctor says", async () => {
    const engine = await engines[name]()
    const clock = testClock(DateTime.unsafeMake(START))
    const host = hostOn(engine, clock)
    const set = (now: number) => clock.set(DateTime.unsafeMake(now))
    try {
      const work = Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* watchTables
        const byHand = (table: string, set: string) =>
          Effect.mapError(sql.unsafe(`UPDATE ${table} SET ${set}`), ({ cause }) => new Error(`${table}, ${set}: ${String(cause)}`))
        const { organization } = yield* setUp(0)
        const run: Run = { model: emptyModel(START), set, counter: 0, transactions: [], outcome: "done" }
        const all = Effect.gen(function* () {
          const watching = yield* watchingDoctor
          /** The tables of violations, which both agree on. */
          const found = Effect.gen(function* () {
            const said = yield* watching
            expect(said).toEqual((yield* (yield* Doctor).check()).violations)
            return said.map(({ table }) => table)
          })
          for (const command of COMMANDS) {
            yield* performCommand(command, run)
            expect(yield* found).toEqual([])
          }
          for (const [table, planted, righted] of FAULTS) {
            yield* byHand(table, planted)
            expect([table, (yield* found).length > 0]).toEqual([table, true])
            if (righted === null) continue
            yield* byHand(table, righted)
            expect(yield* found).toEqual([])
          }
        })
        yield* Effect.provideService(all, CurrentOrganization, organization)
      })
      await host.runPromise(work)
    } finally {
      await host.dispose()
      await engine.stop()
    }
  })
})
