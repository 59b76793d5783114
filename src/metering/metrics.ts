/** The service of billable metrics. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  type CodeTaken,
  CurrentOrganization,
  canName,
  decodeInput,
  Ids,
  type Immutable,
  type InvalidInput,
  type Page,
  pageOf,
  pageRequest,
  type StillReferenced,
  type StorageError,
  Transactor
} from "../core/index.js"
import { AGGREGATION_TYPES } from "../pricing/index.js"
import { FilterKeyTaken, type InvalidMetric, MetricFilterNotFound, MetricNotFound } from "./errors.js"
import { type BillableMetric, type BillableMetricFilter, MetricFilterId, MetricId, validateMetric } from "./metric.js"
import { editedMetric, refusesDeletion, refusesRemoval } from "./metric-edit.js"
import {
  CreateMetric,
  type CreateMetricInput,
  FilterChange,
  FilterInput,
  ListMetrics,
  type ListMetricsInput,
  UpdateMetric,
  type UpdateMetricInput
} from "./metric-input.js"
import { type MetricPlanCount, MetricStore, type MetricTypeCount } from "./metric-store.js"

/** A metric by its id, or by its code. */
export type MetricRef = { readonly id: string } | { readonly code: string }

const decodeCreate = decodeInput(CreateMetric)
const decodeUpdate = decodeInput(UpdateMetric)
const decodeFilter = decodeInput(FilterInput)
const decodeFilterChange = decodeInput(FilterChange)
const decodeList = decodeInput(ListMetrics)

type Edit<E> = Effect.Effect<BillableMetric, E | InvalidInput | MetricNotFound | StorageError, CurrentOrganization>

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
  /**
   * Changes a metric. Fails with `InvalidInput`, `InvalidMetric`, `MetricNotFound`, with `Immutable` for `code` and
   * `aggregation_type`, and once there are events for `field_name` and `expression`, and with `StillReferenced` for
   * `recurring` while charges price it.
   *
   * @see spec billing 5.1
   */
  readonly update: (ref: MetricRef, input: UpdateMetricInput) => Edit<InvalidMetric | Immutable | StillReferenced>
  /** Deletes what nothing refers to. Fails with `MetricNotFound`, or `StillReferenced` by `charges`, `alerts`, `daily_usages` or `events`. */
  readonly delete: (ref: MetricRef) => Effect.Effect<void, MetricNotFound | StillReferenced | StorageError, CurrentOrganization>
  /** Declares a key that charges may filter by. Fails with `InvalidInput`, `MetricNotFound`, `FilterKeyTaken`. */
  readonly addFilter: (ref: MetricRef, input: FilterInput) => Edit<FilterKeyTaken>
  /**
   * States the values of a key. Fails with `InvalidInput`, `MetricNotFound`, `MetricFilterNotFound`, and `StillReferenced`
   * where a value goes that a charge's filter names; one of `*` names all.
   */
  readonly updateFilter: (ref: MetricRef, key: string, input: FilterChange) => Edit<MetricFilterNotFound | StillReferenced>
  /** Takes a key away. Fails with `MetricNotFound`, `MetricFilterNotFound`, and `StillReferenced` where a charge's filter has it. */
  readonly removeFilter: (ref: MetricRef, key: string) => Edit<MetricFilterNotFound | StillReferenced>
  readonly list: (input?: ListMetricsInput) => Effect.Effect<Page<BillableMetric>, InvalidInput | StorageError, CurrentOrganization>
  /** How many metrics there are of each aggregation type, 0 included. */
  readonly stats: () => Effect.Effect<ReadonlyArray<MetricTypeCount>, StorageError, CurrentOrganization>
  /** How many plans price each metric in their current version, oldest metric first; which ones, `Plans.list` tells by `metric_code`. */
  readonly planCounts: () => Effect.Effect<ReadonlyArray<MetricPlanCount>, StorageError, CurrentOrganization>
}

export class Metrics extends Context.Tag("billwright/Metrics")<Metrics, MetricsShape>() {
  static readonly layer: Layer.Layer<Metrics, never, MetricStore | Transactor | Ids> = Layer.effect(
    Metrics,
    Effect.gen(function* () {
      const store = yield* MetricStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const locked = Effect.fnUntraced(function* (ref: MetricRef) {
        const found = canName(ref, "code") ? yield* store.lock(ref) : undefined
        return found ?? (yield* new MetricNotFound(ref))
      })

      /** The metric with other filters, as of now. */
      const withFilters = Effect.fnUntraced(function* (metric: BillableMetric, filters: BillableMetric["filters"]) {
        const after: BillableMetric = { ...metric, filters, updated_at: yield* DateTime.now }
        yield* store.save(after)
        return after
      })

      /** The filter of a key of a locked metric, and the charges' filters that name values of it. */
      const filterOf = Effect.fnUntraced(function* (ref: MetricRef, key: string) {
        const metric = yield* locked(ref)
        const filter = metric.filters.find((declared) => declared.key === key)
        if (filter === undefined) return yield* new MetricFilterNotFound({ key })
        return { metric, filter, used: yield* store.valuesUsed(metric.id, key) }
      })

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
          const by = () => ("id" in ref ? { ids: [ref.id], codes: [] } : { ids: [], codes: [ref.code] })
          const [found] = canName(ref, "code") ? yield* store.load(by()) : []
          return found ?? (yield* new MetricNotFound(ref))
        }),
        update: Effect.fn("Metrics.update")(function* (ref, input) {
          const given = yield* decodeUpdate(input)
          return yield* transaction(
            Effect.gen(function* () {
              const before = yield* locked(ref)
              const edited = yield* editedMetric(before, given, yield* store.uses(before))
              const after: BillableMetric = { ...edited, updated_at: yield* DateTime.now }
              yield* store.save(after)
              return after
            })
          )
        }),
        delete: Effect.fn("Metrics.delete")(function* (ref) {
          yield* transaction(
            Effect.gen(function* () {
              const metric = yield* locked(ref)
              const refusal = refusesDeletion(yield* store.uses(metric))
              if (refusal !== null) return yield* refusal
              yield* store.remove(metric)
            })
          )
        }),
        addFilter: Effect.fn("Metrics.addFilter")(function* (ref, input) {
          const given = yield* decodeFilter(input)
          return yield* transaction(
            Effect.gen(function* () {
              const metric = yield* locked(ref)
              if (metric.filters.some(({ key }) => key === given.key)) return yield* new FilterKeyTaken({ key: given.key })
              const filter: BillableMetricFilter = { ...given, id: MetricFilterId.make(yield* ids.next) }
              const after = yield* withFilters(metric, [...metric.filters, filter])
              yield* store.insertFilter(after, filter)
              return after
            })
          )
        }),
        updateFilter: Effect.fn("Metrics.updateFilter")(function* (ref, key, input) {
          const { values } = yield* decodeFilterChange(input)
          return yield* transaction(
            Effect.gen(function* () {
              const { filter, metric, used } = yield* filterOf(ref, key)
              const refusal = refusesRemoval(
                filter.values.filter((value) => !values.includes(value)),
                used
              )
              if (refusal !== null) return yield* refusal
              const changed: BillableMetricFilter = { ...filter, values }
              const filters = metric.filters.map((declared) => (declared.id === filter.id ? changed : declared))
              const after = yield* withFilters(metric, filters)
              yield* store.saveFilter(after, changed)
              return after
            })
          )
        }),
        removeFilter: Effect.fn("Metrics.removeFilter")(function* (ref, key) {
          return yield* transaction(
            Effect.gen(function* () {
              const { filter, metric, used } = yield* filterOf(ref, key)
              const refusal = refusesRemoval(filter.values, used)
              if (refusal !== null) return yield* refusal
              yield* store.removeFilter(metric, filter)
              return yield* withFilters(
                metric,
                metric.filters.filter((declared) => declared.id !== filter.id)
              )
            })
          )
        }),
        list: Effect.fn("Metrics.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "name", "code"])
          return pageOf(request, yield* store.page(given, request))
        }),
        stats: Effect.fn("Metrics.stats")(function* () {
          const found = new Map((yield* store.typeCounts).map(({ aggregation_type, metrics }) => [aggregation_type, metrics]))
          return AGGREGATION_TYPES.map((aggregation_type) => ({ aggregation_type, metrics: found.get(aggregation_type) ?? 0 }))
        }),
        planCounts: Effect.fn("Metrics.planCounts")(() => store.planCounts)
      })
    })
  )
}
