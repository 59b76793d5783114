/** A batch of events on its way in: read, matched with their metrics, and compared with what is known. Pure. */
import { InvalidInput } from "../core/errors.js"
import { type EventRefusal, MetricNotFound, type RefusedEvent, TransactionConflict } from "./errors.js"
import { conflictingField, type EventFact, readEvent, transactionIdOf } from "./event.js"
import type { KnownEvent, NewEvent } from "./event-store.js"
import type { Properties } from "./property.js"
import type { SplitReader } from "./slot.js"
import type { StoredValue } from "./stored-value.js"
import { isUncounted, type Uncounted, type UncountedReason } from "./uncounted.js"

/** An event that is stored and does not count, and why (P9). */
export interface UncountedEvent {
  readonly index: number
  readonly transaction_id: string
  readonly reason: Uncounted
}

/** What became of a batch. `accepted` + `duplicates` + `refused` = its events. */
export interface IngestResult {
  readonly accepted: number
  /** Known transactions with the same content: no effect (P11). */
  readonly duplicates: number
  /** Known transactions with other content; each is among `refused`. */
  readonly conflicts: number
  readonly refused: ReadonlyArray<RefusedEvent>
  readonly uncounted: ReadonlyArray<UncountedEvent>
}

/** The values of a code's events, as they are stored. */
type ValueReader = (properties: Properties) => StoredValue | Uncounted

/** How the events of a code are read. */
export interface EventReader {
  readonly value: ValueReader
  readonly split: SplitReader
}

/** The events of a batch that can be read, with their places, and those that cannot. */
export interface ReadBatch {
  readonly facts: ReadonlyArray<EventFact>
  /** The place in the batch of each fact. */
  readonly places: ReadonlyArray<number>
  readonly refused: ReadonlyArray<RefusedEvent>
}

const refusal = (index: number, transaction_id: string | null, error: EventRefusal): RefusedEvent => ({ index, transaction_id, error })

export const readBatch = (inputs: ReadonlyArray<unknown>): ReadBatch => {
  const facts: Array<EventFact> = []
  const places: Array<number> = []
  const refused: Array<RefusedEvent> = []
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index]
    const fact = readEvent(input)
    if (fact instanceof InvalidInput) refused.push(refusal(index, transactionIdOf(input), fact))
    else {
      facts.push(fact)
      places.push(index)
    }
  }
  return { facts, places, refused }
}

/** The codes that a batch names, each once. */
export const codesOf = ({ facts }: ReadBatch): ReadonlyArray<string> => {
  const codes = new Set<string>()
  for (const fact of facts) codes.add(fact.code)
  return [...codes]
}

/** An event that may be stored, and its place in the batch. */
interface Placed {
  readonly index: number
  readonly fact: EventFact
  readonly value: StoredValue | null
  readonly split: string | null
  readonly uncounted?: UncountedReason
}

/** What can be stored, what is refused, and what is stored but does not count. */
export interface Sorted {
  readonly taken: ReadonlyArray<Placed>
  readonly refused: ReadonlyArray<RefusedEvent>
  readonly uncounted: ReadonlyArray<UncountedEvent>
}

/** Reads the values of a batch by its metrics; a code without one is refused (P10). */
export const sortBatch = ({ facts, places, refused: unreadable }: ReadBatch, readers: ReadonlyMap<string, EventReader>): Sorted => {
  const taken: Array<Placed> = []
  const refused = [...unreadable]
  const uncounted: Array<UncountedEvent> = []
  for (let i = 0; i < facts.length; i++) {
    const fact = facts[i]!
    const index = places[i]!
    const { code, transaction_id } = fact
    const reader = readers.get(code)
    if (reader === undefined) {
      refused.push(refusal(index, transaction_id, new MetricNotFound({ code })))
      continue
    }
    const value = reader.value(fact.properties)
    if (isUncounted(value)) {
      uncounted.push({ index, transaction_id, reason: value })
      taken.push({ index, fact, value: null, split: null, uncounted: value.reason })
    } else taken.push({ index, fact, value, split: reader.split(fact.properties) })
  }
  return { taken, refused, uncounted }
}

/** An event that was sent to the store, and its place in the batch. */
export interface SentEvent extends NewEvent {
  readonly index: number
}

/** What of a batch was stored under its own id, known with the same content, and known with another one. */
export interface Settled {
  readonly accepted: ReadonlySet<number>
  readonly duplicates: number
  readonly conflicts: ReadonlyArray<RefusedEvent>
}

/** Compares what was to be stored with what is stored now (P11). */
export const settle = (sent: ReadonlyArray<SentEvent>, known: ReadonlyArray<KnownEvent>): Settled => {
  const stored = new Map(known.map((event) => [event.transaction_id, event]))
  const accepted = new Set<number>()
  const conflicts: Array<RefusedEvent> = []
  let duplicates = 0
  for (const { fact, id, index } of sent) {
    const { transaction_id } = fact
    const other = stored.get(transaction_id)
    if (other === undefined || other.id === id) accepted.add(index)
    else {
      const field = conflictingField(other, fact)
      if (field === undefined) duplicates += 1
      else conflicts.push(refusal(index, transaction_id, new TransactionConflict({ transaction_id, field })))
    }
  }
  return { accepted, duplicates, conflicts }
}

export const byIndex = <A extends { readonly index: number }>(items: ReadonlyArray<A>): ReadonlyArray<A> =>
  [...items].sort((a, b) => a.index - b.index)
