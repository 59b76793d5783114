import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { DateTime } from "effect"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { readSessions, type SessionBatch, wallClock } from "../../../examples/charging-bill/read-sessions.js"
import { freshFile } from "../../support/sqlite.js"

const HEADER = '"location";"user_id";"session_id";"plugin_time";"plugout_time";"connection_time";"energy_session"'
const line = (n: number) => `"ASK";"ASK_1";"ASK_${n}";2019-11-28 19:08:00;2019-11-29 08:20:00;13,2;19,96`

const file = freshFile()
afterAll(() => file.remove())

const read = async (text: string | Buffer) => {
  writeFileSync(file.path, text)
  return readFile(file.path)
}

const readFile = async (path: string) => {
  const all = { sessions: [] as Array<SessionBatch["sessions"][number]>, unreadable: [] as Array<SessionBatch["unreadable"][number]> }
  for await (const { sessions, unreadable } of readSessions(path)) {
    all.sessions.push(...sessions)
    all.unreadable.push(...unreadable)
  }
  return all
}

const refusal = (text: string) =>
  read(text).then(
    () => "none",
    (error: Error) => error.message.replace(file.path, "FILE")
  )

describe("a line of the file", () => {
  it("has text without its quotes, decimals with a point, and an instant", async () => {
    const { sessions, unreadable } = await read(`${HEADER}\n${line(1)}\n`)
    expect(unreadable).toEqual([])
    expect(sessions.map((session) => ({ ...session, plugin_time: DateTime.formatIso(session.plugin_time) }))).toEqual([
      { line: 2, session_id: "ASK_1", user_id: "ASK_1", plugin_time: "2019-11-28T18:08:00.000Z", kwh: "19.96", hours: "13.2" }
    ])
  })

  it("leaves out what was not recorded", async () => {
    const { sessions } = await read(`${HEADER}\n"ASK";"ASK_1";"ASK_1";2019-11-28 19:08:00;NA;NA;NA\n`)
    expect(sessions[0]).not.toHaveProperty("hours")
    expect(sessions[0]).not.toHaveProperty("kwh")
  })

  it("may end like on Windows, and the file with a byte order mark and without a last line end", async () => {
    const { sessions } = await read(`\uFEFF${HEADER}\r\n${line(1)}\r\n${line(2)}`)
    expect(sessions.map(({ session_id, kwh }) => [session_id, kwh])).toEqual([
      ["ASK_1", "19.96"],
      ["ASK_2", "19.96"]
    ])
  })

  it("may have its columns in another order", async () => {
    const { sessions } = await read(
      `energy_session;user_id;session_id;plugin_time;plugout_time;connection_time;location\n1;u;s;2019-11-28 19:08:00;NA;2,5;x\n`
    )
    expect(sessions[0]).toMatchObject({ kwh: "1", user_id: "u", session_id: "s", hours: "2.5" })
  })
})

describe("a line that cannot be read", () => {
  it.each([
    ['"ASK";"ASK_1"', "2 fields instead of 7"],
    [line(1).replace("19,96", "19.96"), "energy_session is no number: 19.96"],
    [line(1).replace("19,96", "-1"), "energy_session is no number: -1"],
    [line(1).replace("13,2", "1e3"), "connection_time is no number: 1e3"],
    [line(1).replace("11-28", "02-30"), "plugin_time is no time as 2019-11-28 19:08:00: 2019-02-30 19:08:00"],
    [line(1).replace("19:08:00", "24:00:00"), "plugin_time is no time as 2019-11-28 19:08:00: 2019-11-28 24:00:00"],
    [line(1).replace("2019-11-28 19:08:00", "NA"), "plugin_time is no time as 2019-11-28 19:08:00: NA"],
    [line(1).replace('"ASK_1"', '""'), "user_id is empty or no text"],
    [line(1).replace('"ASK_1"', '"ASK_1'), "quotes that do not match"],
    [line(1).replace('"ASK"', "A".repeat(5000)), "too long for a charging session"]
  ])("%#: is reported with its number, and the others are read", async (wrong, reason) => {
    const { sessions, unreadable } = await read(`${HEADER}\n${line(1)}\n${wrong}\n\n${line(2)}\n`)
    expect(unreadable).toEqual([{ line: 3, reason }])
    expect(sessions.map((session) => session.line)).toEqual([2, 5])
  })

  it("spoils no other line, wherever it stands and whatever is wrong with it", async () => {
    const spoiled = fc.string({ unit: fc.constantFrom('"', ";", "a", "\r", "0", ",", "é") })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.constant(null), spoiled), { maxLength: 12 }), async (lines) => {
        const { sessions } = await read([HEADER, ...lines.map((given, index) => given ?? line(index))].join("\n"))
        expect(sessions.map((session) => session.line)).toEqual(lines.flatMap((given, index) => (given === null ? [index + 2] : [])))
      }),
      { numRuns: 100 }
    )
  })
})

describe("a file that is none of charging sessions", () => {
  it.each([
    ["", "FILE is empty"],
    ["PK\u0003\u0004\u0000 no text", "FILE is no file of charging sessions; its first line must name the columns "],
    [`${HEADER};"tariff"\n`, "FILE: unknown column tariff; the columns are "],
    [`${HEADER.replace(';"energy_session"', "")}\n`, "FILE: the column energy_session is missing"],
    [`${HEADER};"user_id"\n`, "FILE: the column user_id is there twice"]
  ])("%#: is refused in one line", async (text, message) => {
    const given = await refusal(text)
    expect(given).toContain(message)
    expect(given).not.toContain("\n")
  })

  it("is refused where it is a directory, or not there", async () => {
    const directory = fileURLToPath(new URL(".", import.meta.url))
    await expect(readFile(directory)).rejects.toThrow("is a directory; a CSV file is wanted")
    await expect(readFile(`${file.path}.csv`)).rejects.toThrow("there is no such file")
  })
})

describe("the clocks in Oslo", () => {
  const instant = (text: string) => DateTime.formatIso(wallClock(text)!)

  it("are an hour ahead in winter and two in summer", () => {
    expect(instant("2019-01-15 12:00:00")).toBe("2019-01-15T11:00:00.000Z")
    expect(instant("2019-07-15 12:00:00")).toBe("2019-07-15T10:00:00.000Z")
  })

  it("show an hour twice in autumn: the first one is meant", () => {
    expect(instant("2018-10-28 01:59:59")).toBe("2018-10-27T23:59:59.000Z")
    expect(instant("2018-10-28 02:38:00")).toBe("2018-10-28T00:38:00.000Z")
    expect(instant("2018-10-28 03:00:00")).toBe("2018-10-28T02:00:00.000Z")
  })

  it("skip an hour in spring: a time in it is read as the hour after", () => {
    expect(instant("2019-03-31 01:59:59")).toBe("2019-03-31T00:59:59.000Z")
    expect(instant("2019-03-31 02:30:00")).toBe("2019-03-31T01:30:00.000Z")
    expect(instant("2019-03-31 03:00:00")).toBe("2019-03-31T01:00:00.000Z")
  })
})

describe("the sessions of the example", () => {
  it("can all be read", async () => {
    const { sessions, unreadable } = await readFile(
      fileURLToPath(new URL("../../../examples/charging-bill/data/charging-sessions.csv", import.meta.url))
    )
    expect(unreadable).toEqual([])
    expect(sessions).toHaveLength(29_407)
    expect(sessions.filter(({ hours }) => hours !== undefined)).toHaveLength(29_372)
    expect(new Set(sessions.map(({ user_id }) => user_id)).size).toBe(196)
  })
})
