import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { BillableMetric } from "../metering/index.js"

export class MetricStore extends Context.Tag("billwright/catalog/MetricStore")<
  MetricStore,
  {
    readonly load: (by: {
      readonly ids: ReadonlyArray<string>
      readonly codes: ReadonlyArray<string>
    }) => Effect.Effect<ReadonlyArray<BillableMetric>, StorageError, CurrentOrganization>
  }
>() {}
