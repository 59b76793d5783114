/** The charges of a plan from what a caller gives: the whole set, checked one by one against their metrics (spec pricing 10). */
import { type DateTime, Either } from "effect"
import { Immutable, InvalidInput, type OrganizationId } from "../core/index.js"
import { type BillableMetric, MetricNotFound } from "../metering/index.js"
import { type FilterValues, InvalidChargeProperties, type MetricFilters, validateCharge } from "../pricing/index.js"
import { type Charge, type ChargeFilter, ChargeFilterId, ChargeId } from "./charge.js"
import type { ChargeEntry, FilterEntry } from "./charge-input.js"
import { ChargeFilterNotFound, ChargeNotFound } from "./errors.js"
import type { PlanId } from "./plan-id.js"

export type ChargeSetError = InvalidInput | InvalidChargeProperties | MetricNotFound | ChargeNotFound | ChargeFilterNotFound | Immutable

/** What new charges are made of, beside what the caller gives. */
export interface ChargeContext {
  readonly organization_id: OrganizationId
  readonly plan_id: PlanId
  readonly now: DateTime.Utc
  /** The charges that the plan has. */
  readonly current: ReadonlyArray<Charge>
  readonly metrics: ReadonlyArray<BillableMetric>
  /** Fresh ids, at least `idsNeeded`. */
  readonly ids: Iterator<string>
}

/** How many ids a set needs at most. */
export const idsNeeded = (entries: ReadonlyArray<ChargeEntry>): number =>
  entries.reduce((sum, { filters = [] }) => sum + 1 + filters.length, 0)

const metricOf = (entry: ChargeEntry, former: Charge | undefined, { metrics }: ChargeContext, at: string) =>
  Either.gen(function* () {
    const { billable_metric_id: id = former?.billable_metric_id, metric_code: code } = entry
    if (former === undefined && (id === undefined) === (code === undefined)) {
      return yield* Either.left(new InvalidInput({ field: at, reason: "expected either billable_metric_id or metric_code" }))
    }
    const metric = metrics.find((one) => (code === undefined ? one.id === id : one.code === code))
    if (metric === undefined) return yield* Either.left(new MetricNotFound(code === undefined ? { id } : { code }))
    if (former !== undefined && metric.id !== former.billable_metric_id) {
      return yield* Either.left(new Immutable({ field: `${at}.billable_metric_id` }))
    }
    return metric
  })

const declaredBy = (metric: BillableMetric): MetricFilters => Object.fromEntries(metric.filters.map(({ key, values }) => [key, values]))

/** What stays of the filters that a charge has where an entry leaves things out. */
const filterEntries = (entry: ChargeEntry, former: Charge | undefined) =>
  Either.gen(function* () {
    if (entry.filters === undefined) return former?.filters ?? []
    const filters: Array<FilterEntry> = []
    for (const given of entry.filters) {
      const known = former?.filters.find((filter) => filter.id === given.id)
      if (given.id !== undefined && known === undefined) return yield* Either.left(new ChargeFilterNotFound({ id: given.id }))
      filters.push({
        id: known?.id,
        values: given.values ?? known?.values,
        properties: given.properties ?? known?.properties,
        invoice_display_name: given.invoice_display_name === undefined ? known?.invoice_display_name : given.invoice_display_name
      })
    }
    return filters
  })

const chargeOf = (entry: ChargeEntry, position: number, context: ChargeContext): Either.Either<Charge, ChargeSetError> =>
  Either.gen(function* () {
    const former = context.current.find((charge) => charge.id === entry.id)
    if (entry.id !== undefined && former === undefined) return yield* Either.left(new ChargeNotFound({ id: entry.id }))
    const metric = yield* metricOf(entry, former, context, `charges[${position}]`)
    const entries = yield* filterEntries(entry, former)
    const checked = yield* validateCharge(
      {
        charge_model: entry.charge_model ?? former?.charge_model,
        properties: entry.properties ?? former?.properties ?? {},
        pay_in_advance: entry.pay_in_advance ?? former?.pay_in_advance,
        prorated: entry.prorated ?? former?.prorated,
        min_amount_cents: entry.min_amount_cents ?? former?.min_amount_cents,
        filters: entries.map(({ properties = {}, values = {} }) => ({ values, properties }))
      },
      metric,
      declaredBy(metric)
    ).pipe(Either.mapLeft(({ path, reason }) => new InvalidChargeProperties({ path, reason, charge: position })))
    const id = former?.id ?? ChargeId.make(context.ids.next().value)
    const filters = checked.filters.map(({ properties, values }, index): ChargeFilter => {
      const given = entries[index]!
      return {
        id: ChargeFilterId.make(given.id ?? context.ids.next().value),
        charge_id: id,
        values: values as FilterValues,
        properties,
        invoice_display_name: given.invoice_display_name ?? null
      }
    })
    return {
      id,
      organization_id: context.organization_id,
      plan_id: context.plan_id,
      billable_metric_id: metric.id,
      charge_model: checked.charge_model,
      properties: checked.properties as unknown as Charge["properties"],
      pay_in_advance: checked.pay_in_advance,
      invoiceable: entry.invoiceable ?? former?.invoiceable ?? true,
      prorated: checked.prorated,
      min_amount_cents: checked.min_amount_cents,
      invoice_display_name: entry.invoice_display_name === undefined ? (former?.invoice_display_name ?? null) : entry.invoice_display_name,
      position,
      retired_at: null,
      filters,
      created_at: former?.created_at ?? context.now,
      updated_at: context.now
    }
  })

/** Every charge of the set, in the order given. Fails with the first thing that is wrong. */
export const chargeSet = (
  entries: ReadonlyArray<ChargeEntry>,
  context: ChargeContext
): Either.Either<ReadonlyArray<Charge>, ChargeSetError> =>
  Either.gen(function* () {
    const charges: Array<Charge> = []
    for (const [position, entry] of entries.entries()) {
      if (entry.id !== undefined && charges.some((charge) => charge.id === entry.id)) {
        return yield* Either.left(new InvalidInput({ field: `charges[${position}].id`, reason: "named twice" }))
      }
      charges.push(yield* chargeOf(entry, position, context))
    }
    return charges
  })
