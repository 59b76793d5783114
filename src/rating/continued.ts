/**
 * What an earlier plan of the same period has billed in advance of a recurring metric that the plan in force bills in arrears: it is not
 * billed again, only what is added to it (invoicing 9.5). Pure.
 */
import { Exact } from "../core/index.js"
import type { BucketUsage, GroupKey } from "../metering/index.js"
import type { CompiledPrice, Group, Priced, Usage } from "../pricing/index.js"
import type { CompiledCharge } from "./charge.js"

/** The billed peak of an earlier plan's line, in the period of the window that begins at `from`. */
export interface PaidBefore {
  readonly subscription_id: string
  /** Milliseconds. */
  readonly from: number
  readonly metric_id: string
  /** Of the earlier plan's charge; null for the events that no filter takes. */
  readonly charge_filter_id: string | null
  readonly group: Group
  readonly peak: Exact.Exact
}

/** Of one charge in one window: the earlier plan's lines of its metric, and what was there when the window began. */
export interface Continued {
  readonly paid: ReadonlyArray<PaidBefore>
  readonly counted: ReadonlyArray<BucketUsage>
}

/** Days of a window and of its full period. */
interface WindowDays {
  readonly days: number
  readonly full_days: number
}

const groupText = (group: Group): string => JSON.stringify(Object.entries(group).sort(([a], [b]) => (a < b ? -1 : 1)))

const isSame = (a: GroupKey, b: GroupKey): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * The usage that was paid for of a bucket's group: the peak of the line that it goes on from; where the earlier plan's buckets were
 * others, what was there at the change. Undefined where nothing was.
 */
export const paidUsage = (
  { paid, counted }: Continued,
  { prices }: CompiledCharge,
  bucket: number,
  group: { readonly key: GroupKey; readonly record: Group }
): Usage | undefined => {
  const there = counted[bucket]?.find((one) => isSame(one.group, group.key))?.usage
  const prior =
    prices[bucket]!.filter === null
      ? paid.filter((line) => line.charge_filter_id === null && groupText(line.group) === groupText(group.record)).at(-1)
      : undefined
  const units = prior?.peak ?? there?.value ?? Exact.zero
  if (Exact.sign(units) <= 0) return undefined
  const cents = there?.precise_total_amount_cents
  return { units, ...(cents === undefined ? {} : { precise_total_amount_cents: cents }) }
}

/** Units of the whole period, by the days of the window where the charge is prorated. */
const inWindow = (units: Exact.Exact, { prorated }: CompiledCharge["terms"]["charge"], { days, full_days }: WindowDays): Exact.Exact =>
  prorated ? Exact.share(units, BigInt(days), BigInt(full_days)) : units

/** Usage that was paid for, in the form in which the window's own is priced. */
const pricedAlike = (paid: Usage, usage: Usage, units: Exact.Exact): Usage => ({
  ...paid,
  units,
  ...(usage.full_units === undefined ? {} : { full_units: paid.units }),
  ...(usage.movements === undefined ? {} : { movements: [{ units: paid.units, prorated_units: units }] }),
  ...(usage.transactions_count === undefined ? {} : { transactions_count: 0n }),
  ...(usage.event_values === undefined ? {} : { event_values: [] }),
  ...(usage.currency_exponent === undefined ? {} : { currency_exponent: usage.currency_exponent })
})

/** What is added to what was paid for: the price of everything less the price of that; nothing where it is no more than that. */
export const addedTo = (
  paid: Usage,
  usage: Usage,
  price: CompiledPrice,
  compiled: CompiledCharge,
  terms: WindowDays
): { readonly usage: Usage; readonly priced: Priced } => {
  const before = inWindow(paid.units, compiled.terms.charge, terms)
  if (Exact.compare(usage.units, before) <= 0) {
    const nothing = { amount: Exact.zero, unit_amount: Exact.zero, rows: [], text: `${Exact.toText(before)} were billed in advance` }
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
      text: `${all.text}, less ${Exact.toText(less.amount)} of the ${Exact.toText(before)} that were billed in advance = ${Exact.toText(amount)}`
    }
  }
}
