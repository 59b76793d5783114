/** Cases of operation `timeline`: steps through the library's services on an organization of its own, each at its own time. */
import { Cause, DateTime, Effect, Exit } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { Difference } from "../compare.js"
import { instantOf } from "../operations/periods.js"
import type { Check, Vector } from "../runner.js"
import { customersOf, type Step, type Timeline } from "./case.js"
import type { Engine } from "./engines.js"
import { compareState } from "./expectations.js"
import { brokenInvariant } from "./invariants.js"
import { makeNames } from "./names.js"
import { makeSetup } from "./setup.js"
import { stateOf } from "./state.js"
import { perform } from "./steps.js"
import { everyRow } from "./tables.js"
import type { World } from "./world.js"

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const tag = "_tag" in error ? String(error._tag) : error.name
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ""
  return `${tag}: ${error.message}${cause}`
}

const tagOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : undefined

/** Does a step; where it was refused, with the tag that was wanted, nothing has changed. */
const outcome = (step: Step, world: World) =>
  Effect.gen(function* () {
    const before = step.error === undefined ? undefined : yield* everyRow
    const done = yield* Effect.either(perform(step, world))
    if (done._tag === "Right") {
      return step.error === undefined ? undefined : { where: "error", expected: step.error, got: "no refusal" }
    }
    if (tagOf(done.left) !== step.error) {
      return { where: "error", expected: step.error ?? "no refusal", got: messageOf(done.left) }
    }
    return before === (yield* everyRow)
      ? undefined
      : { where: "error", expected: "a refused step that changes nothing", got: "changed rows" }
  })

const stepOf = (step: Step, world: World) =>
  Effect.gen(function* () {
    return (yield* outcome(step, world)) ?? (yield* compareState(step.expect ?? {}, stateOf(world))) ?? (yield* brokenInvariant)
  })

const found = (where: string, exit: Exit.Exit<Difference | undefined, unknown>): Difference | undefined => {
  if (Exit.isFailure(exit)) return { where, expected: "no failure", got: messageOf(Cause.squash(exit.cause)) }
  return exit.value === undefined ? undefined : { ...exit.value, where: `${where} ${exit.value.where}` }
}

const run = async ({ setup, steps }: Timeline, { clock, host }: Engine): Promise<Difference | undefined> => {
  const first = steps[0]
  if (first === undefined) return { where: "steps", expected: "at least one", got: "none" }
  let at = instantOf(first.at)
  clock.set(DateTime.subtract(at, { years: 1 }))
  const names = makeNames()
  let transactions = 0
  const world: World = {
    names,
    customer: customersOf(setup)[0]!.id,
    at: () => at,
    transactionId: () => `t${++transactions}`
  }
  const made = await host.runPromiseExit(makeSetup(setup, names))
  if (Exit.isFailure(made)) return { where: "setup", expected: "no failure", got: messageOf(Cause.squash(made.cause)) }
  for (const [index, step] of steps.entries()) {
    at = instantOf(step.at)
    clock.set(at)
    const exit = await host.runPromiseExit(Effect.provideService(stepOf(step, world), CurrentOrganization, made.value))
    const difference = found(`step ${index} ${step.op}`, exit)
    if (difference !== undefined) return difference
  }
  return undefined
}

/** Runs timelines on an engine; the first place where one differs, with the step. */
export const timelineOn =
  (engine: Engine): Check =>
  (vector: Vector) =>
    run(vector as unknown as Timeline, engine)
