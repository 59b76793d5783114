/** A piece of due work of one subscription: what is billed, under which head, and the keys that make it happen once. Pure. */
import type { DateTime } from "effect"
import { termsOf } from "../accounts/index.js"
import type { VersionTerms } from "../catalog/index.js"
import { type BilledPeriod, type DueWork, endedBy, rowAfterWork, type ScheduleState, type Subscription } from "../subscriptions/index.js"
import type { Batch } from "./batch.js"
import type { DocumentHead } from "./document.js"

/** A subscription, locked, and what is to be billed of it. */
export interface Piece {
  readonly row: Subscription
  readonly schedule: ScheduleState
  readonly work: DueWork
  /** The row after it. */
  readonly after: Subscription
  /** Closed without billing anything (termination with `skip`). */
  readonly skip: boolean
}

/** The piece that does a row's work; an end by the row's action. */
export const pieceOf = (row: Subscription, schedule: ScheduleState, work: DueWork): Piece => {
  const done = work.kind === "end" ? endedBy(schedule, work, row.on_termination_action) : work
  return {
    row,
    schedule,
    work: done,
    after: rowAfterWork(row, schedule, done),
    skip: work.kind === "end" && row.on_termination_action === "skip"
  }
}

/** The terms of a piece's base fee: in advance those of the plan after it, in arrears of the one before. */
export const baseTerms = ({ after, row, schedule }: Piece, batch: Batch): VersionTerms =>
  batch.termsOf(schedule.pay_in_advance ? after : row)

/** The invoice's period is the window whose usage it closes; without one, that of its base fee. */
export const headOf = (piece: Piece, batch: Batch): DocumentHead => {
  const { row, work } = piece
  const customer = batch.customerOf(row)
  const issuer = batch.issuerOf(row)
  const period = work.usage ?? work.base
  return {
    organization_id: row.organization_id,
    customer,
    issuer,
    invoice_type: "subscription",
    subscription_id: row.id,
    currency: batch.termsOf(row).plan.currency,
    billing_period_start: period?.from ?? null,
    billing_period_end: period?.to ?? null,
    billed_at: work.at,
    grace_days: work.kind === "correction" ? 0 : termsOf(customer, issuer).invoice_grace_period
  }
}

/** How many ids `keysOf` takes. */
export const KEYS_AT_MOST = 2

/** The keys that make this billing happen once (O9). */
export const keysOf = (piece: Piece, invoice_id: string | null, ids: Iterator<string>, now: DateTime.Utc): ReadonlyArray<BilledPeriod> => {
  const { after, row, schedule, work } = piece
  const key = (kind: BilledPeriod["kind"], plan: Subscription, stretch: NonNullable<DueWork["usage"] | DueWork["base"]>): BilledPeriod => ({
    id: ids.next().value as string,
    organization_id: row.organization_id,
    subscription_id: row.id,
    kind,
    period_start: stretch.from,
    period_end: stretch.to,
    full_start: stretch.full_from,
    full_end: stretch.full_to,
    plan_id: plan.plan_id,
    plan_version: plan.plan_version,
    timezone: schedule.timezone,
    base_days: stretch.days,
    superseded: false,
    next_plan_id: null,
    next_plan_version: null,
    skipped: piece.skip,
    invoice_id,
    deleted_invoice_id: null,
    created_at: now,
    updated_at: now
  })
  const { base, usage } = work
  return [
    ...(usage === null
      ? []
      : [
          {
            ...key("usage", row, usage),
            base_days: usage.base_days,
            superseded: usage.superseded,
            ...(usage.superseded ? { next_plan_id: after.plan_id, next_plan_version: after.plan_version } : {})
          }
        ]),
    ...(base === null || piece.skip ? [] : [key("base_fee", schedule.pay_in_advance ? after : row, base)])
  ]
}
