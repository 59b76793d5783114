/**
 * Slots: what the events of an hour or a day add up to, kept as events arrive, so that a period is answered from its days.
 * Hours and days are of UTC: whatever a customer's zone is or becomes, its days are made of them. Pure.
 */
import type { BillableMetric } from "./metric.js"
import { own, type Properties, scalarText } from "./property.js"

/** Hours of a slot: one, or those of a day. */
export type SlotWidth = 1 | 24

/** The events of one subject and code in a slot that share a split and a scale; `hour` is counted from 1970. */
export interface Slot {
  readonly subject: string
  readonly code: string
  readonly width: SlotWidth
  readonly hour: number
  readonly split: string
  readonly scale: number
  readonly events_count: bigint
  /** Their values added up at their scale, in two halves that no engine's sum overflows: high × 2^20 + low. */
  readonly high: bigint
  readonly low: bigint
  /** The greatest of their values at their scale; null for a count, and where values are texts. */
  readonly greatest: bigint | null
}

/**
 * What tells events of one metric apart within a slot: a JSON object of the metric's filter keys and the texts by which they
 * compare, null where an event has none. It says itself which keys it knows: a key that the metric was given later is not there.
 */
export type SplitReader = (properties: Properties) => string

const NO_SPLIT = "{}"

/** A longer one is not kept, since it is a part of a key of indexes: it knows no key. */
const MOST_CHARACTERS = 150

/** Prepares the splits of a metric's events. */
export const splitReader = ({ filters }: BillableMetric): SplitReader => {
  const keys = filters.map(({ key }) => [key, `${JSON.stringify(key)}:`] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  if (keys.length === 0) return () => NO_SPLIT
  return (properties) => {
    const split = `{${keys.map(([key, name]) => name + JSON.stringify(scalarText(own(properties, key)) ?? null)).join(",")}}`
    return split.length > MOST_CHARACTERS ? NO_SPLIT : split
  }
}

/** The properties that the events of a split share. */
export const sharedProperties = (split: string): Properties => (split === NO_SPLIT ? {} : (JSON.parse(split) as Properties))

const HALF = 1_048_576

/** The halves of a whole number below 2^53. */
export const highOf = (coefficient: number): number => Math.floor(coefficient / HALF)
export const lowOf = (coefficient: number): number => coefficient - highOf(coefficient) * HALF
/** The number that sums of halves make. */
export const joinHalves = (high: bigint, low: bigint): bigint => high * BigInt(HALF) + low

const HOUR = 3_600_000
const DAY_HOURS = 24

/** The hour of an instant, and that at which its day begins. */
export const hourOf = (at: number): number => Math.floor(at / HOUR)
export const dayOf = (hour: number): number => hour - (hour % DAY_HOURS)

/** A part of a stretch of time: whole days, whole hours, or what lies within an hour and is read from events; in milliseconds. */
export interface SlotPart {
  readonly width: SlotWidth | 0
  readonly from: number
  readonly to: number
}

const cut = (
  from: number,
  to: number,
  unit: number,
  inside: SlotPart["width"],
  outside: (from: number, to: number) => ReadonlyArray<SlotPart>
) => {
  const [first, last] = [Math.ceil(from / unit) * unit, Math.floor(to / unit) * unit]
  if (first >= last) return from < to ? outside(from, to) : []
  const middle: SlotPart = { width: inside, from: first, to: last }
  return [...(from < first ? outside(from, first) : []), middle, ...(last < to ? outside(last, to) : [])]
}

const fromEvents = (from: number, to: number): ReadonlyArray<SlotPart> => [{ width: 0, from, to }]
const fromHours = (from: number, to: number): ReadonlyArray<SlotPart> => cut(from, to, HOUR, 1, fromEvents)

/** The parts of [from, to), at most five: as much of it as can be in days, then in hours. */
export const slotParts = (from: number, to: number): ReadonlyArray<SlotPart> => cut(from, to, DAY_HOURS * HOUR, 24, fromHours)
