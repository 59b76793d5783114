/** Charging sessions from a CSV file as it comes: semicolons, decimal commas, quoted text, wall-clock times, `NA` for what was not recorded. */
import { statSync } from "node:fs"
import { parse } from "csv-parse/sync"
import { DateTime, Either } from "effect"
import { LONGEST_LINE, linesOf } from "./lines.js"
import { Stop } from "./stop.js"

const COLUMNS = ["location", "user_id", "session_id", "plugin_time", "plugout_time", "connection_time", "energy_session"] as const
type Column = (typeof COLUMNS)[number]

/** Where the wall clocks of the file hang. */
export const ZONE = DateTime.zoneUnsafeMakeNamed("Europe/Oslo")

export interface Session {
  /** Its line in the file, from 1. */
  readonly line: number
  readonly session_id: string
  readonly user_id: string
  readonly plugin_time: DateTime.Zoned
  /** Energy and hours connected as decimal texts; absent where they were not recorded. */
  readonly kwh?: string
  readonly hours?: string
}

export interface Unreadable {
  readonly line: number
  readonly reason: string
}

export interface SessionBatch {
  readonly sessions: ReadonlyArray<Session>
  readonly unreadable: ReadonlyArray<Unreadable>
}

/** A record a line: what quotes open on a line they close there, so that a wrong one spoils no other line. */
const split = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  parse(text, { delimiter: ";", record_delimiter: "\n", relax_column_count: true })

const splitOne = (line: string): ReadonlyArray<string> | string => {
  if (line.length >= LONGEST_LINE) return "too long for a charging session"
  try {
    const [fields, ...others] = split(line)
    return fields === undefined || others.length > 0 ? "no record" : fields
  } catch {
    return "quotes that do not match"
  }
}

/** Many lines at once, which is several times as fast; one by one where that shows that something is wrong with them. */
const splitAll = (lines: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string> | string> => {
  try {
    const records = split(lines.join("\n"))
    if (records.length === lines.length && lines.every((line) => line.length < LONGEST_LINE)) return records
  } catch {
    // Told apart below.
  }
  return lines.map(splitOne)
}

const NOT_RECORDED = "NA"
const NAME = /^[^\p{Cc}\uFFFD]{1,200}$/u
const DECIMAL = /^\d{1,15}(?:,\d{1,15})?$/
const WALL_CLOCK = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/

const nameOf = (text: string, column: Column) =>
  NAME.test(text) && text.trim() !== "" ? Either.right(text) : Either.left(`${column} is empty or no text`)

const decimalOf = (text: string, column: Column): Either.Either<string | undefined, string> => {
  if (text === NOT_RECORDED) return Either.right(undefined)
  return DECIMAL.test(text) ? Either.right(text.replace(",", ".")) : Either.left(`${column} is no number: ${text.slice(0, 40)}`)
}

/**
 * The instant at which the clocks in Oslo showed a time. In autumn they show an hour twice: the first one is meant. In
 * spring they skip one: a time in it is read as the hour after.
 */
export const wallClock = (text: string): DateTime.Zoned | undefined => {
  const match = WALL_CLOCK.exec(text)
  if (match === null) return undefined
  const [year, month, day, hours, minutes, seconds] = match.slice(1).map(Number) as [number, number, number, number, number, number]
  const reading = DateTime.unsafeMake({ year, month, day, hours, minutes, seconds })
  // A date or time that does not exist would roll over into another one.
  if (year < 1970 || DateTime.formatIso(reading) !== `${text.replace(" ", "T")}.000Z`) return undefined
  return DateTime.unsafeMakeZoned(reading, { timeZone: ZONE, adjustForTimeZone: true, disambiguation: "compatible" })
}

const timeOf = (text: string, column: Column) =>
  Either.fromNullable(wallClock(text), () => `${column} is no time as 2019-11-28 19:08:00: ${text.slice(0, 40)}`)

const sessionOf = (line: number, field: (column: Column) => string): Either.Either<Session, string> =>
  Either.gen(function* () {
    const user_id = yield* nameOf(field("user_id"), "user_id")
    const session_id = yield* nameOf(field("session_id"), "session_id")
    const plugin_time = yield* timeOf(field("plugin_time"), "plugin_time")
    const kwh = yield* decimalOf(field("energy_session"), "energy_session")
    const hours = yield* decimalOf(field("connection_time"), "connection_time")
    return { line, session_id, user_id, plugin_time, ...(kwh === undefined ? {} : { kwh }), ...(hours === undefined ? {} : { hours }) }
  })

const requireFile = (path: string): void => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new Stop(`${path}: there is no such file`)
  if (found.isDirectory()) throw new Stop(`${path} is a directory; a CSV file is wanted`)
  if (!found.isFile()) throw new Stop(`${path} is no regular file`)
}

/** Which field of a line is which column. */
const columnsOf = (path: string, header: string): ReadonlyMap<string, number> => {
  const names = splitOne(header.replace(/^\uFEFF/, ""))
  if (typeof names === "string" || !COLUMNS.some((column) => names.includes(column))) {
    throw new Stop(`${path} is no file of charging sessions; its first line must name the columns ${COLUMNS.join(";")}`)
  }
  const unknown = names.find((name) => !(COLUMNS as ReadonlyArray<string>).includes(name))
  if (unknown !== undefined) throw new Stop(`${path}: unknown column ${unknown.slice(0, 60)}; the columns are ${COLUMNS.join(";")}`)
  const missing = COLUMNS.find((column) => !names.includes(column))
  if (missing !== undefined) throw new Stop(`${path}: the column ${missing} is missing`)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Stop(`${path}: the column ${twice} is there twice`)
  return new Map(names.map((name, index) => [name, index]))
}

const readLine = (line: number, fields: ReadonlyArray<string> | string, columns: ReadonlyMap<string, number>) => {
  if (typeof fields === "string") return Either.left(fields)
  if (fields.length !== columns.size) return Either.left(`${fields.length} fields instead of ${columns.size}`)
  return sessionOf(line, (column) => fields[columns.get(column)!]!)
}

/**
 * Reads the file from its beginning, a batch at a time; a line that cannot be read is reported with its number and the rest
 * is read on. Throws `Stop` where the path is no file, or the file has other columns.
 */
export async function* readSessions(path: string): AsyncGenerator<SessionBatch> {
  requireFile(path)
  let columns: ReadonlyMap<string, number> | undefined
  let read = 0
  for await (const lines of linesOf(path)) {
    let body = lines
    if (columns === undefined) {
      columns = columnsOf(path, lines[0]!)
      body = lines.slice(1)
      read = 1
    }
    const sessions: Array<Session> = []
    const unreadable: Array<Unreadable> = []
    for (const [index, fields] of splitAll(body).entries()) {
      read += 1
      if (body[index] === "") continue
      const session = readLine(read, fields, columns)
      if (Either.isRight(session)) sessions.push(session.right)
      else unreadable.push({ line: read, reason: session.left })
    }
    yield { sessions, unreadable }
  }
  if (columns === undefined) throw new Stop(`${path} is empty`)
}
