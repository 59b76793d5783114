/** Random sequences of commands on an engine against the reference model, with the doctor after every command. */
import { Cause, DateTime, Effect } from "effect"
import fc from "fast-check"
import { testClock } from "../../adapters/testing/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { type Database, hostOn } from "../conformance/timeline/host.js"
import { agrees, conserved, doctorOf } from "./checks.js"
import { type Command, command, firstCommands, OPS, type Op, performCommand } from "./commands/index.js"
import type { Outcome, Run } from "./performing.js"
import { emptyModel } from "./reference.js"
import { setUp } from "./set-up.js"

const START = Date.UTC(2025, 0, 9, 10, 30)

/** Commands of a sequence at most, and of most of them; each sequence has an organization of its own. */
const LENGTH = 160

export interface TortureOptions {
  readonly commands: number
  readonly seed: number
  /** Where fast-check found it, to go there at once. */
  readonly path?: string
  /** Looks for no shorter sequence that fails. */
  readonly quick?: boolean
}

/** How often each command was done, refused as the model says, or had nothing to be done to. */
export type Tally = Readonly<Record<Op, Record<Outcome, number>>>

export interface TortureReport {
  readonly commands: number
  readonly milliseconds: number
  readonly tally: Tally
  /** What failed, with the seed and the shortest sequence found; null where nothing did. */
  readonly failure: string | null
}

const emptyTally = () => Object.fromEntries(OPS.map((op) => [op, { done: 0, refused: 0, idle: 0 }])) as Record<Op, Record<Outcome, number>>

/** One sequence, in an organization of its own. */
const sequence = (commands: ReadonlyArray<Command>, grace: number, set: (now: number) => void, count: (op: Op, outcome: Outcome) => void) =>
  Effect.gen(function* () {
    set(START)
    const { organization, plans } = yield* setUp(grace)
    const run: Run = { model: emptyModel(START), set, counter: 0, transactions: [], outcome: "done" }
    const doctor = doctorOf(run)
    const all = Effect.gen(function* () {
      for (const [index, each] of commands.entries()) {
        const where = `command ${index} ${JSON.stringify(each)}`
        run.outcome = "done"
        yield* Effect.catchAllCause(Effect.zipRight(performCommand(each, run), Effect.zipRight(doctor, agrees(run, plans))), (cause) =>
          Effect.dieMessage(`${where} at ${new Date(run.model.now).toISOString()}: ${String(Cause.squash(cause))}`)
        )
        count(each.op, run.outcome)
      }
      yield* conserved(run)
    })
    yield* Effect.provideService(all, CurrentOrganization, organization)
  })

const sequences = fc.record({
  grace: fc.constantFrom(0, 0, 3),
  first: firstCommands,
  commands: fc.array(command, { minLength: 1, maxLength: LENGTH, size: "max" })
})

/** Runs at least so many commands; the same seed runs the same ones. */
export const torture = async (engine: Database, { commands, path, quick = false, seed }: TortureOptions): Promise<TortureReport> => {
  const clock = testClock(DateTime.unsafeMake(START))
  const host = hostOn(engine, clock)
  const begun = performance.now()
  const tally = emptyTally()
  let done = 0
  const set = (now: number) => clock.set(DateTime.unsafeMake(now))
  const count = (op: Op, outcome: Outcome) => {
    tally[op][outcome] += 1
    done += 1
  }
  try {
    const property = fc.asyncProperty(sequences, async ({ commands, first, grace }) => {
      // Spans for a tracer that nobody has cost as much as small statements.
      await host.runPromise(Effect.withTracerEnabled(sequence([...first, ...commands], grace, set, count), false))
    })
    const report = (failure: string | null): TortureReport => ({ commands: done, milliseconds: performance.now() - begun, tally, failure })
    let round = 0
    while (done < commands) {
      const details = await fc.check(property, {
        seed: seed + round,
        endOnFailure: quick,
        numRuns: path === undefined ? Math.max(1, Math.ceil((commands - done) / LENGTH)) : 1,
        ...(path === undefined ? {} : { path })
      })
      if (details.failed) return report(fc.defaultReportMessage(details) ?? "failed")
      if (path !== undefined) break
      round += 1
    }
    return report(null)
  } finally {
    await host.dispose()
  }
}
