/** What a batch of events adds to its slots. Pure; every event passes here. */
import { dayOf, highOf, hourOf, lowOf, type NewEvent, type SlotWidth } from "../../../../src/metering/index.js"
import { subjectOf } from "../append.js"

/** The figures are whole numbers far below 2^53: a batch is small. */
export interface Increment {
  readonly subject: string
  readonly code: string
  readonly width: SlotWidth
  readonly hour: number
  readonly split: string
  readonly scale: number
  events_count: number
  high: number
  low: number
  greatest: number | null
}

const order = (a: Increment, b: Increment): number =>
  a.code < b.code
    ? -1
    : a.code > b.code
      ? 1
      : a.subject < b.subject
        ? -1
        : a.subject > b.subject
          ? 1
          : a.width - b.width || a.hour - b.hour || a.scale - b.scale || (a.split < b.split ? -1 : a.split > b.split ? 1 : 0)

const keyOf = (hour: number, scale: number, subject: string, code: string, split: string): string =>
  `${hour} ${scale} ${subject.length} ${subject}${code.length} ${code}${split}`

/** The hours that events lie in. */
const hoursOf = (events: Iterable<NewEvent>): ReadonlyArray<Increment> => {
  const found = new Map<string, Increment>()
  for (const { fact, split, value } of events) {
    if (value === null || split === null) continue
    const { coefficient, scale } = value
    const [subject, hour, code] = [subjectOf(fact), hourOf(fact.at), fact.code]
    const [high, low] = coefficient === null ? [0, 0] : [highOf(coefficient), lowOf(coefficient)]
    const key = keyOf(hour, scale, subject, code, split)
    const known = found.get(key)
    if (known === undefined) {
      found.set(key, { subject, code, width: 1, hour, split, scale, events_count: 1, high, low, greatest: coefficient })
      continue
    }
    known.events_count += 1
    known.high += high
    known.low += low
    if (coefficient !== null && coefficient > known.greatest!) known.greatest = coefficient
  }
  return [...found.values()]
}

/** The days of hours. */
const daysOf = (hours: ReadonlyArray<Increment>): ReadonlyArray<Increment> => {
  const found = new Map<string, Increment>()
  for (const of of hours) {
    const hour = dayOf(of.hour)
    const key = keyOf(hour, of.scale, of.subject, of.code, of.split)
    const known = found.get(key)
    if (known === undefined) {
      found.set(key, { ...of, width: 24, hour })
      continue
    }
    known.events_count += of.events_count
    known.high += of.high
    known.low += of.low
    if (of.greatest !== null && of.greatest > known.greatest!) known.greatest = of.greatest
  }
  return [...found.values()]
}

/** By their keys, so that two batches take the same rows in the same order and never wait for each other in a circle. */
export const incrementsOf = (events: Iterable<NewEvent>): ReadonlyArray<Increment> => {
  const hours = hoursOf(events)
  return [...hours, ...daysOf(hours)].sort(order)
}
