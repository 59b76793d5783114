/** A first pass over the file, before anything is written: who is billed from when, until when, and what cannot be read. */
import { DateTime } from "effect"
import { readSessions, type Unreadable } from "./read-sessions.js"
import { Stop } from "./stop.js"

export interface Survey {
  readonly sessions: number
  /** Each user with the month of their first session: its beginning, local. */
  readonly firstMonths: ReadonlyMap<string, DateTime.Zoned>
  /** The beginnings of the months after the first, the last one's end included: when there is something to bill. */
  readonly billingDays: ReadonlyArray<DateTime.Zoned>
  readonly unreadable: ReadonlyArray<Unreadable>
}

const nextMonth = (month: DateTime.Zoned): DateTime.Zoned => DateTime.add(month, { months: 1 })

const monthsUpTo = (first: DateTime.Zoned, last: DateTime.Zoned): ReadonlyArray<DateTime.Zoned> => {
  const days: Array<DateTime.Zoned> = []
  for (let month = first; DateTime.lessThanOrEqualTo(month, last); month = nextMonth(month)) days.push(nextMonth(month))
  return days
}

/** Throws `Stop` where the file is none of charging sessions, or none of its lines can be read. */
export const survey = async (path: string): Promise<Survey> => {
  const first = new Map<string, DateTime.Zoned>()
  const unreadable: Array<Unreadable> = []
  let sessions = 0
  let last: DateTime.Zoned | undefined
  for await (const batch of readSessions(path)) {
    unreadable.push(...batch.unreadable)
    sessions += batch.sessions.length
    for (const { plugin_time, user_id } of batch.sessions) {
      const known = first.get(user_id)
      if (known === undefined || DateTime.lessThan(plugin_time, known)) first.set(user_id, plugin_time)
      if (last === undefined || DateTime.greaterThan(plugin_time, last)) last = plugin_time
    }
  }
  if (last === undefined) {
    const reason = unreadable[0]
    throw new Stop(reason === undefined ? `${path} has no sessions` : `${path}: no line can be read; line ${reason.line}: ${reason.reason}`)
  }
  const firstMonths = new Map([...first].map(([user_id, at]) => [user_id, DateTime.startOf(at, "month")]))
  const earliest = [...firstMonths.values()].reduce(DateTime.min)
  return { sessions, firstMonths, billingDays: monthsUpTo(earliest, last), unreadable }
}
