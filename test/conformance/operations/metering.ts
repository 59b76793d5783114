/** The conformance operations of metering, and `charge`: from JSON to the library's own code and back. */
import { Either } from "effect"
import { type Charge, ChargeFilterId, ChargeId, PlanId } from "../../../src/catalog/index.js"
import { currencyOf, Exact, instant, OrganizationId, parseInstant, periodDays, type UsagePeriod } from "../../../src/core/index.js"
import {
  type BillableMetric,
  type Buckets,
  type BucketTerms,
  type BucketUsage,
  type CountedEvent,
  foldPeriod,
  inAdvance,
  isUncounted,
  type LineUsage,
  type MetricDefinition,
  MetricFilterId,
  MetricId,
  type MetricInput,
  type Needs,
  reader,
  recount,
  type UsageEvent,
  validateMetric
} from "../../../src/metering/index.js"
import { type ChargeInput, type NormalisedCharge, validateCharge } from "../../../src/pricing/index.js"
import { compileCharge, type LineTerms, linesOf } from "../../../src/rating/index.js"

interface EventCase {
  readonly timestamp: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly precise_total_amount_cents?: string
}

interface PeriodCase {
  readonly from: string
  readonly to: string
  readonly full_from?: string
  readonly full_to?: string
  readonly timezone?: string
  readonly superseded?: boolean
}

type Values = Readonly<Record<string, ReadonlyArray<string>>>

interface FilterCase {
  readonly name: string
  readonly values: Values
}

const at = (text: string): number => {
  const millis = parseInstant(text)
  if (typeof millis === "string") throw new Error(millis)
  return millis
}

const periodOfCase = ({ from, full_from, full_to, superseded, timezone, to }: PeriodCase): UsagePeriod => ({
  from: instant(at(from)),
  to: instant(at(to)),
  ...(full_from === undefined ? {} : { full_from: instant(at(full_from)) }),
  ...(full_to === undefined ? {} : { full_to: instant(at(full_to)) }),
  ...(timezone === undefined ? {} : { timezone }),
  ...(superseded === undefined ? {} : { superseded })
})

const metricOfCase = (metric: MetricInput): MetricDefinition => Either.getOrThrow(validateMetric(metric))

const eventsOfCase = (events: ReadonlyArray<EventCase>): ReadonlyArray<UsageEvent> =>
  events.map((event) => ({
    at: at(event.timestamp),
    properties: event.properties ?? {},
    precise_total_amount_cents: event.precise_total_amount_cents ?? null
  }))

const bucketsOfCase = (filters: ReadonlyArray<FilterCase>, declared: Values, terms: BucketTerms): Buckets => ({
  filters: filters.map(({ values }) => ({
    ...terms,
    values: Object.entries(values).map(([key, list]) => [key, list.includes("*") ? (declared[key] ?? []) : list] as const)
  })),
  own: terms
})

const figures = (usage: LineUsage) => ({ ...usage, events_count: Exact.fromBigInt(BigInt(usage.events_count)) })

const groupRecord = (keys: ReadonlyArray<string>, group: ReadonlyArray<string | null>) =>
  Object.fromEntries(keys.map((key, index) => [key, group[index]]))

const bucketAnswer = (bucket: BucketUsage, group_by: ReadonlyArray<string> | undefined) =>
  group_by === undefined
    ? figures(bucket[0]!.usage)
    : { groups: bucket.map(({ group, usage }) => ({ group: groupRecord(group_by, group), ...figures(usage) })) }

const aggregate = (input: {
  readonly metric: MetricInput & { readonly prorated?: boolean }
  readonly period: PeriodCase
  readonly events: ReadonlyArray<EventCase>
  readonly group_by?: ReadonlyArray<string>
  readonly filters?: ReadonlyArray<FilterCase>
  readonly metric_filters?: Values
}) => {
  const needs: Needs = { prorated: input.metric.prorated ?? false, event_values: true }
  const buckets = bucketsOfCase(input.filters ?? [], input.metric_filters ?? {}, {
    group_by: input.group_by ?? [],
    prices: { price_field: "unit_price", quantity_field: "quantity", exponent: 2 }
  })
  const found = recount(metricOfCase(input.metric), periodOfCase(input.period), buckets, eventsOfCase(input.events), needs)
  if (input.filters === undefined) return bucketAnswer(found[0]!, input.group_by)
  return {
    buckets: found.map((bucket, index) => ({
      filter: input.filters?.[index]?.name ?? null,
      ...bucketAnswer(bucket, input.group_by)
    }))
  }
}

const advance = (input: {
  readonly metric: MetricInput & { readonly prorated?: boolean }
  readonly period: PeriodCase
  readonly events: ReadonlyArray<EventCase>
}) => {
  const metric = metricOfCase(input.metric)
  const period = foldPeriod(periodOfCase(input.period))
  const read = reader(metric)
  const counted = (event: UsageEvent): CountedEvent | null => {
    const reading = read(event.properties)
    return isUncounted(reading) ? null : { at: event.at, value: reading.value, item: reading.item, price: Exact.zero }
  }
  const events = eventsOfCase(input.events)
  const before = events.filter((event) => event.at < period.from).map(counted)
  const within = events.filter((event) => event.at >= period.from && event.at < period.to).map(counted)
  return inAdvance(
    metric,
    period,
    before.filter((event) => event !== null),
    within,
    input.metric.prorated ?? false
  )
}

const validate = ({ metric }: { readonly metric: MetricInput }) =>
  Either.match(validateMetric(metric), {
    onLeft: ({ _tag, path }) => ({ error: { type: _tag, path } }),
    onRight: () => ({ valid: true })
  })

const ID = "00000000-0000-7000-8000-000000000000"

const NOW = instant(0)

const metricRow = (definition: MetricDefinition, filters: Values): BillableMetric => ({
  ...definition,
  id: MetricId.make(ID),
  organization_id: OrganizationId.make(ID),
  code: "metric",
  name: "Metric",
  description: null,
  filters: Object.entries(filters).map(([key, values]) => ({ id: MetricFilterId.make(ID), key, values })),
  created_at: NOW,
  updated_at: NOW
})

const chargeRow = (charge: NormalisedCharge): Charge => ({
  id: ChargeId.make(ID),
  organization_id: OrganizationId.make(ID),
  plan_id: PlanId.make(ID),
  billable_metric_id: MetricId.make(ID),
  charge_model: charge.charge_model,
  properties: charge.properties as Charge["properties"],
  pay_in_advance: charge.pay_in_advance,
  invoiceable: true,
  prorated: charge.prorated,
  min_amount_cents: charge.min_amount_cents,
  invoice_display_name: null,
  position: 0,
  retired_at: null,
  filters: charge.filters.map(({ properties, values }) => ({
    id: ChargeFilterId.make(ID),
    charge_id: ChargeId.make(ID),
    values,
    properties,
    invoice_display_name: null
  })),
  created_at: NOW,
  updated_at: NOW
})

/** From events to fees: validated, counted, compiled, priced and rounded as a bill is. */
const charge = (input: {
  readonly metric: MetricInput
  readonly metric_filters?: Values
  readonly charge: ChargeInput & { readonly filters?: ReadonlyArray<FilterCase> }
  readonly period: PeriodCase
  readonly currency: string
  readonly events: ReadonlyArray<EventCase>
}) => {
  const definition = metricOfCase(input.metric)
  const declared = input.metric_filters ?? {}
  const row = chargeRow(Either.getOrThrow(validateCharge(input.charge, definition, declared)))
  const metric = metricRow(definition, declared)
  const compiled = Either.getOrThrow(
    compileCharge({ charge: row, metric }, Either.getOrThrow(currencyOf(input.currency)).exponent, new Map())
  )
  const period = periodOfCase(input.period)
  const usage = recount(metric, period, compiled.buckets, eventsOfCase(input.events), compiled.needs)
  const terms: LineTerms = { ...period, ...periodDays(period), rounding_mode: "half_away" }
  return {
    fees: Either.getOrThrow(linesOf(compiled, usage, terms, false)).map((line) => ({
      filter: line.kind === "usage" && line.filter !== null ? input.charge.filters![row.filters.indexOf(line.filter)]!.name : null,
      group: line.kind === "usage" ? line.group : {},
      events_count: line.events_count,
      ...line.fee
    }))
  }
}

export const meteringOperations: Record<string, (input: any) => unknown> = {
  aggregate,
  charge,
  in_advance: advance,
  validate_metric: validate
}
