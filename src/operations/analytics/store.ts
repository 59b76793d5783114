/** The port of analytics reads: sums that the engine makes, one statement each, over one organization. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { OpenInvoices, RawMovement } from "./figures.js"

type Read<A> = Effect.Effect<ReadonlyArray<A>, StorageError, CurrentOrganization>

/** From an instant to before another one. */
export interface Span {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** Sums of one currency in one of the spans that were asked for. */
export interface SpanSums {
  readonly place: number
  readonly currency: string
  readonly invoiced_cents: bigint
  readonly credited_cents: bigint
  readonly collected_cents: bigint
  /** Invoices that were paid in the span, and the seconds from their issue to that in all. */
  readonly paid: bigint
  readonly paid_after_seconds: bigint
}

/** A share of what was invoiced. */
export interface Revenue {
  readonly currency: string
  /** The type of the fees, the id of the plan, the external id of the customer. */
  readonly key: string | null
  readonly amount_cents: bigint
}

export interface CustomerCounts {
  readonly total: number
  readonly new: number
  readonly active: number
  readonly active_before: number
  readonly churned: number
}

export interface SubscriptionCount {
  /** Where `status`, `plan`, `new`, `canceled` or `trial`. */
  readonly kind: string
  readonly key: string | null
  readonly subscriptions: number
}

export interface MetricEvents {
  readonly code: string
  readonly events: number
}

export interface AnalyticsStoreShape {
  /** What recurring revenue was right before `from` and right before `to`, and how it came to that. */
  readonly movements: (span: Span) => Read<RawMovement>
  readonly sums: (spans: ReadonlyArray<Span>) => Read<SpanSums>
  /** What is due, in as few rows as tell what of it is overdue. */
  readonly receivables: (at: { readonly now: DateTime.Utc; readonly long_due_before: DateTime.Utc }) => Read<OpenInvoices>
  /** Of invoices issued in a span, the largest first. */
  readonly revenueBy: (by: "type" | "plan" | "customer" | "metric", span: Span, limit: number) => Read<Revenue>
  readonly customers: (span: Span) => Effect.Effect<CustomerCounts, StorageError, CurrentOrganization>
  readonly subscriptions: (span: Span) => Read<SubscriptionCount>
  /** Metrics by their events in a span, the most first. */
  readonly events: (span: Span, limit: number) => Read<MetricEvents>
}

export class AnalyticsStore extends Context.Tag("billwright/AnalyticsStore")<AnalyticsStore, AnalyticsStoreShape>() {}
