/**
 * Time zones by their IANA names: which names are taken, and when the clocks on a zone's walls first show a time.
 *
 * The rules come from `Intl`. Asking it costs about a microsecond, so what a day begins with is kept per zone.
 */
import { Schema } from "effect"
import type { DayNumber } from "./date.js"

export const MILLIS_PER_DAY = 86_400_000

const AREAS = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US"
const NAME = new RegExp(`^(?:UTC|(?:${AREAS})(?:/[A-Z][A-Za-z0-9_+-]*){1,2})$`)

/** Day starts kept per zone: eleven years of them. A host that asks for more starts over. */
const KEPT_STARTS = 4096

interface Zone {
  readonly offsets: Intl.DateTimeFormat
  /** The first instant of a day, by the day's number. */
  readonly starts: Map<DayNumber, number>
}

const zones = new Map<string, Zone>()

const open = (name: string): Zone | undefined => {
  if (name.length > 64 || !NAME.test(name)) return undefined
  try {
    const offsets = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" })
    const canonical = offsets.resolvedOptions().timeZone
    // Intl overlooks case: one zone would go by many names.
    if (canonical !== name && canonical.toLowerCase() === name.toLowerCase()) return undefined
    return { offsets, starts: new Map() }
  } catch {
    return undefined
  }
}

const find = (name: string): Zone | undefined => {
  let zone = zones.get(name)
  if (zone === undefined) {
    zone = open(name)
    if (zone !== undefined) zones.set(name, zone)
  }
  return zone
}

/** An IANA zone: a canonical name or a link, with its area (`Europe/Paris`, `Asia/Calcutta`, `Etc/GMT+5`), or `UTC`. Bare abbreviations such as `EST` and bare offsets are none. */
export const TimeZone = Schema.String.pipe(
  Schema.filter((name) => find(name) !== undefined, { message: () => "expected an IANA time zone such as Europe/Paris, or UTC" }),
  Schema.brand("TimeZone")
)
export type TimeZone = typeof TimeZone.Type

const zoneOf = (name: string): Zone => {
  const zone = find(name)
  if (zone === undefined) throw new RangeError(`not a time zone: ${name.slice(0, 64)}`)
  return zone
}

const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

/** What the zone's clocks show beyond UTC at an instant, in milliseconds. */
const offsetAt = (zone: Zone, millis: number): number => {
  const [, sign, hours, minutes, seconds = "0"] = OFFSET.exec(zone.offsets.format(millis))!
  if (sign === undefined) return 0
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return sign === "-" ? -size : size
}

/** The instant between `low` and `high` from which the offset is that of `high`. */
const transition = (zone: Zone, low: number, high: number): number => {
  const before = offsetAt(zone, low)
  let [below, above] = [low, high]
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (offsetAt(zone, middle) === before) below = middle
    else above = middle
  }
  return above
}

/**
 * The first instant at which the clocks show `reading` or more; a reading is a wall-clock time as if it were UTC. A reading
 * that the clocks skip: the instant after the gap. One that they show twice: the first time. No zone has changed its offset
 * twice within two days since 1970.
 */
const firstInstantOf = (zone: Zone, reading: number): number => {
  const [low, high] = [reading - MILLIS_PER_DAY, reading + MILLIS_PER_DAY]
  const [before, after] = [offsetAt(zone, low), offsetAt(zone, high)]
  if (before === after) return reading - before
  const change = transition(zone, low, high)
  return reading - before < change ? reading - before : Math.max(change, reading - after)
}

const startIn = (zone: Zone, day: DayNumber): number => {
  let start = zone.starts.get(day)
  if (start === undefined) {
    start = firstInstantOf(zone, day * MILLIS_PER_DAY)
    if (zone.starts.size >= KEPT_STARTS) zone.starts.clear()
    zone.starts.set(day, start)
  }
  return start
}

/** Milliseconds at which a day begins in a zone. */
export const dayStart = (timezone: string, day: DayNumber): number => startIn(zoneOf(timezone), day)

/** The day that an instant lies in: the last one that has begun. */
export const dayAt = (timezone: string, millis: number): DayNumber => {
  const zone = zoneOf(timezone)
  let day = Math.floor(millis / MILLIS_PER_DAY) + 1
  while (startIn(zone, day) > millis) day--
  return day
}

/** Milliseconds of the instant that shows the same wall-clock time as `millis`, `days` days later. */
export const sameTimeOfDay = (timezone: string, millis: number, days: number): number => {
  const zone = zoneOf(timezone)
  return days === 0 ? millis : firstInstantOf(zone, millis + offsetAt(zone, millis) + days * MILLIS_PER_DAY)
}
