/** What is missing to a plan's minimum commitment at the end of a window (decision P13). Pure. */
import type { CommitmentCounts } from "../catalog/index.js"
import type { RoundingMode } from "../core/index.js"
import { prorate } from "./proration.js"

/** A commitment for a full period and what counts towards it, before coupons and tax, in minor units. */
export interface CommitmentWindow {
  readonly amount_cents: bigint
  readonly counts: CommitmentCounts
  /** Days of the window that bear a base fee (trial, pauses and the day of a change left out), and those of the full period. */
  readonly days: number
  readonly full_days: number
  /** The base fee of that period, whenever it was invoiced, less what was given back of its days. */
  readonly base_cents: bigint
  /** The charge fees of the window, minimums and fees in advance included. */
  readonly usage_cents: bigint
}

export interface TrueUp {
  /** The commitment's part for these days, rounded once. */
  readonly due_cents: bigint
  readonly counted_cents: bigint
  /** What is missing; 0 where nothing is, and for a window without base-fee days. */
  readonly true_up_cents: bigint
}

/**
 * max(0, due − counted), where due = round(commitment × base-fee days ÷ full days).
 *
 * @see decisions P13, S2
 */
export const trueUp = (window: CommitmentWindow, mode: RoundingMode = "half_away"): TrueUp => {
  const due_cents = prorate(window.amount_cents, window.days, window.full_days, mode)
  const counted_cents = window.usage_cents + (window.counts === "charges" ? 0n : window.base_cents)
  const missing = due_cents - counted_cents
  return { due_cents, counted_cents, true_up_cents: missing > 0n ? missing : 0n }
}
