/** The base fees that a change of plan would move (invoicing.md 5, 8). Pure. */
import type { DateTime } from "effect"
import type { VersionTerms } from "../catalog/index.js"
import { Exact, localDate, type RoundingMode, startOfDay } from "../core/index.js"
import type { CreditNoteItem } from "../credits/index.js"
import {
  baseFeeDays,
  boundaryOf,
  type ChangeFigures,
  onPlan,
  type PlanTarget,
  planChangeWork,
  type RunningWindow,
  type ScheduleState,
  usageUntil,
  windowFrom
} from "../subscriptions/index.js"
import { feesGivenBack } from "./given-back.js"
import { amountCents } from "./lines.js"
import { prorate, unused } from "./proration.js"
import type { FeeOnInvoice } from "./store.js"

/** A change of plan within a running period. */
export interface PlanChange {
  readonly schedule: ScheduleState
  readonly at: DateTime.Utc
  readonly from: VersionTerms
  readonly to: VersionTerms
  /** In advance: the base fees of the running window, and what was given back of them. */
  readonly fees: ReadonlyArray<FeeOnInvoice>
  readonly items: ReadonlyArray<CreditNoteItem>
  readonly rounding_mode: RoundingMode
}

const NOTHING_MOVES = { credit_cents: 0n, charge_cents: 0n }

const perDay = (amount_cents: bigint, days: number): string => Exact.toText(Exact.share(Exact.fromBigInt(amount_cents), 1n, BigInt(days)))

/** In arrears: what the rest of the window would have cost on the old plan, and what the days from here on cost on the new one. */
const arrears = ({ at, from, rounding_mode, schedule, to }: PlanChange, target: PlanTarget) => {
  const window = schedule.window!
  const whole = usageUntil(schedule, window, boundaryOf(schedule, window))
  const before = planChangeWork(schedule, at, target).usage?.base_days ?? 0
  const fee = prorate(from.amount_cents, whole.base_days, whole.full_days, rounding_mode)
  const state = onPlan(schedule, target)
  const next = windowFrom(state, at)
  const days = baseFeeDays(state, localDate(at, state.timezone), next.next_first_day, startOfDay(next.next_first_day, state.timezone))
  return {
    credit_cents: unused(fee, whole.base_days, before).given_back_cents,
    charge_cents: prorate(to.amount_cents, days, usageUntil(state, next, boundaryOf(state, next)).full_days, rounding_mode)
  }
}

/** In advance: what is given back of the fees that were billed, and the fee that is billed at once. */
const advance = ({ at, fees, items, rounding_mode, schedule, to }: PlanChange, target: PlanTarget) => {
  const work = planChangeWork(schedule, at, target)
  return {
    credit_cents: amountCents(feesGivenBack({ schedule, work }, fees, items)),
    charge_cents: work.base === null ? 0n : prorate(to.amount_cents, work.base.days, work.base.full_days, rounding_mode)
  }
}

/** Days of the full period around a window. */
const fullDays = (state: ScheduleState, window: RunningWindow): number => usageUntil(state, window, boundaryOf(state, window)).full_days

/** At a boundary the old period is whole and the new one begins: nothing of the running period moves. */
export const changeFigures = (change: PlanChange): ChangeFigures => {
  const { at, from, schedule, to } = change
  const target = { plan_id: to.plan_id, version: to.version, interval: to.plan.interval }
  const state = onPlan(schedule, target)
  const { window } = schedule
  const moves = window !== null && at.epochMillis < boundaryOf(schedule, window).epochMillis
  const amounts = moves ? (schedule.pay_in_advance ? advance(change, target) : arrears(change, target)) : NOTHING_MOVES
  return {
    ...amounts,
    current_per_day: perDay(from.amount_cents, fullDays(schedule, window ?? windowFrom(schedule, at))),
    new_per_day: perDay(to.amount_cents, fullDays(state, windowFrom(state, at)))
  }
}
