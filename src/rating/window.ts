/** What rating is asked: a subscription's window of usage, with the charges that price it. */
import type { DateTime } from "effect"
import type { ChargeTerms } from "../catalog/index.js"
import type { CurrencyExponent, RoundingMode } from "../core/index.js"

/** A stretch of a subscription's life under one version of a plan. */
export interface PlanStretch {
  readonly from: DateTime.Utc
  /** Null while it lasts. */
  readonly to: DateTime.Utc | null
  /** The metrics that the plan prices. */
  readonly metric_ids: ReadonlySet<string>
}

/** A subscription of the customer, for who owns the events that name none. */
export interface Sibling {
  readonly subscription_id: string
  /** Apart and ascending, from its start to its end. */
  readonly stretches: ReadonlyArray<PlanStretch>
}

/** Whose usage it is: what decides, all its life, which events are a subscription's own. */
export interface UsageLife {
  readonly subscription_id: string
  readonly external_subscription_id: string
  readonly external_customer_id: string
  /** When the subscription started: events from before count nowhere. */
  readonly started_at: DateTime.Utc
  /** All subscriptions of the customer, this one too, oldest first. */
  readonly siblings: ReadonlyArray<Sibling>
}

/** A window of usage to price: [from, to), a billing period or a part of one. */
export interface RatingWindow extends UsageLife {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  /** The full billing period, and the days of both (S2). */
  readonly full_from: DateTime.Utc
  readonly full_to: DateTime.Utc
  readonly days: number
  readonly full_days: number
  /** Cut by a change of plan within a day: its last day belongs to the window that follows. */
  readonly superseded: boolean
  /** The customer's zone. */
  readonly timezone: string
  readonly currency_exponent: CurrencyExponent
  readonly rounding_mode: RoundingMode
  /** In plan order; those paid in advance make no lines here. */
  readonly charges: ReadonlyArray<ChargeTerms>
  /**
   * Ids of the metrics that the plan which follows within the same billing period prices too; empty unless the window ends
   * with a change of plan. A recurring metric among them is left to that plan (invoicing 5), unless it is billed by time.
   */
  readonly priced_next: ReadonlySet<string>
  /**
   * The metrics that earlier windows of the period bill in arrears and that have usage which came late, each at its window's end in
   * milliseconds: of some that is all that they bill, and no fee tells of it yet.
   */
  readonly corrected: ReadonlyArray<{ readonly metric_id: string; readonly until: number }>
}
