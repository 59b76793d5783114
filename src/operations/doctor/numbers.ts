/** Numbers of documents: per series without gap or repetition, in order of finalization (N1). Pure. */
import type { Violation } from "./violation.js"

/** A final invoice as its series sees it. */
export interface RawNumber {
  readonly id: string
  readonly invoice_number: string
  /** Milliseconds since 1970. */
  readonly issued_at: number
}

/** Numbers that an issuer leaves out on purpose: its counter was begun at, or raised to, `to`. */
export interface Raise {
  readonly from: bigint
  readonly to: bigint
}

/** A series: a billing entity's one counter, or one day of an organization that issues by itself. */
export interface RawSeries {
  readonly numbers: ReadonlyArray<RawNumber>
  readonly raises: ReadonlyArray<Raise>
  /** The row of its counter and what that would give next; null where there is none. */
  readonly counter: { readonly table: string; readonly id: string; readonly next: bigint } | null
}

/**
 * Numbers are in order of finalization because the counter's row is locked until the commit; the instants come from the clocks of the hosts,
 * before they wait for it. Only what no clocks can explain is named: documents of one series that are further apart.
 */
const CLOCKS_APART = 25 * 3_600_000

const counterOf = (number: string): bigint | undefined => {
  const digits = /-([0-9]{4,})$/.exec(number)?.[1]
  return digits === undefined ? undefined : BigInt(digits)
}

const isRaise = (raises: ReadonlyArray<Raise>, from: bigint, to: bigint): boolean => {
  let at = from
  while (at < to) {
    const raise = raises.find((one) => one.from === at)
    if (raise === undefined || raise.to <= at) return false
    at = raise.to
  }
  return at === to
}

/** Numbers with their counters, in order of these. */
const inOrder = (numbers: ReadonlyArray<RawNumber>) =>
  numbers
    .flatMap((number) => {
      const counted = counterOf(number.invoice_number)
      return counted === undefined ? [] : [{ ...number, counted }]
    })
    .sort((a, b) => (a.counted < b.counted ? -1 : a.counted > b.counted ? 1 : 0))

/** What does not hold of a series. */
export const checkSeries = ({ counter, numbers, raises }: RawSeries): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (table: string, id: string, reason: string) => found.push({ code: "N1", table, id, reason })
  for (const { id, invoice_number } of numbers) {
    if (counterOf(invoice_number) === undefined) add("invoices", id, `${invoice_number} has no counter`)
  }
  let expected = 1n
  let latest = Number.NEGATIVE_INFINITY
  for (const { counted, id, invoice_number, issued_at } of inOrder(numbers)) {
    if (counted < expected) add("invoices", id, `${invoice_number} was given twice`)
    else if (!isRaise(raises, expected, counted)) add("invoices", id, `a gap before ${invoice_number}: expected ${expected}`)
    if (issued_at < latest - CLOCKS_APART) add("invoices", id, `${invoice_number} was issued before the number that precedes it`)
    latest = Math.max(latest, issued_at)
    if (counted >= expected) expected = counted + 1n
  }
  if (counter !== null && !isRaise(raises, expected, counter.next)) {
    add(counter.table, counter.id, `would give ${counter.next} next, the series goes on with ${expected}`)
  }
  return found
}
