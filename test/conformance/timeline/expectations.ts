/** Holds the state after a step against what a case expects of it; the rules are "expect" of test/vectors/README.md. */
import { Effect } from "effect"
import { type Difference, firstDifference } from "../compare.js"
import type { Expectation } from "./case.js"

type Entry = Readonly<Record<string, unknown>>

/** What can be read of a case's state, each part when somebody asks. */
export type State<R> = Readonly<Record<string, Effect.Effect<unknown, unknown, R>>>

/** What the lists of sets are matched by: they are complete, in any order. */
const SETS: Readonly<Record<string, string>> = { taxes: "code", items: "fee" }

/** `got` with its sets in the order in which `expected` names their entries; what it does not name comes last. */
const aligned = (expected: Entry, got: unknown): unknown => {
  if (typeof got !== "object" || got === null) return got
  const inOrder = (field: string, value: unknown): unknown => {
    const key = SETS[field]
    const wanted = expected[field]
    if (key === undefined || !Array.isArray(wanted) || !Array.isArray(value)) return value
    const order = (wanted as ReadonlyArray<Entry>).map((each) => each[key])
    const place = (each: Entry) => (order.includes(each[key]) ? order.indexOf(each[key]) : order.length)
    return (value as ReadonlyArray<Entry>).toSorted((a, b) => place(a) - place(b))
  }
  return Object.fromEntries(Object.entries(got).map(([field, value]) => [field, inOrder(field, value)]))
}

const compareAt = (where: string, expected: unknown, got: unknown): Difference | undefined =>
  firstDifference({ [where]: expected }, { [where]: got })

/** Entries picked by their index in order of creation. */
const picked = (where: string, expected: unknown, got: unknown): Difference | undefined => {
  for (const { pick, ...entry } of expected as ReadonlyArray<Entry & { readonly pick: number }>) {
    const found = (got as ReadonlyArray<unknown>)[pick]
    const difference = compareAt(`${where}[${pick}]`, entry, aligned(entry, found))
    if (difference !== undefined) return difference
  }
  return undefined
}

const counted = (where: string, expected: unknown, got: unknown) => compareAt(where, expected, (got as ReadonlyArray<unknown>).length)

interface Rule {
  /** The part of the state that it is about. */
  readonly of: string
  readonly compare: (where: string, expected: unknown, got: unknown) => Difference | undefined
}

const RULES: Readonly<Record<string, Rule>> = {
  invoice_count: { of: "invoices", compare: counted },
  invoices: { of: "invoices", compare: picked },
  credit_note_count: { of: "credit_notes", compare: counted },
  credit_notes: { of: "credit_notes", compare: picked },
  payment_request_count: { of: "payment_requests", compare: counted },
  payment_requests: { of: "payment_requests", compare: picked },
  subscriptions: { of: "subscriptions", compare: compareAt },
  wallets: { of: "wallets", compare: compareAt },
  applied_coupons: { of: "applied_coupons", compare: compareAt },
  crossed_thresholds: { of: "crossed_thresholds", compare: compareAt }
}

/** The first place where the state is not what is expected. A part that cannot be read yet, or an unknown key, differs. */
export const compareState = <R>(expected: Expectation, state: State<R>): Effect.Effect<Difference | undefined, unknown, R> =>
  Effect.gen(function* () {
    for (const [key, value] of Object.entries(expected)) {
      const rule = RULES[key]
      const read = rule === undefined ? undefined : state[rule.of]
      if (rule === undefined || read === undefined) return { where: key, expected: "state that can be read", got: `not there yet: ${key}` }
      const difference = rule.compare(key, value, yield* read)
      if (difference !== undefined) return difference
    }
    return undefined
  })
