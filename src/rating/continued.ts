/**
 * What earlier plans of the same period have billed of a recurring metric, in advance or at a change to a plan that left it out: it is
 * not billed again, only what is added to it (invoicing 5, 9.5). Pure.
 */
import type { ChargeFilter, ChargeTerms } from "../catalog/index.js"
import { Exact } from "../core/index.js"
import type { BucketUsage } from "../metering/index.js"
import type { CompiledPrice, Group, InAdvance, Priced, Usage } from "../pricing/index.js"
import type { CompiledCharge } from "./charge.js"
import { groupRecord } from "./group.js"

/** A line of an earlier plan's charge in advance, as far as what it billed counts later. */
interface BilledLine extends Pick<InAdvance, "peak" | "billed" | "begun"> {
  readonly charge_id: string
  /** The place of its charge in the plan. */
  readonly position: number
  readonly plan_id: string
  /** Where its window began, milliseconds. */
  readonly period_start: number
  /** The values of its filter; null for the events that no filter takes. */
  readonly filter: ChargeFilter["values"] | null
  readonly group: Group
}

/** What was billed of a metric by a window that ended before the one which begins at `from`, in the same period. */
export interface BilledBefore {
  readonly subscription_id: string
  /** Milliseconds. */
  readonly from: number
  readonly metric_id: string
  /** The end of the window that billed it, milliseconds: what was there then was billed. */
  readonly until: number
  /** Null where it was billed in arrears, since the plan that followed left its metric out. */
  readonly line: BilledLine | null
}

/** An instant by which all that was there of a metric had been billed. */
interface Mark {
  readonly until: number
  /** By lines, which say more than the level of that instant: their peaks. */
  readonly in_advance: boolean
}

/** What one charge goes on from: lines, by the same bucket and group, and marks, oldest first. */
export interface Earlier {
  readonly lines: ReadonlyArray<BilledLine>
  readonly marks: ReadonlyArray<Mark>
}

/** What a charge goes on from, with what was there at each mark, in its own buckets. */
export interface Continued extends Earlier {
  readonly counted: ReadonlyArray<ReadonlyArray<BucketUsage>>
}

/**
 * Which charges of a later plan go on from one of an earlier one: the same one, else, of those that are new there, the one at its place;
 * each later charge goes on from one charge alone.
 */
export const continuedBy = (charge_id: string, own: ReadonlyArray<string>, later: ReadonlyArray<string>): ReadonlyArray<string> => {
  const fresh = later.filter((id) => !own.includes(id))
  const gone = own.filter((id) => !later.includes(id))
  const heirs = gone.length === 0 ? own.slice(0, 1) : gone
  const place = heirs.indexOf(charge_id)
  const taken = place < 0 ? [] : place === heirs.length - 1 ? fresh.slice(place) : fresh.slice(place, place + 1)
  return [...later.filter((id) => id === charge_id), ...taken]
}

const isLast = (line: BilledLine, last: BilledLine): boolean => line.period_start === last.period_start && line.plan_id === last.plan_id

/** The lines that a charge goes on from: of the last plan that billed its metric in advance, those of the charge that it continues. */
const linesOfPrior = (lines: ReadonlyArray<BilledLine>, charge_id: string, later: ReadonlyArray<string>): ReadonlyArray<BilledLine> => {
  const last = lines.at(-1)
  if (last === undefined) return []
  const newest = lines.filter((line) => isLast(line, last))
  const own = [...new Set(newest.toSorted((a, b) => a.position - b.position).map((line) => line.charge_id))]
  const prior = own.find((id) => continuedBy(id, own, later).includes(charge_id))
  return newest.filter((line) => line.charge_id === prior)
}

/**
 * What a charge goes on from; null where nothing of its metric was billed in the period. Lines are continued by the plan's charges in
 * advance, what was billed in arrears by those in arrears; where the plan has none of a kind, by those of the other.
 */
export const earlierOf = (
  before: ReadonlyArray<BilledBefore>,
  { charge, metric }: ChargeTerms,
  charges: ReadonlyArray<ChargeTerms>
): Earlier | null => {
  const own = before.filter(({ metric_id }) => metric_id === metric.id)
  if (own.length === 0) return null
  const priced = charges.filter((terms) => terms.metric.id === metric.id)
  const alike = priced.filter((terms) => terms.charge.pay_in_advance === charge.pay_in_advance)
  const isTaken = (in_advance: boolean): boolean => charge.pay_in_advance === in_advance || alike.length === priced.length
  const taken = own.filter(({ line }) => isTaken(line !== null))
  if (taken.length === 0) return null
  const marks = new Map(taken.map(({ line, until }) => [`${until} ${line !== null}`, { until, in_advance: line !== null }]))
  return {
    lines: linesOfPrior(
      taken.flatMap(({ line }) => line ?? []),
      charge.id,
      alike.map((terms) => terms.charge.id)
    ),
    marks: [...marks.values()].toSorted((a, b) => a.until - b.until)
  }
}

const sortedText = (values: Readonly<Record<string, unknown>> | null): string =>
  values === null ? "" : JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What was paid of a bucket and group. */
export interface Paid extends Pick<InAdvance, "billed" | "begun"> {
  /** Of the whole period: the highest level that was billed. */
  readonly units: Exact.Exact
  /** Where events have their own prices. */
  readonly precise_total_amount_cents?: Exact.Exact
}

/** What there was of a bucket and group: on the line that it goes on from, and at the marks that no line of its own tells of. */
const beforeOf = ({ counted, lines, marks }: Continued, { prices }: CompiledCharge, bucket: number, group: Group) => {
  const { filter, terms } = prices[bucket]!
  const line = lines.findLast(
    (one) => sortedText(one.filter) === sortedText(filter?.values ?? null) && sortedText(one.group) === sortedText(group)
  )
  const there = counted.map(
    (usage) => usage[bucket]?.find((one) => sortedText(groupRecord(terms.group_by, one.group)) === sortedText(group))?.usage
  )
  const levels = marks.flatMap(({ in_advance, until }, index) =>
    in_advance && line !== undefined ? [] : [{ until, value: there[index]?.value ?? Exact.zero }]
  )
  return { line, there, levels, peak: line?.peak ?? Exact.zero }
}

/** What a bucket and group was paid up to: the greatest of these. */
export interface Heights {
  readonly peak: Exact.Exact
  /** What was there when it was billed, each at its instant, milliseconds. */
  readonly levels: ReadonlyArray<{ readonly until: number; readonly value: Exact.Exact }>
}

export const heightsOf = (...given: Parameters<typeof beforeOf>): Heights => {
  const { levels, peak } = beforeOf(...given)
  return { levels, peak }
}

/**
 * What was paid of a bucket and group: the peak of the line that it goes on from, and what was there at a mark that no line of its own
 * tells of. Undefined where nothing was.
 */
export const paidOf = (...given: Parameters<typeof beforeOf>): Paid | undefined => {
  const { levels, line, peak, there } = beforeOf(...given)
  const units = levels.map(({ value }) => value).reduce(Exact.max, peak)
  const begun = line?.begun === true || Exact.sign(units) > 0
  if (!begun) return undefined
  const cents = there.at(-1)?.precise_total_amount_cents
  return {
    units,
    billed: Exact.add(line?.billed ?? Exact.zero, Exact.subtract(units, peak)),
    begun,
    ...(cents === undefined ? {} : { precise_total_amount_cents: cents })
  }
}

/** Days of a window and of its full period. */
interface WindowDays {
  readonly days: number
  readonly full_days: number
}

/** Units of the whole period, by the days of the window where the charge is prorated. */
const inWindow = (units: Exact.Exact, { prorated }: CompiledCharge["terms"]["charge"], { days, full_days }: WindowDays): Exact.Exact =>
  prorated ? Exact.share(units, BigInt(days), BigInt(full_days)) : units

/** Usage that was paid for, in the form in which the window's own is priced. */
const pricedAlike = (paid: Paid, usage: Usage, units: Exact.Exact): Usage => ({
  units,
  ...(paid.precise_total_amount_cents === undefined ? {} : { precise_total_amount_cents: paid.precise_total_amount_cents }),
  ...(usage.full_units === undefined ? {} : { full_units: paid.units }),
  ...(usage.movements === undefined ? {} : { movements: [{ units: paid.units, prorated_units: units }] }),
  ...(usage.transactions_count === undefined ? {} : { transactions_count: 0n }),
  ...(usage.event_values === undefined ? {} : { event_values: [] }),
  ...(usage.currency_exponent === undefined ? {} : { currency_exponent: usage.currency_exponent })
})

/** What is added to what was paid for: the price of everything less the price of that; nothing where it is no more than that. */
export const addedTo = (
  paid: Paid,
  usage: Usage,
  price: CompiledPrice,
  compiled: CompiledCharge,
  terms: WindowDays
): { readonly usage: Usage; readonly priced: Priced } => {
  const before = inWindow(paid.units, compiled.terms.charge, terms)
  if (Exact.compare(usage.units, before) <= 0) {
    const nothing = { amount: Exact.zero, unit_amount: Exact.zero, rows: [], text: `${Exact.toText(before)} were billed before` }
    return { usage: { units: Exact.zero }, priced: nothing }
  }
  const units = Exact.subtract(usage.units, before)
  const all = price.price(usage)
  const less = price.price(pricedAlike(paid, usage, before))
  const amount = Exact.subtract(all.amount, less.amount)
  return {
    usage: { units },
    priced: {
      amount,
      unit_amount: Exact.divide(amount, units),
      rows: [],
      text: `${all.text}, less ${Exact.toText(less.amount)} of the ${Exact.toText(before)} that were billed before = ${Exact.toText(amount)}`
    }
  }
}
