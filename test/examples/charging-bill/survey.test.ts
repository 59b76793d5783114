import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { DateTime } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { survey } from "../../../examples/charging-bill/survey.js"
import { freshFile } from "../../support/sqlite.js"

const HEADER = "location;user_id;session_id;plugin_time;plugout_time;connection_time;energy_session"
const file = freshFile()
afterAll(() => file.remove())

const of = (...lines: ReadonlyArray<string>) => {
  writeFileSync(file.path, [HEADER, ...lines].join("\n"))
  return survey(file.path)
}
const session = (user: string, at: string) => `x;${user};${user} ${at};${at};NA;1;1`

describe("the survey of a file", () => {
  it("finds the month of each user's first session, whatever the order of the lines", async () => {
    const { firstMonths } = await of(
      session("a", "2019-05-03 10:00:00"),
      session("b", "2019-07-01 00:00:00"),
      session("a", "2019-03-31 23:30:00")
    )
    expect([...firstMonths].map(([user, month]) => [user, DateTime.formatIso(month)])).toEqual([
      ["a", "2019-02-28T23:00:00.000Z"],
      ["b", "2019-06-30T22:00:00.000Z"]
    ])
  })

  it("bills at the beginning of each month after, local, up to the end of the last session's", async () => {
    const { billingDays } = await of(session("a", "2019-02-10 10:00:00"), session("b", "2019-04-01 00:00:00"))
    expect(billingDays.map((day) => DateTime.formatIso(day))).toEqual([
      "2019-02-28T23:00:00.000Z",
      "2019-03-31T22:00:00.000Z",
      "2019-04-30T22:00:00.000Z"
    ])
  })

  it("stops where there is no session, or none that can be read", async () => {
    await expect(of()).rejects.toThrow("has no sessions")
    await expect(of("x;y")).rejects.toThrow("no line can be read; line 2: 2 fields instead of 7")
  })

  it("of the example is of 196 users, from February 2018 to August 2021", async () => {
    const found = await survey(fileURLToPath(new URL("../../../examples/charging-bill/data/charging-sessions.csv", import.meta.url)))
    expect(found).toMatchObject({ sessions: 29_407, unreadable: [] })
    expect(found.firstMonths.size).toBe(196)
    expect(found.billingDays).toHaveLength(43)
    expect(DateTime.formatIso(found.billingDays.at(-1)!)).toBe("2021-08-31T22:00:00.000Z")
  })
})
