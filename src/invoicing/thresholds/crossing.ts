/** From a subscription's priced usage to what its thresholds call for: crossings, and the draft of one invoice for all of them (P14). Pure. */
import type { DateTime } from "effect"
import { localDate, sumOf } from "../../core/index.js"
import type { Subscription } from "../../subscriptions/index.js"
import { assemble, type FeeLine } from "../assemble.js"
import type { Batch } from "../batch.js"
import type { CouponTaken, Discountable, Discounted } from "../discounting.js"
import { draftOf } from "../document.js"
import type { Issuance } from "../issuing.js"
import { amountCents } from "../lines.js"
import { type Crossing, crossings } from "../progressive.js"
import type { RunningUsage } from "../running.js"
import type { InvoiceDocument } from "../store.js"
import { awaitsTaxes } from "../tax-question.js"
import type { Thresholds } from "./store.js"
import type { AppliedUsageThreshold, UsageThreshold } from "./threshold.js"

/** The first local day of the period that a window is, or is a part of: what names the period, whatever becomes of the customer's zone. */
const firstDayOf = ({ window }: RunningUsage) => localDate(window.full_from, window.timezone)

/** The thresholds of a subscription: its own, else those of the plan that it is on. */
const ofSubscription = ({ plan_id, id }: Subscription, { thresholds }: Thresholds): ReadonlyArray<UsageThreshold> => {
  const own = thresholds.filter((threshold) => threshold.subscription_id === id)
  return own.length > 0 ? own : thresholds.filter((threshold) => threshold.plan_id === plan_id)
}

/** Whether a check of a running subscription could find anything. */
export const awaited = (running: RunningUsage, known: Thresholds): ReadonlyArray<UsageThreshold> => {
  const { row } = running
  const first_day = firstDayOf(running)
  const done = (threshold: UsageThreshold): boolean =>
    known.crossed.some(
      (crossing) =>
        crossing.subscription_id === row.id &&
        crossing.usage_threshold_id === threshold.id &&
        (!threshold.recurring || crossing.period_first_day === first_day)
    )
  return ofSubscription(row, known).filter((threshold) => !done(threshold))
}

const NONE: ReadonlySet<UsageThreshold> = new Set()

/** A subscription whose usage was priced. */
export interface PricedUsage {
  readonly running: RunningUsage
  readonly thresholds: ReadonlyArray<UsageThreshold>
  /** Its usage fees as an invoice would have them now, without progressive credit. */
  readonly lines: ReadonlyArray<FeeLine>
  /** Usage fees that were invoiced for earlier windows. */
  readonly invoiced_cents: bigint
}

/** What of it was newly crossed, by amount. */
export const newlyCrossed = ({ invoiced_cents, lines, thresholds }: PricedUsage): ReadonlyArray<Crossing<UsageThreshold>> =>
  crossings(thresholds, { invoiced_cents, period_cents: amountCents(lines) }, NONE)

const LONGEST_DESCRIPTION = 500

/** The line as it stands on an invoice that thresholds caused: with their names, and what was reached. */
const caused = (line: FeeLine, crossed: ReadonlyArray<Crossing<UsageThreshold>>): FeeLine => {
  const names = crossed.flatMap(({ threshold: { threshold_display_name: name } }) => (name === null ? [] : [name]))
  const description = [line.description, ...names].join(" – ")
  return {
    ...line,
    description: description.slice(0, LONGEST_DESCRIPTION),
    properties: { ...line.properties, thresholds_cents: crossed.map(({ threshold }) => threshold.amount_cents.toString()) }
  }
}

/** What a subscription has newly crossed, with the lines of the invoice for it; none where nothing is left to bill. */
export interface Reached {
  readonly running: RunningUsage
  readonly crossed: ReadonlyArray<Crossing<UsageThreshold>>
  readonly lines: ReadonlyArray<FeeLine>
}

/** `credited` are the usage lines with the progressive credit of the window's earlier invoices. */
export const reachedWith = (
  running: RunningUsage,
  crossed: ReadonlyArray<Crossing<UsageThreshold>>,
  credited: ReadonlyArray<FeeLine>
): Reached => {
  const left = sumOf(credited, (line) => line.amount_cents - line.progressive_billing_credit_amount_cents)
  return { running, crossed, lines: left > 0n ? credited.map((line) => caused(line, crossed)) : [] }
}

/** Its invoice as coupons see it; null where there is none, or it waits for its taxes. */
export const discountableOf = ({ lines, running: { row, terms } }: Reached, batch: Batch): Discountable | null =>
  lines.length === 0 || awaitsTaxes(lines, batch)
    ? null
    : { customer_id: row.customer_id, currency: terms.plan.currency, rounding_mode: batch.issuerOf(row).rounding_mode, lines }

/** What a check writes for one subscription. */
export interface Crossed {
  readonly subscription_id: string
  readonly crossings: ReadonlyArray<AppliedUsageThreshold>
  /** The draft that is to be issued, or waits for its taxes; null where nothing is left to bill. */
  readonly document: InvoiceDocument | null
  readonly issuance: Issuance | null
  /** What the invoice takes of its customer's coupons. */
  readonly coupons: ReadonlyArray<CouponTaken>
}

/** How many ids a crossing takes at most. */
export const idsForCrossing = ({ crossed, lines }: Reached): number =>
  1 + crossed.length + lines.reduce((count, line) => count + 1 + 2 * line.taxes.length, 0)

/**
 * The crossings and their one invoice; `discounted` are its lines with what coupons take off them. Takes its ids from `ids`,
 * in order.
 *
 * @see invoicing 12.2
 */
export const crossedWith = (
  { crossed, lines: undiscounted, running: { row, terms, usage } }: Reached,
  discounted: Discounted | null,
  batch: Batch,
  ids: Iterator<string>,
  now: DateTime.Utc
): Crossed => {
  const customer = batch.customerOf(row)
  const issuer = batch.issuerOf(row)
  const head = {
    organization_id: row.organization_id,
    customer,
    issuer,
    invoice_type: "progressive_billing",
    subscription_id: row.id,
    currency: terms.plan.currency,
    billing_period_start: usage.from,
    billing_period_end: usage.to,
    billed_at: now,
    grace_days: 0
  } as const
  const awaits = awaitsTaxes(undiscounted, batch)
  const lines = awaits ? undiscounted : (discounted?.lines ?? [])
  const document = lines.length === 0 ? null : draftOf(head, assemble(lines, issuer.rounding_mode), { fresh: ids }, now)
  return {
    subscription_id: row.id,
    crossings: crossed.map(({ compared_cents, threshold }) => ({
      id: ids.next().value as string,
      organization_id: row.organization_id,
      usage_threshold_id: threshold.id,
      subscription_id: row.id,
      invoice_id: document?.invoice.id ?? null,
      crossed_at: now,
      lifetime_usage_amount_cents: compared_cents,
      period_first_day: threshold.recurring ? localDate(usage.full_from, usage.timezone) : null,
      created_at: now,
      updated_at: now
    })),
    document,
    issuance: document === null || awaits ? null : { customer, issuer, notes: [], document },
    coupons: discounted?.coupons ?? []
  }
}
