/** The port to where billable metrics are kept. */
import { Context, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { AggregationType, BillableMetric } from "./metric.js"

export interface MetricStoreShape {
  /** The metric with its filters. */
  readonly insert: (metric: BillableMetric) => Effect.Effect<void, StorageError | CodeTaken>
  /** Those that exist, by id or by code, in no order. */
  readonly load: (by: {
    readonly ids: ReadonlyArray<string>
    readonly codes: ReadonlyArray<string>
  }) => Effect.Effect<ReadonlyArray<BillableMetric>, StorageError, CurrentOrganization>
  readonly page: (
    filter: { readonly aggregation_type?: AggregationType | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<BillableMetric>, StorageError, CurrentOrganization>
}

export class MetricStore extends Context.Tag("billwright/MetricStore")<MetricStore, MetricStoreShape>() {}
