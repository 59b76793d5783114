/**
 * Progressive billing: no usage is billed twice, and each crossing is one (U1). What progressive invoices billed of a window
 * that is closed was credited on its closing fees or given back; no credit exceeds what was billed ahead. Pure.
 */
import { Array as Arr } from "effect"
import { wholeOf } from "./raw.js"
import type { Violation } from "./violation.js"

/** A usage fee, without minimums and corrections, of a window that progressive invoices billed a part of; final or voided documents. */
export interface RawAheadFee {
  readonly fee_id: string
  readonly is_progressive: boolean
  readonly status: string
  /** Where its window begins, as the database shows it. */
  readonly period_start: string
  readonly charge_id: string
  readonly charge_filter_id: string | null
  readonly amount_cents: string
  readonly progressive_billing_credit_amount_cents: string
  readonly coupons_amount_cents: string
  /** What notes that stand gave back of it, and notes of a surplus that a person voided: what they took back is theirs to answer for. */
  readonly credited_cents: string
}

/** A crossing with its threshold, and the invoice that it is linked to. */
export interface RawCrossing {
  readonly id: string
  readonly threshold_cents: string
  readonly lifetime_usage_amount_cents: string
  readonly invoice_type: string | null
  readonly is_own_invoice: boolean
}

/** A subscription that crossed a threshold or was billed ahead. */
export interface RawAhead {
  readonly id: string
  /** In order of creation. */
  readonly fees: ReadonlyArray<RawAheadFee>
  /** Where the windows begin that a final invoice closed, or that were closed without one. */
  readonly closed: ReadonlySet<string>
  readonly crossings: ReadonlyArray<RawCrossing>
  /** Progressive invoices that no crossing is linked to. */
  readonly uncaused: ReadonlyArray<string>
}

const cents = (text: string): bigint => wholeOf(text) ?? 0n

interface AheadFee {
  readonly raw: RawAheadFee
  readonly billed: bigint
  readonly credit: bigint
  /** What of it was billed ahead, is not given back, and was paid for: a note of total 0 is not made. */
  readonly standing: bigint
}

const feeOf = (raw: RawAheadFee): AheadFee => {
  const billed = cents(raw.amount_cents) - cents(raw.progressive_billing_credit_amount_cents)
  const left = billed - cents(raw.credited_cents)
  const isWorthless = left * (billed - cents(raw.coupons_amount_cents)) < billed
  return {
    raw,
    billed,
    credit: cents(raw.progressive_billing_credit_amount_cents),
    standing: raw.status === "voided" || isWorthless ? 0n : left
  }
}

const checkLine = (fees: ReadonlyArray<AheadFee>, is_closed: boolean): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const wrong = (id: string, reason: string) => found.push({ code: "U1", table: "fees", id, reason })
  let [ahead, standing, credited] = [0n, 0n, 0n]
  for (const { billed, credit, raw, standing: left } of fees) {
    if (credit > ahead) wrong(raw.fee_id, `its progressive credit of ${credit} exceeds the ${ahead} that were billed ahead`)
    if (credit > cents(raw.amount_cents)) wrong(raw.fee_id, `its progressive credit of ${credit} exceeds its amount of ${raw.amount_cents}`)
    if (raw.is_progressive) {
      ahead += billed
      standing += left
    } else if (raw.status !== "voided") credited += credit
  }
  if (is_closed && standing > credited) {
    wrong(
      fees[0]!.raw.fee_id,
      `${standing} were billed ahead and stand, of which the closing invoice credits ${credited}: usage is billed twice`
    )
  }
  return found
}

const checkCrossing = (crossing: RawCrossing): ReadonlyArray<Violation> => {
  const wrong = (reason: string): ReadonlyArray<Violation> => [{ code: "U1", table: "applied_usage_thresholds", id: crossing.id, reason }]
  if (cents(crossing.lifetime_usage_amount_cents) < cents(crossing.threshold_cents)) {
    return wrong(`${crossing.lifetime_usage_amount_cents} does not reach the threshold of ${crossing.threshold_cents}`)
  }
  return crossing.invoice_type === null || (crossing.invoice_type === "progressive_billing" && crossing.is_own_invoice)
    ? []
    : wrong("its invoice is no progressive one of its subscription")
}

/** What does not hold of a subscription's progressive billing; empty when all is well. */
export const checkAhead = ({ closed, crossings, fees, uncaused }: RawAhead): ReadonlyArray<Violation> => {
  const lines = Arr.groupBy(fees, (fee) => `${fee.period_start} ${fee.charge_id} ${fee.charge_filter_id}`)
  return [
    ...Object.values(lines).flatMap((own) => checkLine(own.map(feeOf), closed.has(own[0].period_start))),
    ...crossings.flatMap(checkCrossing),
    ...uncaused.map((id): Violation => ({ code: "U1", table: "invoices", id, reason: "a progressive invoice that no crossing caused" }))
  ]
}
