/** Reports from their creation to their acknowledgement, and what the desk has ahead: deadlines, and leads that are held for too long. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Leads } from "../../src/fieldwork/index.js"
import { type Deadline, Submissions, WeeklyReports } from "../../src/reporting/index.js"
import { describeField, PHONE, users } from "../support/field.js"

const desk = "oem_reporting" as const
const weekly = <A, E, R>(use: (all: typeof WeeklyReports.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(WeeklyReports, use)
const submissions = <A, E, R>(use: (all: typeof Submissions.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Submissions, use)

describeField("the reporting desk", (host) => {
  it("counts a week until it is handed over, once, and sees it acknowledged", async () => {
    const { at, fail, run } = await host.operator({ timezone: "Asia/Kolkata" })
    const received = Effect.flatMap(Leads, (all) => all.create({ oem: users.oem, customer: users.customer, phone: PHONE }))
    const create = (input: { readonly week_start: string; readonly week_end?: string }) =>
      weekly((all) => all.create({ oem: users.oem, ...input }))
    const refused = async (input: Parameters<typeof create>[0]) => {
      const { _tag, field } = (await fail(create(input), desk)) as { readonly _tag: string; readonly field?: string }
      return `${_tag} ${field ?? ""}`.trim()
    }
    at("2025-03-12T00:00:00Z")
    await run(received)
    expect([
      await refused({ week_start: "2025-03-11" }),
      await refused({ week_start: "2025-03-10", week_end: "2025-03-15" }),
      await refused({ week_start: "2025-03-17" })
    ]).toEqual(["InvalidInput week_start", "InvalidInput week_end", "InvalidInput week_start"])
    const week = await run(create({ week_start: "2025-03-10", week_end: "2025-03-16" }), desk)
    expect(week).toMatchObject({ total_leads: 1, report_file: `reports/weekly/${week.id}.pdf`, submitted_at: null })
    expect(await refused({ week_start: "2025-03-10" })).toBe("ReportExists")

    // The week's last instant, and the next week's first.
    at("2025-03-16T18:29:59.999Z")
    await run(received)
    const submit = weekly((all) => all.submit(week.id))
    const regenerate = weekly((all) => all.regenerate(week.id))
    expect(await fail(submit, desk)).toMatchObject({ _tag: "InvalidTransition", from: "running" })
    at("2025-03-16T18:30:00Z")
    await run(received)
    host.host.files.clear()
    expect((await run(regenerate, desk)).total_leads).toBe(2)
    expect([...host.host.files.keys()]).toEqual([week.report_file])
    expect(
      await fail(
        weekly((all) => all.get(week.id)),
        "oem"
      )
    ).toMatchObject({ _tag: "WeeklyReportNotFound" })
    await run(submit, desk)
    expect(await fail(submit, desk)).toMatchObject({ _tag: "InvalidTransition", from: "submitted" })
    expect(await fail(regenerate, desk)).toMatchObject({ _tag: "Immutable" })
    expect(
      (
        await run(
          weekly((all) => all.get(week.id)),
          "oem"
        )
      ).id
    ).toBe(week.id)
    expect(
      await fail(
        weekly((all) => all.get(week.id)),
        "other_oem"
      )
    ).toMatchObject({ _tag: "WeeklyReportNotFound" })
    const next = await run(create({ week_start: "2025-03-17" }), desk)
    const listed = (submitted: boolean) =>
      run(
        weekly((all) => Effect.map(all.list({ submitted }), ({ items }) => items.map(({ id }) => id))),
        desk
      )
    expect([await listed(true), await listed(false), next.total_leads]).toEqual([[week.id], [next.id], 1])

    const listOf = (input: Parameters<typeof Submissions.Service.list>[0]) =>
      run(
        submissions((all) => Effect.map(all.list(input), ({ items }) => items)),
        desk
      )
    const [row] = await listOf({
      report_type: "weekly",
      oem: users.oem,
      acknowledged: false,
      from: "2025-03-16T18:30:00Z",
      to: "2025-03-16T18:30:01Z"
    })
    expect(row).toMatchObject({ report_id: week.id, submitted_by: users.oem_reporting, oem: users.oem, acknowledged: false })
    expect([await listOf({ report_type: "monthly" }), await listOf({ to: "2025-03-16T18:30:00Z" })]).toEqual([[], []])
    const acknowledge = submissions((all) => all.acknowledge(row!.id))
    const acknowledged = await run(acknowledge, "oem")
    at("2025-03-17T00:00:00Z")
    expect(await run(acknowledge, desk)).toEqual(acknowledged)
    expect((await listOf({ acknowledged: true })).length).toBe(1)
    at("2025-03-01T09:00:00Z")
  })

  it("has a report due on the Monday after its week and on the 1st after its month, and has missed it only when the day is over", async () => {
    const { at, run } = await host.operator({ timezone: "Asia/Kolkata" })
    const [lead] = await run(
      Effect.gen(function* () {
        const all = yield* Leads
        const { id } = yield* all.create({ oem: users.oem, customer: users.customer, phone: PHONE })
        return [yield* all.hold(id, { reason: "holiday" })]
      })
    )
    const short = ({ due_on, first_day, report_type }: Deadline) => `${report_type} ${first_day} due ${due_on}`
    const board = async (time: string) => {
      at(time)
      const { leads_on_hold, missed_deadlines, next_deadlines } = await run(
        submissions((all) => all.dashboard()),
        desk
      )
      return { next: next_deadlines.map(short), missed: missed_deadlines.map(short), held: leads_on_hold.map((one) => one.lead) }
    }
    const [march, april] = ["monthly 2025-03-01 due 2025-04-01", "monthly 2025-04-01 due 2025-05-01"]
    // The profile is of 1 March, a Saturday: its first week is due on the 3rd.
    expect(await board("2025-03-02T18:29:59Z")).toEqual({ next: ["weekly 2025-02-24 due 2025-03-03", march], missed: [], held: [] })
    expect(await board("2025-03-03T18:29:59Z")).toEqual({ next: ["weekly 2025-02-24 due 2025-03-03", march], missed: [], held: [] })
    expect(await board("2025-03-03T18:30:00Z")).toEqual({
      next: ["weekly 2025-03-03 due 2025-03-10", march],
      missed: ["weekly 2025-02-24 due 2025-03-03"],
      held: []
    })
    at("2025-03-10T06:00:00Z")
    await run(
      weekly((all) => Effect.flatMap(all.create({ oem: users.oem, week_start: "2025-03-03" }), ({ id }) => all.submit(id))),
      desk
    )
    expect(await board("2025-03-10T06:00:00Z")).toEqual({
      next: ["weekly 2025-03-10 due 2025-03-17", march],
      missed: ["weekly 2025-02-24 due 2025-03-03"],
      held: []
    })
    // On hold since 1 March, 09:00: more than thirty days from a second later on.
    expect((await board("2025-03-31T09:00:00Z")).held).toEqual([])
    expect((await board("2025-03-31T09:00:01Z")).held).toEqual([lead!.id])
    expect((await board("2025-04-01T18:29:59Z")).next).toContain(march)
    const after = await board("2025-04-01T18:30:00Z")
    expect([after.next.includes(april), after.missed.includes(march)]).toEqual([true, true])
    at("2025-03-01T09:00:00Z")
  })
})
