/** What the schedule of a subscription knows, and the pieces of due work that it answers: types only. */
import type { DateTime } from "effect"
import type { BillingInterval, BoundaryRule, LocalDate } from "../core/index.js"

type Instant = DateTime.Utc

/** The window of usage that runs, and the full period that it is or is a part of, by local days. */
export interface RunningWindow {
  readonly start: Instant
  readonly first_day: LocalDate
  readonly period_first_day: LocalDate
  /** The boundary: first day of the next period. */
  readonly next_first_day: LocalDate
}

/** A version of a plan that a subscription changes to. */
export interface PlanTarget {
  readonly plan_id: string
  readonly version: number
  readonly interval: BillingInterval
}

/** What the schedule has to know of a subscription. */
export interface ScheduleState extends BoundaryRule {
  readonly timezone: string
  readonly pay_in_advance: boolean
  readonly starts_at: Instant
  readonly started_at: Instant | null
  readonly ending_at: Instant | null
  /** Terminated, or canceled before it started: nothing is due any more. */
  readonly over: boolean
  readonly trial_period_days: number
  readonly trial_ended_at: Instant | null
  readonly pauses: ReadonlyArray<{ readonly paused_at: Instant; readonly resumed_at: Instant | null }>
  readonly window: RunningWindow | null
  /** What waits for the boundary: the target of a downgrade (S5), or the version that its plan was migrated to (S8). */
  readonly waiting: PlanTarget | null
}

/** A closed window of usage: [from, to), and the full period around it. */
export interface UsageWindow {
  readonly from: Instant
  readonly to: Instant
  readonly full_from: Instant
  readonly full_to: Instant
  /** Days of the window and of the full period (S2, rules 1 and 2). */
  readonly days: number
  readonly full_days: number
  /** Of its days those that are neither in trial nor paused: what a commitment is owed for. */
  readonly base_days: number
  /** The customer's zone, in which its days are counted. */
  readonly timezone: string
  /** Cut by a change of plan within the period. */
  readonly superseded: boolean
}

/** A base fee: the stretch that it is for, its days that are neither in trial nor paused, and those of the full period. */
export interface BaseFeeStretch {
  readonly from: Instant
  readonly to: Instant
  readonly full_from: Instant
  readonly full_to: Instant
  readonly days: number
  readonly full_days: number
}

/** Which days of the base fees in advance of the running window no longer stand (invoicing 8); paused ones never do. */
export interface DaysGivenBack {
  /** The first day that does not stand; null: all days to the period's end do. */
  readonly from_day: LocalDate | null
  readonly reason: "order_change" | "order_cancellation" | "other"
}

/** One piece of due work, at its own instant however late it is done. */
export interface DueWork {
  /** `correction`: nothing but late usage, of a subscription that has ended. */
  readonly kind: "start" | "trial_end" | "boundary" | "end" | "plan_change" | "resume" | "correction"
  readonly at: Instant
  readonly usage: UsageWindow | null
  /** Null where nothing is billed: no day of it counts. In advance it is priced by the plan after the work, in arrears by the one before. */
  readonly base: BaseFeeStretch | null
  /** Null where no day can be given back. */
  readonly given_back: DaysGivenBack | null
  /** The plan from its instant on; null where it stays. */
  readonly plan: PlanTarget | null
}
