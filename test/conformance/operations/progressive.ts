/** Operations of usage against an amount: thresholds, progressive credit, commitments, alerts. */
import type { CommitmentCounts } from "../../../src/catalog/index.js"
import { Exact } from "../../../src/core/index.js"
import { trueUp } from "../../../src/invoicing/commitment.js"
import type { InvoiceStatus } from "../../../src/invoicing/invoice.js"
import { crossings, progressiveCredit } from "../../../src/invoicing/progressive.js"
import { type AlertFirings, alertTriggers, alertValue } from "../../../src/rating/alert.js"
import type { Operations } from "../runner.js"

const thresholds = (input: {
  readonly usage_thresholds: ReadonlyArray<{ readonly code: string; readonly amount_cents: string; readonly recurring?: boolean }>
  readonly rows: ReadonlyArray<{
    readonly invoiced_cents: string
    readonly period_cents: string
    readonly crossed?: ReadonlyArray<string>
  }>
}) => {
  const terms = input.usage_thresholds.map(({ amount_cents, code, recurring = false }) => ({
    code,
    amount_cents: BigInt(amount_cents),
    recurring
  }))
  const crossed = input.rows.map((row) =>
    crossings(
      terms,
      { invoiced_cents: BigInt(row.invoiced_cents), period_cents: BigInt(row.period_cents) },
      new Set(terms.filter(({ code }) => row.crossed?.includes(code)))
    ).map(({ threshold }) => threshold.code)
  )
  return { crossed }
}

const progressive = (input: {
  readonly fees: ReadonlyArray<{ readonly fee_type: string; readonly charge?: string; readonly amount_cents: string }>
  readonly progressive_invoices: ReadonlyArray<{
    readonly status?: InvoiceStatus
    readonly same_period?: boolean
    readonly fees: ReadonlyArray<{
      readonly charge: string
      readonly amount_cents: string
      readonly progressive_cents?: string
      readonly credited_cents?: string
    }>
  }>
}) => {
  const credit = progressiveCredit(
    input.fees.map(({ amount_cents, charge, fee_type }) => ({
      usage_key: fee_type === "charge" ? (charge ?? null) : null,
      amount_cents: BigInt(amount_cents)
    })),
    input.progressive_invoices
      .filter(({ same_period = true }) => same_period)
      .map(({ fees, status = "finalized" }) => ({
        status,
        fees: fees.map((fee, index) => ({
          fee_id: String(index),
          usage_key: fee.charge,
          amount_cents: BigInt(fee.amount_cents),
          progressive_billing_credit_amount_cents: BigInt(fee.progressive_cents ?? "0"),
          credited_cents: BigInt(fee.credited_cents ?? "0")
        }))
      }))
  )
  return {
    ...credit,
    fees: credit.fees.map((progressive_cents) => ({ progressive_cents })),
    surplus: credit.surplus.map(({ amount_cents, usage_key }) => ({ charge: usage_key, amount_cents }))
  }
}

const trueUpOf = (input: {
  readonly commitment_cents: string
  readonly days: string
  readonly full_days: string
  readonly base_cents: string
  readonly usage_cents: string
  readonly counts?: CommitmentCounts
}) =>
  trueUp({
    amount_cents: BigInt(input.commitment_cents),
    counts: input.counts ?? "all",
    days: Number(input.days),
    full_days: Number(input.full_days),
    base_cents: BigInt(input.base_cents),
    usage_cents: BigInt(input.usage_cents)
  })

const alerts = (input: {
  readonly threshold_value: string
  readonly recurring: boolean
  readonly checks: ReadonlyArray<{ readonly usage: string; readonly new_period?: boolean }>
}) => {
  let fired: AlertFirings = { times_triggered: 0, ever_triggered: false }
  const triggers = input.checks.map(({ new_period = false, usage }) => {
    if (new_period) fired = { ...fired, times_triggered: 0 }
    const found = alertTriggers(input, fired, Exact.unsafeFromText(usage))
    if (found === null) return []
    fired = { times_triggered: found.last, ever_triggered: true }
    return Array.from({ length: found.last - found.first + 1 }, (_, index) => alertValue(input, found.first + index))
  })
  return { triggers }
}

export const progressiveOperations: Operations = {
  alerts,
  progressive_credit: progressive,
  thresholds,
  true_up: trueUpOf
}
