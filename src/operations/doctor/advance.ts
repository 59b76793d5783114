/**
 * Charges paid in advance: each event that counts was taken by its line, none twice, none lost (U1), and the fees of a line add up
 * to the price of the units that it billed (P17). Pure.
 */
import { Array as Arr, type DateTime, Either } from "effect"
import type { TermsLookup } from "../../catalog/index.js"
import { Exact, exponentOf, sumOf } from "../../core/index.js"
import type { Stretch } from "../../metering/index.js"
import { type AdvanceState, chargesInAdvance, ownedStretches } from "../../rating/index.js"
import type { ClosedWindow, Subscription } from "../../subscriptions/index.js"
import { type EventQuery, siblingOf, within } from "./usage.js"
import type { Violation } from "./violation.js"

/** What the fees of events come to on a charge, filter and window, groups together. */
export interface EventFees {
  readonly subscription_id: string
  readonly charge_id: string
  readonly charge_filter_id: string | null
  readonly period_start: DateTime.Utc
  readonly amount_cents: bigint
}

/** A subscription with its lines. */
export interface PaidInAdvance {
  readonly row: Subscription
  readonly closed: ReadonlyArray<ClosedWindow>
  readonly lines: ReadonlyArray<AdvanceState>
  readonly fees: ReadonlyArray<EventFees>
}

interface Window {
  /** The record of its closing; null while it runs. */
  readonly record_id: string | null
  /** Where its billing period ends; of the running one nobody asks. */
  readonly full_to: number
  readonly interval: ReturnType<TermsLookup>["plan"]["interval"]
  readonly named: Stretch
  readonly charges: ReturnType<TermsLookup>["charges"]
  readonly currency: ReturnType<TermsLookup>["plan"]["currency"]
  readonly left_alone: boolean
}

/** The last instant that an engine takes. */
const ALWAYS = Date.UTC(10_000, 0, 1) - 1

/** The windows of a subscription with their terms; the running one to the subscription's end only, for what is dated ahead. */
const windowsOf = ({ closed, row }: PaidInAdvance, terms: TermsLookup): ReadonlyArray<Window> => {
  const of = (from: DateTime.Utc, to: number, ref: Pick<Subscription, "plan_id" | "plan_version">) => {
    const { charges, plan } = terms({ plan_id: ref.plan_id, version: ref.plan_version })
    return { named: { from: from.epochMillis, to }, charges, currency: plan.currency, interval: plan.interval }
  }
  const past = closed.map(
    (window): Window => ({
      ...of(window.period_start, window.period_end.epochMillis, window),
      record_id: window.id,
      full_to: window.full_end.epochMillis,
      left_alone: window.skipped || window.invoice_status === "voided"
    })
  )
  if (row.window_start === null || row.status === "terminated") return past
  const until = row.ending_at?.epochMillis ?? ALWAYS
  return [...past, { ...of(row.window_start, until, row), record_id: null, full_to: until, left_alone: false }]
}

const inAdvance = ({ charges }: Window, code: string) =>
  charges.filter(({ charge, metric }) => charge.pay_in_advance && metric.code === code)

/**
 * The windows whose late events a window takes too, those that came after it began: before it in its period, not billed in advance, nor
 * any between.
 */
const behind = (windows: ReadonlyArray<Window>, window: Window, code: string): ReadonlyArray<Window> => {
  const before = windows.slice(0, windows.indexOf(window))
  return before
    .slice(before.findLastIndex((each) => inAdvance(each, code).length > 0) + 1)
    .filter(({ full_to, interval, left_alone }) => !left_alone && interval === window.interval && window.named.from < full_to)
}

const bucketKey = ({
  charge_filter_id,
  charge_id,
  period_start
}: Pick<EventFees, "charge_id" | "charge_filter_id" | "period_start">): string =>
  `${charge_id} ${charge_filter_id ?? ""} ${period_start.epochMillis}`

/** Lines whose fees are not those that they say. */
const wrongSums = ({ fees, lines, row }: PaidInAdvance): ReadonlyArray<Violation> => {
  const billed = new Map(fees.map((fee) => [bucketKey(fee), fee.amount_cents]))
  const said = Arr.groupBy(lines, bucketKey)
  return [...new Set([...billed.keys(), ...Object.keys(said)])].flatMap((key): ReadonlyArray<Violation> => {
    const own = sumOf(said[key] ?? [], (line) => line.amount_cents - (line.carried?.amount_cents ?? 0n))
    const found = billed.get(key) ?? 0n
    if (own === found) return []
    const reason = `the fees of its events on charge ${key.split(" ")[0]} come to ${found}, its lines say ${own}`
    return [{ code: "M2", table: "advance_lines", id: row.id, reason }]
  })
}

/** Lines whose exact fees are not the price of what they billed; where an earlier plan billed a part, the price of the rest is not one. */
const wrongPrices = (life: PaidInAdvance, windows: ReadonlyArray<Window>): ReadonlyArray<Violation> =>
  life.lines.flatMap((line): ReadonlyArray<Violation> => {
    const window = windows.findLast(({ named }) => named.from <= line.period_start.epochMillis)
    if (window === undefined || !Exact.isZero(line.apart) || !line.state.begun) return []
    const compiled = Either.getOrElse(
      chargesInAdvance({ charges: window.charges, currency_exponent: exponentOf(window.currency) }),
      () => []
    ).find(({ terms }) => terms.charge.id === line.charge_id)
    const price = compiled?.prices.find(({ filter }) => (filter?.id ?? null) === line.charge_filter_id)?.price
    if (price === undefined || price.charge_model === "percentage" || price.charge_model === "dynamic") return []
    const { amount } = price.price({ units: line.state.billed })
    // An earlier plan may have billed nothing but the flat amount of no units.
    const inherited = Exact.subtract(amount, price.price({ units: Exact.zero }).amount)
    if (Exact.equals(amount, line.amount) || Exact.equals(inherited, line.amount)) return []
    const reason = `a line of charge ${line.charge_id} billed ${Exact.toText(line.amount)}, the price of its ${Exact.toText(line.state.billed)} units is ${Exact.toText(amount)}`
    return [{ code: "U1", table: "advance_lines", id: life.row.id, reason }]
  })

/** How many events a subscription's lines took of a metric, and what to ask to know whether it is so. */
export interface AdvanceExpectation {
  readonly subscription_id: string
  readonly code: string
  readonly taken: bigint
  /** What lines took of charges that none of its windows has: a plan that was changed in the instant in which it began. */
  readonly elsewhere: bigint
  /** For each window and charge: its own, and those that came late for the windows before it. */
  readonly queries: ReadonlyArray<EventQuery>
  /** Some windows are left alone: their late events were taken by nobody. */
  readonly at_most: boolean
  /** Of the end, and after it, or of the instant of a change: taken where they came before it was known, by a window that was cut then. */
  readonly beyond: ReadonlyArray<EventQuery>
}

/** The charges of a plan that a subscription waits for: it bills as soon as its boundary has passed, though the run is late. */
const waitingCharges = ({ previous_plan_id: plan_id, previous_plan_version: version }: Subscription, terms: TermsLookup) =>
  plan_id === null || version === null ? [] : terms({ plan_id, version }).charges

const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

const expectationsOf = (
  external_customer_id: string,
  life: PaidInAdvance,
  windows: ReadonlyArray<Window>,
  siblings: ReadonlyArray<ReturnType<typeof siblingOf>>,
  terms: TermsLookup
): ReadonlyArray<AdvanceExpectation> => {
  const { lines, row } = life
  const waiting = waitingCharges(row, terms)
  const charges = windows.flatMap((window) =>
    window.charges.flatMap(({ charge, metric }) => (charge.pay_in_advance ? [{ window, charge, metric }] : []))
  )
  const known = new Set([...windows.flatMap((window) => window.charges), ...waiting].map(({ charge }) => charge.id as string))
  const countOf = (own: ReadonlyArray<AdvanceState>) => sumOf(own, (line) => BigInt(line.events_count))
  const elsewhere = countOf(lines.filter((line) => !known.has(line.charge_id)))
  const after_end = row.ending_at === null ? [] : [{ from: row.ending_at.epochMillis, to: ALWAYS }]
  const billsInAdvance = (window: Window | undefined, code: string): boolean => window === undefined || inAdvance(window, code).length > 0
  const ownedOf = (metric_id: string, stretch: Stretch): ReadonlyArray<Stretch> =>
    // A customer's only subscription owns what its plans of then did not price too.
    siblings.length === 1 ? [stretch] : ownedStretches(siblings, row.id, metric_id).flatMap((owned) => within(stretch, owned))
  return Object.entries(Arr.groupBy(charges, ({ metric }) => metric.code)).map(([code, own]) => {
    const query = { code, external_subscription_id: row.external_id, external_customer_id, before_id: LAST_ID }
    const at_change = own.flatMap(({ window }) =>
      billsInAdvance(windows[windows.indexOf(window) + 1], code) ? [] : [{ from: window.named.to, to: window.named.to + 1 }]
    )
    const ids = new Set([...own, ...waiting.filter(({ metric }) => metric.code === code)].map(({ charge }) => charge.id as string))
    return {
      subscription_id: row.id,
      code,
      taken: countOf(lines.filter((line) => ids.has(line.charge_id))),
      elsewhere,
      queries: own.flatMap(({ metric, window }) => [
        { ...query, named: window.named, owned: ownedOf(metric.id, window.named) },
        ...(metric.recurring && !window.left_alone ? behind(windows, window, code) : []).map(({ named }) => ({
          ...query,
          after_id: windows[windows.indexOf(window) - 1]!.record_id!,
          named,
          owned: ownedOf(metric.id, named)
        }))
      ]),
      at_most: waiting.length > 0 || windows.some(({ left_alone }) => left_alone),
      beyond: [...at_change, ...after_end].map((stretch) => ({ ...query, named: stretch, owned: [stretch] }))
    }
  })
}

/** What does not hold of the lines of a customer's subscriptions, and what to ask about their events. */
export const checkAdvance = (
  external_customer_id: string,
  lives: ReadonlyArray<PaidInAdvance>,
  terms: TermsLookup
): { readonly violations: ReadonlyArray<Violation>; readonly asked: ReadonlyArray<AdvanceExpectation> } => {
  const siblings = lives.map((life) => siblingOf(life, terms))
  const all = lives.map((life) => ({ life, windows: windowsOf(life, terms) }))
  return {
    violations: all.flatMap(({ life, windows }) => [...wrongSums(life), ...wrongPrices(life, windows)]),
    asked: all.flatMap(({ life, windows }) => expectationsOf(external_customer_id, life, windows, siblings, terms))
  }
}

/** What to count, in the order in which `checkTaken` reads the answers. */
export const queriesOf = (asked: ReadonlyArray<AdvanceExpectation>): ReadonlyArray<EventQuery> =>
  asked.flatMap(({ beyond, queries }) => [...queries, ...beyond])

/** Events that no line took, or that were taken twice; `counted` are the answers to `queriesOf`. */
export const checkTaken = (asked: ReadonlyArray<AdvanceExpectation>, counted: ReadonlyArray<bigint>): ReadonlyArray<Violation> => {
  let next = 0
  return asked.flatMap(({ beyond, at_most, code, elsewhere, queries, subscription_id, taken }): ReadonlyArray<Violation> => {
    const events = sumOf(queries, () => counted[next++]!)
    const afterwards = sumOf(beyond, () => counted[next++]!)
    if (taken <= events + afterwards && (at_most || taken + elsewhere >= events)) return []
    const what = taken < events ? "lost" : "billed more than once, or not there"
    const reason = `its lines of ${code} took ${taken} events, there are ${events}: some are ${what}`
    return [{ code: "U1", table: "advance_lines", id: subscription_id, reason }]
  })
}
