/** The port to where billable metrics are kept. */
import { Context, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { AggregationType } from "../pricing/index.js"
import type { BillableMetric, BillableMetricFilter, MetricId } from "./metric.js"

/** How many things refer to a metric; events are counted up to a thousand. */
export interface MetricUses {
  readonly charges: number
  readonly alerts: number
  readonly daily_usages: number
  readonly events: number
}

/** How many metrics there are of an aggregation type. */
export interface MetricTypeCount {
  readonly aggregation_type: AggregationType
  readonly metrics: number
}

/** How many plans price a metric. */
export interface MetricPlanCount {
  readonly billable_metric_id: string
  readonly code: string
  readonly plans: number
}

/** A metric as ingestion loads it. */
interface SharedMetric extends BillableMetric {
  /** Whether a charge of some plan, of whatever version, bills its events one by one (P17). */
  readonly paid_in_advance: boolean
}

export interface MetricStoreShape {
  /** The metric with its filters. */
  readonly insert: (metric: BillableMetric) => Effect.Effect<void, StorageError | CodeTaken>
  /** Those that exist, by id or by code, in no order. */
  readonly load: (by: {
    readonly ids: ReadonlyArray<string>
    readonly codes: ReadonlyArray<string>
  }) => Effect.Effect<ReadonlyArray<BillableMetric>, StorageError, CurrentOrganization>
  /** Those of the codes that exist, in no order; they stay as they are until the transaction ends. */
  readonly share: (codes: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<SharedMetric>, StorageError, CurrentOrganization>
  /** Waits until no transaction that has loaded these metrics for ingestion is open, and lets none do so before this one ends. */
  readonly exclude: (ids: ReadonlyArray<string>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** The metric with its filters, its row locked; only in a transaction. */
  readonly lock: (
    by: { readonly id: string } | { readonly code: string }
  ) => Effect.Effect<BillableMetric | undefined, StorageError, CurrentOrganization>
  /** Writes a metric that was locked again, without its filters. */
  readonly save: (metric: BillableMetric) => Effect.Effect<void, StorageError>
  /** Deletes a metric with its filters. */
  readonly remove: (metric: BillableMetric) => Effect.Effect<void, StorageError>
  readonly uses: (metric: BillableMetric) => Effect.Effect<MetricUses, StorageError>
  /** Stores the filter that was added to a metric, its last one. */
  readonly insertFilter: (metric: BillableMetric, filter: BillableMetricFilter) => Effect.Effect<void, StorageError>
  readonly saveFilter: (metric: BillableMetric, filter: BillableMetricFilter) => Effect.Effect<void, StorageError>
  /** Deletes a filter that no version of a plan names which anybody has. */
  readonly removeFilter: (metric: BillableMetric, filter: BillableMetricFilter) => Effect.Effect<void, StorageError>
  /**
   * The values that filters of charges give for a key of the metric, a list for each (`*` for all declared ones): of plans as they are and
   * of versions that a subscription has or was billed by.
   */
  readonly valuesUsed: (
    metric_id: MetricId,
    key: string
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<string>>, StorageError, CurrentOrganization>
  /** How many metrics there are of each type that has any. */
  readonly typeCounts: Effect.Effect<ReadonlyArray<MetricTypeCount>, StorageError, CurrentOrganization>
  /** How many plans price each metric in their current version, oldest metric first. */
  readonly planCounts: Effect.Effect<ReadonlyArray<MetricPlanCount>, StorageError, CurrentOrganization>
  readonly page: (
    filter: { readonly aggregation_type?: AggregationType | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<BillableMetric>, StorageError, CurrentOrganization>
}

export class MetricStore extends Context.Tag("billwright/MetricStore")<MetricStore, MetricStoreShape>() {}
