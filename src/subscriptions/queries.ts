/** What is asked about a subscription: its next billing, its life, what a change of plan would come to. Nothing is stored. */
import { DateTime, Effect } from "effect"
import { PlanNotFound } from "../catalog/index.js"
import { CurrencyMismatch, decodeInput, InvalidInput, InvalidTransition, localDate } from "../core/index.js"
import { type Desk, find, scheduleFor } from "./desk.js"
import { SamePlan } from "./errors.js"
import { PreviewPlanChange, type PreviewPlanChangeInput, type SubscriptionRef } from "./inputs.js"
import { inOrderOfTime, ownLife } from "./life.js"
import { daysLeft, effectiveAt, type PlanChangePreview, planChangeType } from "./plan-change.js"
import { nextBilling as nextBillingOf } from "./reads.js"
import { boundaryOf } from "./schedule.js"
import type { ScheduleState } from "./schedule-state.js"
import { isOver } from "./state.js"
import { transition } from "./transitions.js"

const decodePreview = decodeInput(PreviewPlanChange)

export const nextBilling = (desk: Desk) =>
  Effect.fn("Subscriptions.nextBilling")(function* (ref: SubscriptionRef) {
    const row = yield* find(desk, ref)
    if (isOver(row)) return yield* new InvalidTransition({ entity: "Subscription", id: row.id, from: row.status, action: "bill" })
    const { schedule } = yield* scheduleFor(desk, row)
    return nextBillingOf(schedule, yield* DateTime.now)
  })

export const lifecycle = (desk: Desk) =>
  Effect.fn("Subscriptions.lifecycle")(function* (ref: SubscriptionRef) {
    const row = yield* find(desk, ref)
    const pauses = yield* desk.store.pauses([row.id])
    const windows = (yield* desk.store.billed([row.id])).filter((period) => period.kind === "usage")
    return inOrderOfTime([...ownLife(row, pauses, windows), ...(yield* desk.billing.documentLife(row))])
  })

/** Whether an instant lies in the running window, the boundary included. */
const isRunning = ({ window, ...state }: ScheduleState, at: DateTime.Utc): boolean =>
  window !== null && DateTime.between(at, { minimum: window.start, maximum: boundaryOf({ ...state, window }, window) })

export const previewPlanChange = (desk: Desk) =>
  Effect.fn("Subscriptions.previewPlanChange")(function* (ref: SubscriptionRef, input: PreviewPlanChangeInput) {
    const given = yield* decodePreview(input)
    const row = yield* find(desk, ref)
    yield* transition(row, "change_plan")
    const plan = (yield* desk.plans.find({ code: given.plan_code })) ?? (yield* new PlanNotFound({ id: given.plan_code }))
    if (plan.id === row.plan_id) return yield* new SamePlan({ plan_id: plan.id })
    const { schedule, terms } = yield* scheduleFor(desk, row)
    const { currency } = terms.plan
    if (plan.currency !== currency) return yield* new CurrencyMismatch({ expected: currency, given: plan.currency })
    const at = given.at ?? (yield* DateTime.now)
    if (given.at !== undefined && !isRunning(schedule, at)) {
      return yield* new InvalidInput({ field: "at", reason: "expected an instant of the running period" })
    }
    const change_type = planChangeType(terms, plan)
    const effective_at = effectiveAt(schedule, at, change_type, given.when === "now")
    const figures = yield* desk.billing.changeFigures(row, { plan_id: plan.id, version: plan.version }, effective_at)
    const preview: PlanChangePreview = {
      change_type,
      effective_at,
      effective_date: localDate(effective_at, schedule.timezone),
      currency,
      ...daysLeft(schedule, effective_at),
      ...figures,
      net_cents: figures.charge_cents - figures.credit_cents
    }
    return preview
  })
