/** Status machines as tables, and the one function that decides what a step comes to. Pure. */
import { Either } from "effect"
import { InvalidTransition } from "../core/index.js"
import type { CallType } from "./call.js"
import { CallMissing, RequirementMissing } from "./errors.js"

/** What must hold before a step: a connected call, or something else that has a name. */
type Need<F> =
  | { readonly call: CallType; readonly met: (facts: F) => boolean }
  | { readonly what: string; readonly met: (facts: F) => boolean }

/** One row of a table: an action in any of these statuses (null before there is a row) leads to another. */
interface Step<S extends string, A extends string, F> {
  readonly action: A
  readonly from: ReadonlyArray<S | null>
  readonly to: S | ((facts: F) => S)
  readonly needs?: ReadonlyArray<Need<F>>
}

export interface Machine<S extends string, A extends string, F> {
  /** What errors name it. */
  readonly entity: string
  readonly steps: ReadonlyArray<Step<S, A, F>>
}

export type StepError = InvalidTransition | CallMissing | RequirementMissing

/** The status that an action leads to from where a row stands. A step that no table lists is `InvalidTransition`. */
export const decide = <S extends string, A extends string, F>(
  { entity, steps }: Machine<S, A, F>,
  { action, facts, id, status }: { readonly id: string; readonly status: S | null; readonly action: NoInfer<A>; readonly facts: F }
): Either.Either<S, StepError> => {
  const step = steps.find((one) => one.action === action && one.from.includes(status))
  if (step === undefined) return Either.left(new InvalidTransition({ entity, id, from: status ?? "none", action }))
  const unmet = step.needs?.find((need) => !need.met(facts))
  if (unmet !== undefined) {
    return Either.left("call" in unmet ? new CallMissing({ call_type: unmet.call }) : new RequirementMissing({ what: unmet.what }))
  }
  return Either.right(typeof step.to === "function" ? step.to(facts) : step.to)
}

/** Whether a table lists an action in a status, conditions aside. */
export const lists = <S extends string, A extends string, F>(machine: Machine<S, A, F>, status: S, action: A): boolean =>
  machine.steps.some((step) => step.action === action && step.from.includes(status))
