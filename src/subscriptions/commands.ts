/** What is done with a subscription that is there: pause, resume, cancel, terminate, change its plan, update it. */
import { DateTime, Effect } from "effect"
import { CurrencyMismatch, decodeInput, InvalidTransition } from "../core/index.js"
import { cancelEnd } from "./command-work.js"
import { command, type Desk, keep, scheduleFor, takePlan } from "./desk.js"
import { SamePlan } from "./errors.js"
import {
  Cancel,
  type CancelInput,
  ChangePlan,
  type ChangePlanInput,
  type SubscriptionRef,
  Terminate,
  type TerminateInput
} from "./inputs.js"
import { planChangeType } from "./plan-change.js"
import { nothingWaits } from "./state.js"
import type { Subscription } from "./subscription.js"

const decodeTerminate = decodeInput(Terminate)
const decodeCancel = decodeInput(Cancel)
const decodeChange = decodeInput(ChangePlan)

export const pause = (desk: Desk) =>
  Effect.fn("Subscriptions.pause")((ref: SubscriptionRef) =>
    command(desk, ref, "pause", ({ now, row, to }) =>
      Effect.gen(function* () {
        const id = yield* desk.ids.next
        const { organization_id } = row
        const times = { paused_at: now, resumed_at: null, created_at: now, updated_at: now }
        yield* desk.store.pause([{ id, organization_id, subscription_id: row.id, ...times }])
        return yield* keep(desk, { ...row, status: to, paused_at: now }, now)
      })
    )
  )

export const resume = (desk: Desk) =>
  Effect.fn("Subscriptions.resume")((ref: SubscriptionRef) =>
    command(desk, ref, "resume", ({ now, row, to }) =>
      Effect.gen(function* () {
        yield* desk.store.resume([row.id], now)
        return yield* desk.billing.resume({ ...row, status: to, paused_at: null, resumed_at: now }, now)
      })
    )
  )

/** Ended before it started: no money moves. */
const endUnstarted = (desk: Desk, row: Subscription, ended: Partial<Subscription>, now: DateTime.Utc) =>
  keep(desk, { ...row, ...nothingWaits, ...ended }, now)

export const terminate = (desk: Desk) =>
  Effect.fn("Subscriptions.terminate")(function* (ref: SubscriptionRef, input: TerminateInput = {}) {
    const given = yield* decodeTerminate(input)
    return yield* command(desk, ref, "terminate", ({ now, row, to }) =>
      row.started_at === null
        ? endUnstarted(desk, row, { status: to, ending_at: now }, now)
        : desk.billing.end({ ...row, ending_at: now, on_termination_action: given.on_termination_action ?? row.on_termination_action }, now)
    )
  })

export const cancel = (desk: Desk) =>
  Effect.fn("Subscriptions.cancel")(function* (ref: SubscriptionRef, input: CancelInput = {}) {
    const given = yield* decodeCancel(input)
    return yield* command(desk, ref, "cancel", ({ now, row, to }) =>
      Effect.gen(function* () {
        const canceled: Subscription = {
          ...row,
          ...nothingWaits,
          canceled_at: now,
          on_termination_action: given.on_termination_action ?? row.on_termination_action
        }
        if (row.started_at === null) return yield* endUnstarted(desk, canceled, { status: to }, now)
        if (given.when === "now") return yield* desk.billing.end({ ...canceled, ending_at: now }, now)
        const { schedule } = yield* scheduleFor(desk, row)
        const end = cancelEnd(schedule, now)
        const ending_at = row.ending_at === null ? end : DateTime.min(row.ending_at, end)
        return yield* keep(desk, { ...canceled, status: to, ending_at }, now)
      })
    )
  })

export const changePlan = (desk: Desk) =>
  Effect.fn("Subscriptions.changePlan")(function* (ref: SubscriptionRef, input: ChangePlanInput) {
    const given = yield* decodeChange(input)
    return yield* command(desk, ref, "change_plan", ({ now, row }) =>
      Effect.gen(function* () {
        const plan = yield* takePlan(desk, given.plan_code)
        if (plan.id === row.plan_id) return yield* new SamePlan({ plan_id: plan.id })
        const { terms } = yield* scheduleFor(desk, row)
        if (plan.currency !== terms.plan.currency) {
          return yield* new CurrencyMismatch({ expected: terms.plan.currency, given: plan.currency })
        }
        if (row.started_at === null) return yield* keep(desk, { ...row, plan_id: plan.id, plan_version: plan.version }, now)
        if (planChangeType(terms, plan) === "upgrade" || given.when === "now") {
          return yield* desk.billing.changePlan({ ...row, ...nothingWaits }, { plan_id: plan.id, version: plan.version }, now)
        }
        return yield* keep(desk, { ...row, previous_plan_id: plan.id, previous_plan_version: plan.version, downgraded_at: now }, now)
      })
    )
  })

export const cancelPlanChange = (desk: Desk) =>
  Effect.fn("Subscriptions.cancelPlanChange")((ref: SubscriptionRef) =>
    command(desk, ref, "change_plan", ({ now, row }) =>
      row.previous_plan_id === null
        ? new InvalidTransition({ entity: "Subscription", id: row.id, from: row.status, action: "cancel_plan_change" })
        : keep(desk, { ...row, ...nothingWaits }, now)
    )
  )
