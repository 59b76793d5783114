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

/** By their keys, so that two batches take the same rows in the same order and never wait for each other in a circle. */
export const incrementsOf = (events: Iterable<NewEvent>): ReadonlyArray<Increment> => {
  const found = new Map<string, Increment>()
  const add = (width: SlotWidth, hour: number, subject: string, split: string, { fact: { code }, value }: NewEvent) => {
    const { coefficient, scale } = value!
    const key = `${width} ${hour} ${scale} ${subject.length} ${subject}${code.length} ${code}${split}`
    const [high, low] = coefficient === null ? [0, 0] : [highOf(coefficient), lowOf(coefficient)]
    const known = found.get(key)
    if (known === undefined) {
      found.set(key, { subject, code, width, hour, split, scale, events_count: 1, high, low, greatest: coefficient })
      return
    }
    known.events_count += 1
    known.high += high
    known.low += low
    if (coefficient !== null && coefficient > known.greatest!) known.greatest = coefficient
  }
  for (const event of events) {
    if (event.value === null || event.split === null) continue
    const subject = subjectOf(event.fact)
    const hour = hourOf(event.fact.at)
    add(1, hour, subject, event.split, event)
    add(24, dayOf(hour), subject, event.split, event)
  }
  return [...found.values()].sort(order)
}
