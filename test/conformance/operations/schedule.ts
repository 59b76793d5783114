/** Operations of the billing schedule: what the due work of a subscription bills, and what runs find to do. */
import { DateTime } from "effect"
import { afterWork, type DueWork, nextDueWork, type ScheduleState } from "../../../src/subscriptions/index.js"
import type { Operations } from "../runner.js"
import { instantOf, type RuleInput, ruleOf } from "./periods.js"

interface SubscriptionInput extends RuleInput {
  readonly started_at?: string
  readonly pay_in_advance: boolean
}

/** A subscription that was made and has not started yet. */
const subscriptionOf = (input: SubscriptionInput, ending_at: string | undefined): ScheduleState => ({
  ...ruleOf(input),
  pay_in_advance: input.pay_in_advance,
  starts_at: instantOf(input.started_at ?? input.subscription_at),
  started_at: null,
  ending_at: ending_at === undefined ? null : instantOf(ending_at),
  over: false,
  trial_period_days: 0,
  trial_ended_at: null,
  pauses: [],
  window: null,
  waiting: null
})

/** What a run at `now` does, in order, and what it leaves behind. */
const runAt = (before: ScheduleState, now: DateTime.Utc): { readonly done: ReadonlyArray<DueWork>; readonly after: ScheduleState } => {
  const done: Array<DueWork> = []
  let after = before
  for (let work = nextDueWork(after); work !== null && DateTime.lessThanOrEqualTo(work.at, now); work = nextDueWork(after)) {
    done.push(work)
    after = afterWork(after, work)
  }
  return { done, after }
}

const billed = (input: SubscriptionInput & { readonly at: string; readonly terminated_at?: string }) => {
  const { done } = runAt(subscriptionOf(input, input.terminated_at), instantOf(input.at))
  const last = done.at(-1)
  return last === undefined ? {} : { due_at: last.at, usage: last.usage, base: last.base }
}

const entry = (at: DateTime.Utc, done: ReadonlyArray<DueWork>) => ({
  at,
  base: done.flatMap((work) => (work.base === null ? [] : [work.base])),
  usage: done.flatMap((work) => (work.usage === null ? [] : [work.usage]))
})

const runs = (input: SubscriptionInput & { readonly ending_at?: string; readonly runs: ReadonlyArray<string> }) => {
  const made = subscriptionOf(input, input.ending_at)
  const creation = runAt(made, made.starts_at)
  const entries = input.pay_in_advance ? [entry(made.starts_at, creation.done)] : []
  let state = creation.after
  for (const now of input.runs.map(instantOf)) {
    const { done, after } = runAt(state, now)
    entries.push(entry(now, done))
    state = after
  }
  return { runs: entries, status: state.over ? "terminated" : "active" }
}

export const scheduleOperations = { billed, runs } satisfies Operations
