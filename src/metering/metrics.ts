/** The service of billable metrics. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  type CodeTaken,
  CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  isUuid,
  orNull,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  type StorageError,
  Text,
  Transactor
} from "../core/index.js"
import { type InvalidMetric, MetricNotFound } from "./errors.js"
import { AGGREGATION_TYPES, type BillableMetric, MetricFilterId, MetricId, validateMetric } from "./metric.js"
import { MetricStore } from "./metric-store.js"

const Filter = Schema.Struct({
  key: Text.name(255),
  values: Schema.Array(Text.name(255)).pipe(
    Schema.minItems(1),
    Schema.filter((values) => new Set(values).size === values.length, { message: () => "expected no repeated value" })
  )
})

const CreateMetric = Schema.Struct({
  code: Text.name(255),
  name: Text.name(255),
  description: orNull(Text.atMost(10_000)),
  aggregation_type: Schema.Literal(...AGGREGATION_TYPES),
  field_name: Schema.optional(Schema.NullOr(Schema.String)),
  recurring: Schema.optional(Schema.Boolean),
  expression: Schema.optional(Schema.NullOr(Schema.String)),
  value_mode: Schema.optional(Schema.NullOr(Schema.String)),
  rounding_function: Schema.optional(Schema.NullOr(Schema.String)),
  rounding_precision: Schema.optional(Schema.NullOr(Schema.Number)),
  /** Keys that charges may filter by, with their allowed values. */
  filters: Schema.optionalWith(
    Schema.Array(Filter).pipe(
      Schema.filter((filters) => new Set(filters.map(({ key }) => key)).size === filters.length, {
        message: () => "expected each key once"
      })
    ),
    { default: () => [] }
  )
})
export type CreateMetricInput = typeof CreateMetric.Encoded

const ListMetrics = Schema.Struct({ ...pageFields, aggregation_type: Schema.optional(Schema.Literal(...AGGREGATION_TYPES)) })
export type ListMetricsInput = typeof ListMetrics.Encoded

/** A metric by its id, or by its code. */
export type MetricRef = { readonly id: string } | { readonly code: string }

const decodeCreate = decodeInput(CreateMetric)
const decodeList = decodeInput(ListMetrics)

export interface MetricsShape {
  /**
   * Makes a metric with its filters. Fails with `InvalidInput`, `InvalidMetric`, `CodeTaken`.
   *
   * @see spec pricing 2, 10
   */
  readonly create: (
    input: CreateMetricInput
  ) => Effect.Effect<BillableMetric, InvalidInput | InvalidMetric | CodeTaken | StorageError, CurrentOrganization>
  /** By id or code. Fails with `MetricNotFound`. */
  readonly get: (ref: MetricRef) => Effect.Effect<BillableMetric, MetricNotFound | StorageError, CurrentOrganization>
  readonly list: (input?: ListMetricsInput) => Effect.Effect<Page<BillableMetric>, InvalidInput | StorageError, CurrentOrganization>
}

export class Metrics extends Context.Tag("billwright/Metrics")<Metrics, MetricsShape>() {
  static readonly layer: Layer.Layer<Metrics, never, MetricStore | Transactor | Ids> = Layer.effect(
    Metrics,
    Effect.gen(function* () {
      const store = yield* MetricStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      return Metrics.of({
        create: Effect.fn("Metrics.create")(function* (input) {
          const { code, description, filters, name, ...given } = yield* decodeCreate(input)
          const definition = yield* validateMetric(given)
          const [id, ...filterIds] = yield* ids.many(1 + filters.length)
          const now = yield* DateTime.now
          const metric: BillableMetric = {
            id: MetricId.make(id!),
            organization_id: yield* CurrentOrganization,
            code,
            name,
            description,
            ...definition,
            filters: filters.map(({ key, values }, index) => ({ id: MetricFilterId.make(filterIds[index]!), key, values })),
            created_at: now,
            updated_at: now
          }
          yield* transaction(store.insert(metric))
          return metric
        }),
        get: Effect.fn("Metrics.get")(function* (ref) {
          const by = "id" in ref ? { ids: isUuid(ref.id) ? [ref.id] : [], codes: [] } : { ids: [], codes: [ref.code] }
          const [found] = yield* store.load(by)
          return found ?? (yield* new MetricNotFound(ref))
        }),
        list: Effect.fn("Metrics.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "name", "code"])
          return pageOf(request, yield* store.page(given, request))
        })
      })
    })
  )
}
